import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Close } from '../protocol/close-codes.js';
import type { Filter } from '../protocol/filter.js';
import type { FilterLists } from '../protocol/messages.js';
import type { Batch, Transport } from './prepared-frame.js';
import { reset } from './reset.js';

/** What a connection tells of itself; `GET /api/connections` shows it. */
export interface ConnectionInfo {
  id: string;
  transport: Transport;
  /** ISO 8601, UTC */
  connected_at: string;
  remote_address: string;
  /** What it asked to get; absent when that is everything. */
  filter?: FilterLists;
  /** Messages written to it. */
  sent: number;
  /** States that a newer one took the place of before they were written. */
  conflated: number;
  /** Bytes that wait in this process for the client to read. */
  buffered: number;
  /** Bytes written that it is not known to have read. */
  unread?: number;
  /** How many bytes may be unread now; it follows how fast the client reads. */
  window?: number;
  /** How fast it reads, in bytes a second; absent until it is known. */
  delivery_rate?: number;
  /** Best round trip, in ms; absent until it is known. */
  round_trip_ms?: number;
}

/** What some connections were sent, and what they have not read yet. */
export interface Traffic {
  /** Messages written. */
  sent: number;
  /** States that a newer one took the place of before they were written. */
  conflated: number;
  /** Bytes that wait in this process. */
  queuedBytes: number;
  /** Bytes written that are not known to have been read. */
  unreadBytes: number;
  /** Connections for which something waits, since they read too slowly. */
  heldBack: number;
}

/** How long a client that was told to close may take to answer, in ms. */
const CLOSE_GRACE_MS = 1_000;

/** One accepted client. Knows how it is doing, and nothing of any other. What differs by transport is abstract. */
export abstract class Connection {
  readonly id = randomUUID();
  abstract readonly transport: Transport;
  /** What it wants of the broadcasts; everything where absent. The hub sets it, since it must know of a change. */
  filter: Filter | undefined;
  private readonly connectedAt = Date.now();
  protected sent = 0;
  private endCode: number | undefined;

  protected constructor(protected readonly socket: Socket) {}

  /** Whether it can still be written to. */
  abstract get isOpen(): boolean;

  /** Bytes that wait in this process for the client to read. */
  protected abstract get buffered(): number;

  /** Tells the client that this is the end, after what waits for it. */
  protected abstract end(close: Close): void;

  /** Calls the listener when all is over, whoever ended it; with the code that the client gave, where it gave one. */
  abstract onClose(listener: (code?: number) => void): void;

  /** Writes a message for this connection alone. */
  abstract sendJson(json: string): void;

  send(message: unknown): void {
    this.sendJson(JSON.stringify(message));
  }

  /**
   * Writes a slice of what the client missed; these bytes may be shared with other connections.
   * @param messages how many there are in them
   * @param onRoom called in a later turn of the event loop, when the next slice may come
   */
  abstract write(bytes: Buffer, messages: number, onRoom: () => void): void;

  /** Brings it what was broadcast since the last flush, as far as it can take it. */
  abstract broadcast(batch: Batch): void;

  /** Called once a second at least, for what must not wait for the next message; `now` is of `performance.now`. */
  abstract tick(now: number): void;

  /** Asks the client to close; one that has not done so after `graceMs` is terminated. */
  close(close: Close, graceMs = CLOSE_GRACE_MS): void {
    if (!this.isOpen) return;

    this.endedBy(close.code);
    this.end(close);
    const timer = setTimeout(() => this.terminate(), graceMs);
    this.onClose(() => clearTimeout(timer));
  }

  /** Ends the connection without a handshake: a reset, since otherwise the kernel keeps what was not read. */
  terminate(): void {
    reset(this.socket);
  }

  /** The close code of this side, where this side ended it. */
  get closeCode(): number | undefined {
    return this.endCode;
  }

  /** Adds what it was sent, and what it has not read yet. */
  addTo(traffic: Traffic): void {
    traffic.sent += this.sent;
    traffic.queuedBytes += this.buffered;
  }

  /** This side ends it, with this code; the first one counts. */
  protected endedBy(code: number): void {
    this.endCode ??= code;
  }

  info(): ConnectionInfo {
    return {
      id: this.id,
      transport: this.transport,
      connected_at: new Date(this.connectedAt).toISOString(),
      remote_address: this.socket.remoteAddress ?? '',
      ...(this.filter && { filter: this.filter.lists }),
      sent: this.sent,
      conflated: 0,
      buffered: this.buffered,
    };
  }
}
