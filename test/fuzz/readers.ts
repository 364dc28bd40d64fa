import { request } from 'node:http';
import { WebSocket } from 'ws';
import { compareOffsets } from '../../src/protocol/offset.js';
import { complaintAbout, complaintAboutGreeting, readSseEvent } from './check-message.js';
import type { Faults } from './faults.js';
import { escapeBytes } from './inputs/inputs.js';

/** What a reader needs to know of where it reads. */
export interface ReaderOptions {
  name: string;
  /** Number of the hub it reads from. */
  hub: number;
  /** Numbers of the hubs whose events it gets. */
  hears: readonly number[];
  /** Tells the canaries of this run from all that looks like them. */
  key: string;
  faults: Faults;
}

/** Reads all that a hub says, and misses nothing that is wrong: rubbish, gaps, repeats. */
export abstract class Reader {
  /** The number of the newest canary, by the hub that took it. */
  readonly newest = new Map<number, number>();
  /** The newest offset that came with a canary. */
  offset = '0-0';
  connectionId = '';
  messages = 0;
  protected isClosing = false;
  private isGreeted = false;
  private greeted: () => void = () => undefined;
  readonly ready = new Promise<void>((resolve) => (this.greeted = resolve));

  constructor(protected readonly options: ReaderOptions) {}

  get name(): string {
    return this.options.name;
  }

  get hears(): readonly number[] {
    return this.options.hears;
  }

  abstract close(): void;

  protected take(text: string): void {
    this.messages++;
    const complaint = this.isGreeted ? complaintAbout(text) : complaintAboutGreeting(text);
    if (complaint !== undefined) {
      this.complain(`got what is ${complaint}: ${text.slice(0, 500)}`);
      return;
    }

    const message = JSON.parse(text) as { event_type?: string; offset?: string; data: Record<string, unknown> };
    if (!this.isGreeted) {
      this.isGreeted = true;
      this.connectionId = String(message.data['connection_id']);
      this.greeted();
    } else if (message.event_type === 'canary' && message.data['key'] === this.options.key) {
      this.takeCanary(message.data['from'] as number, message.data['n'] as number);
      if (message.offset === undefined) return;
      if (compareOffsets(message.offset, this.offset) <= 0)
        this.complain(`got offset ${message.offset} after ${this.offset}`);
      this.offset = message.offset;
    }
  }

  protected complain(what: string): void {
    if (!this.isClosing) this.options.faults.add(`${this.name} ${escapeBytes(Buffer.from(what))}`, this.options.hub);
  }

  protected takeCanary(from: number, n: number): void {
    const last = this.newest.get(from) ?? 0;
    if (n !== last + 1) this.complain(`got event ${n} of hub ${from} after event ${last}`);
    this.newest.set(from, n);
  }
}

export class WebSocketReader extends Reader {
  private readonly socket: WebSocket;

  constructor(url: string, options: ReaderOptions) {
    super(options);
    this.socket = new WebSocket(url, { perMessageDeflate: false });
    this.socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.complain('got a binary frame');
      else this.take(data.toString());
    });
    this.socket.on('error', (error) => this.complain(`failed: ${error.message}`));
    this.socket.on('close', (code) => this.complain(`was closed with ${code}`));
  }

  override close(): void {
    this.isClosing = true;
    this.socket.terminate();
  }
}

export class SseReader extends Reader {
  private readonly outgoing;
  private text = '';

  constructor(url: string, options: ReaderOptions) {
    super(options);
    this.outgoing = request(url, { agent: false });
    this.outgoing.on('error', (error) => this.complain(`failed: ${error.message}`));
    this.outgoing.on('response', (response) => {
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => this.read(chunk));
      response.on('error', () => undefined);
      response.on('close', () => this.complain('was closed'));
    });
    this.outgoing.end();
  }

  override close(): void {
    this.isClosing = true;
    this.outgoing.destroy();
  }

  private read(chunk: string): void {
    const blocks = (this.text + chunk).split('\n\n');
    this.text = blocks.pop() ?? '';
    for (const block of blocks) this.readBlock(block);
  }

  private readBlock(block: string): void {
    const event = readSseEvent(block);
    if (event === 'comment') return;
    if (event.complaint !== undefined) return this.complain(`got ${event.complaint}`);

    this.take(event.data);
    const { type, offset } = (JSON.parse(event.data) ?? {}) as { type?: unknown; offset?: unknown };
    const isGreeting = type === 'connection';
    if (event.type !== type || (!isGreeting && !isIdOf(event.id, offset)))
      this.complain(`got an SSE event that is not what it holds: ${block.slice(0, 300)}`);
  }
}

/** The `id` of an event is the offset that it holds, alone or behind the epoch of the log; it has none where that has none. */
function isIdOf(id: string | undefined, offset: unknown): boolean {
  return id?.replace(/^[\w-]{1,64}:/, '') === offset;
}
