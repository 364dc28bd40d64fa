import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';

export interface SseEvent {
  event: string;
  id?: string;
  data: Record<string, unknown>;
}

/** Reads `GET /api/events/stream` with nothing but HTTP, and keeps what it gets. */
export class SseClient {
  /** Everything received after the greeting, in order. */
  readonly events: SseEvent[] = [];
  /** Lines that readers ignore. */
  comments = 0;
  readonly ended: Promise<void>;
  private readonly waiting = new Set<() => void>();
  private greetingEvent: SseEvent | undefined;
  private text = '';
  private hasEnded = false;

  private constructor(
    private readonly outgoing: ClientRequest,
    readonly response: IncomingMessage,
  ) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.read(chunk));
    response.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      response.on('close', () => {
        this.hasEnded = true;
        resolve();
        this.wakeAll();
      });
    });
  }

  /** Connects, and waits for the greeting. */
  static async open(url: string, headers: Record<string, string> = {}): Promise<SseClient> {
    const outgoing = request(url, { headers, agent: false });
    outgoing.on('error', () => undefined);
    outgoing.end();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    const client = new SseClient(outgoing, response);
    await client.until(() => client.greetingEvent !== undefined);

    return client;
  }

  get greeting(): SseEvent {
    if (!this.greetingEvent) throw new Error('no greeting yet');

    return this.greetingEvent;
  }

  get id(): string {
    return (this.greeting.data['data'] as { connection_id: string }).connection_id;
  }

  async received(count: number): Promise<SseEvent[]> {
    await this.until(() => this.events.length >= count);

    return this.events;
  }

  /** Waits until `condition` holds; looks again after each chunk. Rejects when the stream ends first. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.hasEnded) throw new Error('ended before the condition held');
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.waiting.delete(wake);
          resolve();
        };
        this.waiting.add(wake);
      });
    }
  }

  close(): void {
    this.outgoing.destroy();
  }

  private read(chunk: string): void {
    const blocks = (this.text + chunk).split('\n\n');
    this.text = blocks.pop() ?? '';

    for (const block of blocks) {
      if (block.startsWith(':')) this.comments++;
      else if (this.greetingEvent) this.events.push(parseBlock(block));
      else this.greetingEvent = parseBlock(block);
    }
    this.wakeAll();
  }

  private wakeAll(): void {
    for (const wake of this.waiting) wake();
  }
}

function parseBlock(block: string): SseEvent {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^(\w+): ([^]*)$/.exec(line) ?? [];
    fields.set(name, fields.has(name) ? `${fields.get(name)}\n${value}` : value);
  }
  const id = fields.get('id');

  return {
    event: fields.get('event') ?? '',
    ...(id !== undefined && { id }),
    data: JSON.parse(fields.get('data') ?? '') as Record<string, unknown>,
  };
}
