// A process that posts: at a rate that does not wait for the server, or as fast as it is answered.
import { serve } from '../rpc.js';
import { batchOf, bodyOf, type Kind } from './messages.js';
import { Histogram } from './histogram.js';
import { PostConnection } from './post-connection.js';

export interface PublishCommand {
  port: number;
  /** Paths by kind of message; of the batch route where `batch` is given. */
  paths: Partial<Record<Kind, string>>;
  /** Messages a second; as fast as answers come where absent. */
  rate?: number;
  seconds: number;
  /** Keep-alive connections, so most requests under way. */
  connections: number;
  /** Kinds, in turn. */
  kinds: Kind[];
  /** Messages in one request of the batch route. */
  batch?: number;
  /** From how many cameras the overlays are, in turn. */
  cameras?: number;
  /** For servers that pass on the body as it is. */
  isBare?: boolean;
}

export interface PublishResult {
  /** Messages whose time came. */
  due: number;
  /** Messages the server took. */
  accepted: number;
  refused: number;
  /** From first request to last answer. */
  seconds: number;
  /** Accepted events. */
  events: number;
  /** From a request to its answer, in microseconds. */
  answerTime: number[];
}

/** A request that waits for a connection; made when its time comes, so that a server that is behind looks late. */
interface Job {
  path: string;
  body: string;
  messages: number;
  events: number;
}

class Publisher {
  private readonly pool: PostConnection[];
  private readonly waiting: Job[] = [];
  private readonly answerTime = new Histogram();
  private readonly seqs: Record<Kind, number> = { event: 0, overlay: 0 };
  private readonly beganAt = performance.now();
  private made = 0;
  private underWay = 0;
  private accepted = 0;
  private events = 0;
  private refused = 0;
  private isStopped = false;
  private onIdle: (() => void) | undefined;

  constructor(private readonly command: PublishCommand) {
    this.pool = Array.from({ length: command.connections }, () => new PostConnection(command.port));
  }

  async run(): Promise<PublishResult> {
    if (this.command.rate === undefined) await this.asFastAsAnswered();
    else await this.atRate(this.command.rate);
    await this.idle();
    const seconds = (performance.now() - this.beganAt) / 1000;
    for (const connection of this.pool) connection.close();

    return {
      due: this.made,
      accepted: this.accepted,
      refused: this.refused,
      seconds,
      events: this.events,
      answerTime: this.answerTime.toJSON(),
    };
  }

  /** Gives up what waits; what is under way is still answered. */
  stop(): void {
    this.isStopped = true;
    this.waiting.length = 0;
    if (this.underWay === 0) this.onIdle?.();
  }

  private get elapsed(): number {
    return (performance.now() - this.beganAt) / 1000;
  }

  private atRate(rate: number): Promise<void> {
    const { seconds, batch = 1 } = this.command;

    return new Promise((resolve) => {
      const turn = (): void => {
        const isOver = this.elapsed >= seconds || this.isStopped;
        const due = isOver ? Math.round(rate * seconds) : Math.floor(this.elapsed * rate);
        while (this.made + batch <= due && !this.isStopped) this.dispatch(this.nextJob());
        if (isOver) resolve();
        else setTimeout(turn, 1);
      };
      turn();
    });
  }

  private async asFastAsAnswered(): Promise<void> {
    const { seconds } = this.command;
    const again = (connection: PostConnection): void => {
      if (this.elapsed < seconds && !this.isStopped) this.send(connection, this.nextJob(), () => again(connection));
    };
    this.pool.forEach(again);
    await this.idle();
  }

  private nextJob(): Job {
    const { kinds, paths, batch, isBare = false, cameras } = this.command;
    const kind = kinds[this.made % kinds.length] ?? 'event';
    const path = paths[kind] ?? '/';
    const messages = batch ?? 1;
    const seq = this.seqs[kind];
    this.seqs[kind] += messages;
    this.made += messages;
    const body = batch === undefined ? bodyOf(kind, seq, isBare, cameras) : batchOf(kind, seq, batch);

    return { path, body, messages, events: kind === 'event' ? messages : 0 };
  }

  private dispatch(job: Job): void {
    const connection = this.pool.find(({ isBusy }) => !isBusy);
    if (connection) this.send(connection, job, () => this.next(connection));
    else this.waiting.push(job);
  }

  private next(connection: PostConnection): void {
    const job = this.waiting.shift();
    if (job) this.send(connection, job, () => this.next(connection));
  }

  private send(connection: PostConnection, { path, body, messages, events }: Job, then: () => void): void {
    const sentAt = performance.now();
    this.underWay++;
    connection.post(path, body, (status) => {
      this.underWay--;
      this.answerTime.add((performance.now() - sentAt) * 1000);
      if (status >= 200 && status < 300) {
        this.accepted += messages;
        this.events += events;
      } else this.refused += messages;
      then();
      if (this.underWay === 0 && this.waiting.length === 0) this.onIdle?.();
    });
  }

  private idle(): Promise<void> {
    if (this.underWay === 0 && this.waiting.length === 0) return Promise.resolve();

    return new Promise((resolve) => (this.onIdle = resolve));
  }
}

let current: Publisher | undefined;

const handlers = {
  publish(command: PublishCommand): Promise<PublishResult> {
    current = new Publisher(command);
    return current.run();
  },

  stop(): void {
    current?.stop();
  },
};

export type PublisherHandlers = typeof handlers;

serve(handlers);
