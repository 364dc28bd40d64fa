import { WebSocket } from 'ws';
import { compareOffsets } from '../../src/protocol/offset.js';
import type { Instance } from './cluster.js';

const HANDSHAKE_TIMEOUT_MS = 3_000;

/** One logged message as a client took it: the first time, if it came more than once. */
export interface Taken {
  readonly id: string;
  /** `data.n`, the number that the test gave it. */
  readonly n: unknown;
  /** Position in the log; absent while it is known only from ahead of the log. */
  offset?: string;
  /** Which of the client's connections it came on, from 1. */
  readonly connection: number;
  /** Time of `performance.now()`, in ms. */
  readonly at: number;
}

export interface Frame {
  type: string;
  id?: string;
  offset?: string;
  data: Record<string, unknown>;
}

export interface ResumingClientOptions {
  /** Where to connect for the n-th time, from 0. */
  instance: (connection: number) => Instance;
  /** From 0 to 1. @default Math.random */
  random?: () => number;
  /** Sees every frame but the greeting, as it comes. */
  onFrame?: (frame: Frame, client: ResumingClient) => void;
}

/**
 * A client as a good user writes one: it keeps its place in the log, connects again after a short random pause, asks
 * for what it missed, and drops what it has by `id`. It keeps a record of all that a hub may do wrong.
 */
export class ResumingClient {
  /** Every logged message once, in the order of arrival. */
  readonly taken: Taken[] = [];
  readonly byId = new Map<string, Taken>();
  /** How often each overlay came, by `data.n`. */
  readonly overlays = new Map<number, number>();
  /** Answers to `since`, in order. */
  readonly recovered: unknown[] = [];
  /** Ids that came twice on one connection: never right. */
  readonly doubled: string[] = [];
  /** Messages whose offset was not after the one before on that connection: never right. */
  readonly disordered: string[] = [];
  /** Messages that came again with another offset. */
  readonly moved: string[] = [];
  /** Messages dropped by `id` after a reconnect: right. */
  repeats = 0;
  connections = 0;
  /** Where the current connection goes. */
  current: Instance | undefined;
  /** When the current connection was greeted, as `performance.now()`, in ms. */
  greetedAt = Infinity;
  since: string | undefined;
  epoch: string | undefined;
  private socket: WebSocket | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  private onConnection = new Set<string>();
  private lastOffset: string | undefined;

  constructor(private readonly options: ResumingClientOptions) {}

  /** Connects, and stays so until `close`. Resolves at the first greeting. */
  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.connect(resolve));

    return this;
  }

  get isOpen(): boolean {
    return this.greetedAt !== Infinity;
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket?.terminate();
  }

  private connect(greeted: () => void = () => undefined): void {
    const instance = this.options.instance(this.connections++);
    const query = this.since === undefined ? '' : `?since=${this.since}&epoch=${this.epoch}`;
    const socket = new WebSocket(instance.wsUrl + query, { handshakeTimeout: HANDSHAKE_TIMEOUT_MS });
    this.current = instance;
    this.socket = socket;
    this.onConnection = new Set();
    this.lastOffset = this.since;

    socket.on('message', (data: Buffer) => {
      if (this.isOpen) {
        this.take(JSON.parse(data.toString()) as Frame);
        return;
      }

      this.greetedAt = performance.now();
      const greeting = (JSON.parse(data.toString()) as Frame).data;
      if (typeof greeting['epoch'] === 'string') this.epoch = greeting['epoch'];
      if (query !== '') this.recovered.push(greeting['recovered']);
      greeted();
    });
    // A failed handshake is followed by a close, as a lost connection is.
    socket.on('error', () => undefined);
    socket.on('close', () => this.handleClose(greeted));
  }

  private handleClose(greeted: () => void): void {
    this.greetedAt = Infinity;
    if (this.closed) return;

    const { random = Math.random } = this.options;
    this.timer = setTimeout(() => this.connect(greeted), 20 + random() * 280);
  }

  private take(frame: Frame): void {
    this.options.onFrame?.(frame, this);
    if (frame.type === 'overlay') {
      const n = frame.data['n'] as number;
      this.overlays.set(n, (this.overlays.get(n) ?? 0) + 1);
    } else if (frame.id !== undefined) {
      this.takeLogged(frame, frame.id);
    }
  }

  private takeLogged({ offset, data }: Frame, id: string): void {
    if (this.onConnection.has(id)) this.doubled.push(`${id} on connection ${this.connections}`);
    this.onConnection.add(id);

    if (offset !== undefined) {
      if (this.lastOffset !== undefined && compareOffsets(offset, this.lastOffset) <= 0) {
        this.disordered.push(`${offset} after ${this.lastOffset} on connection ${this.connections}`);
      }
      this.lastOffset = offset;
      this.since = offset;
    }

    const known = this.byId.get(id);
    if (!known) {
      const taken: Taken = { id, n: data['n'], connection: this.connections, at: performance.now() };
      if (offset !== undefined) taken.offset = offset;
      this.taken.push(taken);
      this.byId.set(id, taken);
      return;
    }

    this.repeats++;
    if (offset === undefined) return;
    if (known.offset !== undefined && known.offset !== offset) this.moved.push(`${id}: ${known.offset}, ${offset}`);
    known.offset ??= offset;
  }
}
