import { setTimeout as delay } from 'node:timers/promises';
// All that measures shares the cores of the page. With `fetch` a POST takes three times the processor of its sender that it
// takes with `node:http`; this takes less than either, and an overlay is as old as its way makes it.
import { PostConnection } from './post-connection.js';

/** So many messages are events; the others are overlays. */
export const EVENT_EVERY = 10;
/** Requests under way at most; a server that is behind makes the next ones old. */
const CONNECTIONS = 8;

interface Waiting {
  path: string;
  body: string;
  resolve: () => void;
  reject: (error: Error) => void;
}

/** Posts on its connections in turn: the hub closes one that is idle for long. */
export class Producer {
  private readonly free: PostConnection[];
  private readonly waiting: Waiting[] = [];

  constructor(port: number) {
    this.free = Array.from({ length: CONNECTIONS }, () => new PostConnection(port));
  }

  /** Sends the messages from `first` on at this rate; what a timer was late for is sent at once. */
  async load(first: number, count: number, rate: number): Promise<void> {
    const startedAt = performance.now();
    const answers: Promise<void>[] = [];

    for (let n = first; n < first + count; n++) {
      await delay(Math.max(0, startedAt + ((n - first) * 1000) / rate - performance.now()));
      answers.push(this.publish(n));
    }
    await Promise.all(answers);
  }

  close(): void {
    for (const connection of this.free) connection.close();
  }

  private publish(n: number): Promise<void> {
    const box = { x: 100 + (n % 300), y: 150, w: 200, h: 300, label: 'dog', confidence: 0.95 };
    const data = { n, sent_at: Date.now(), width: 1280, height: 720 };
    const [path, body] =
      n % EVENT_EVERY === 0
        ? ['/api/events/broadcast', { event_type: 'bark', data }]
        : ['/api/events/broadcast/overlay', { overlay_type: 'detection', data: { ...data, boxes: [box] } }];

    return new Promise((resolve, reject) => {
      this.waiting.push({ path, body: JSON.stringify(body), resolve, reject });
      this.next();
    });
  }

  private next(): void {
    const [connection] = this.free;
    const [message] = this.waiting;
    if (!connection || !message) return;

    this.free.shift();
    this.waiting.shift();
    const { path, body, resolve, reject } = message;
    connection.post(path, body, (status) => {
      this.free.push(connection);
      if (status === 202) resolve();
      else reject(new Error(`the hub answered ${status}`));
      this.next();
    });
  }
}
