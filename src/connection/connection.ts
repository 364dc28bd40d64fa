import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { type Close, CLOSE } from '../protocol/close-codes.js';
import type { Filter } from '../protocol/filter.js';
import { type Delivery, isLogged } from '../protocol/messages.js';
import { type Batch, encodeDelivery, keyOf, type Transport } from './prepared-frame.js';
import type { ConnectionInfo, Eviction, Traffic } from './connection-info.js';
import { reset } from './reset.js';
import type { SendBudget } from './send-budget.js';
import { Backlog } from './send-queue.js';

const EVICTIONS: Record<Eviction, Close> = {
  queue: CLOSE.slowConsumer,
  total: CLOSE.slowConsumer,
  stalled: CLOSE.slowConsumer,
  frames: CLOSE.tooManyFrames,
  acks: CLOSE.falseAcks,
};

/** What may wait for a client. */
export interface SendLimits {
  /** Most bytes that may wait for it in this process. */
  maxQueueBytes: number;
  /** What all connections share. */
  budget: SendBudget;
}

/** How long a client that was told to close may take to answer, in ms. */
const CLOSE_GRACE_MS = 1_000;

/**
 * One accepted client. Knows how it is doing, and nothing of any other. Whatever waits for it waits in one queue of one
 * bound, beyond which it is closed. What differs by transport is abstract.
 */
export abstract class Connection {
  readonly id = randomUUID();
  abstract readonly transport: Transport;
  /** What it wants of the broadcasts; everything where absent. The hub sets it, since it must know of a change. */
  filter: Filter | undefined;
  /** Whether it is being brought a snapshot: that has the newest of all states, and all else waits behind it. */
  isSnapshotting = false;
  /** Why this side gave it up, where it did. */
  eviction: Eviction | undefined;
  protected readonly backlog: Backlog;
  protected readonly maxQueueBytes: number;
  protected sent = 0;
  private readonly budget: SendBudget;
  private readonly connectedAt = Date.now();
  private endCode: number | undefined;
  private onRoom: (() => void) | undefined;
  /** What of the budget is for bytes in the socket. */
  private inSocket = 0;

  protected constructor(
    protected readonly socket: Socket,
    { maxQueueBytes, budget }: SendLimits,
  ) {
    this.backlog = new Backlog(maxQueueBytes, budget);
    this.maxQueueBytes = maxQueueBytes;
    this.budget = budget;
  }

  /** Whether it can still be written to. */
  abstract get isOpen(): boolean;

  /** Bytes in the socket, or on the way to it, that the kernel has not taken. */
  protected abstract get socketBytes(): number;

  /** The bytes of a message for this connection alone. */
  protected abstract encode(json: string): Buffer;

  /** Whether it may get so many bytes now. */
  protected abstract admits(bytes: number): boolean;

  protected abstract put(bytes: Buffer, messages: number): void;

  /** Something waits: sees to it that `pump` is called when there may be room. */
  protected abstract awaitRoom(): void;

  /** Tells the client that this is the end. */
  protected abstract end(close: Close): void;

  /** Calls the listener when all is over, whoever ended it; with the code that the client gave, where it gave one. */
  abstract onClose(listener: (code?: number) => void): void;

  send(message: unknown): void {
    this.sendJson(JSON.stringify(message));
  }

  /** Writes a message for this connection alone, behind what waits for it. */
  sendJson(json: string): void {
    if (!this.isOpen) return;

    const frame = this.encode(json);
    if (this.isAtOnce && this.admits(frame.length)) this.put(frame, 1);
    else if (this.backlog.addFact(frame, true)) this.awaitRoom();
    else this.evict('queue');
  }

  /**
   * Writes a slice of what the client missed, whether there is room or not; these bytes may be shared with other connections.
   * @param messages how many there are in them
   * @param onRoom called in a later turn of the event loop, when the next slice may come
   */
  write(bytes: Buffer, messages: number, onRoom?: () => void): void {
    if (!this.isOpen) return;

    this.put(bytes, messages);
    this.onRoom = onRoom;
    // In a later turn also where there is room, so that a replay to a fast client does not keep the event loop.
    if (this.admits(1)) setImmediate(() => this.pump());
    else this.awaitRoom();
  }

  /** Brings it what was broadcast since the last flush, as far as it can take it. */
  broadcast({ deliveries }: Batch): void {
    if (!this.isOpen) return;

    for (const delivery of deliveries) {
      if (this.offer(delivery)) continue;
      this.evict('queue');
      return;
    }
    if (!this.backlog.isEmpty) this.awaitRoom();
  }

  /** Sends what waited, as far as there is room for it. */
  pump(): void {
    if (!this.isOpen) return;

    if (!this.isSnapshotting) this.sendBacklog();
    const { onRoom } = this;
    if (!onRoom) return;
    if (!this.admits(1)) return this.awaitRoom();
    this.onRoom = undefined;
    onRoom();
  }

  /** Called once a second at least, for what must not wait for the next message; `now` is of `performance.now`. */
  abstract tick(now: number): void;

  /** What the socket holds counts too, as of now. */
  protected account(): void {
    const { socketBytes } = this;
    if (socketBytes !== this.inSocket) this.budget.add(socketBytes - this.inSocket);
    this.inSocket = socketBytes;
  }

  /** What waits for it costs this process so many bytes. */
  get cost(): number {
    return this.backlog.cost + this.inSocket;
  }

  /** Closes it, and gives up what waits for it. */
  evict(reason: Eviction): void {
    if (!this.isOpen) return;

    this.eviction = reason;
    this.close(EVICTIONS[reason]);
  }

  /** Asks the client to close; one that has not done so after `graceMs` is terminated. */
  close(close: Close, graceMs = CLOSE_GRACE_MS): void {
    if (!this.isOpen) return;

    this.endedBy(close.code);
    this.end(close);
    this.release();
    this.terminateAfter(graceMs);
  }

  /** Ends the connection without a handshake: a reset, since otherwise the kernel keeps what was not read. */
  terminate(): void {
    reset(this.socket);
  }

  /** Gives up what waits for it; nothing is written to it any more. */
  release(): void {
    this.backlog.clear();
    this.budget.add(-this.inSocket);
    this.inSocket = 0;
    this.onRoom = undefined;
  }

  /** The close code of this side, where this side ended it. */
  get closeCode(): number | undefined {
    return this.endCode;
  }

  /** Adds what it was sent, and what it has not read yet. */
  addTo(traffic: Traffic): void {
    traffic.sent += this.sent;
    traffic.conflated += this.backlog.conflated;
    traffic.queuedBytes += this.buffered;
    if (!this.backlog.isEmpty) traffic.heldBack++;
  }

  info(): ConnectionInfo {
    return {
      id: this.id,
      transport: this.transport,
      connected_at: new Date(this.connectedAt).toISOString(),
      remote_address: this.socket.remoteAddress ?? '',
      ...(this.filter && { filter: this.filter.lists }),
      sent: this.sent,
      conflated: this.backlog.conflated,
      buffered: this.buffered,
    };
  }

  /** This side ends it, with this code; the first one counts. */
  protected endedBy(code: number): void {
    this.endCode ??= code;
  }

  protected terminateAfter(graceMs = CLOSE_GRACE_MS): void {
    const timer = setTimeout(() => this.terminate(), graceMs);
    this.onClose(() => clearTimeout(timer));
  }

  /** Whether nothing waits that must go first. */
  protected get isAtOnce(): boolean {
    return this.backlog.isEmpty && !this.isSnapshotting;
  }

  private sendBacklog(): void {
    for (let next = this.backlog.first(); next && this.admits(next.length); next = this.backlog.first()) {
      this.backlog.shift();
      this.put(next, 1);
    }
    if (!this.backlog.isEmpty) this.awaitRoom();
  }

  /** Bytes that wait in this process for the client to read. */
  private get buffered(): number {
    return this.socketBytes + this.backlog.bytes;
  }

  /** Returns `false` when there is no room left for a fact. */
  private offer(delivery: Delivery): boolean {
    const isFact = isLogged(delivery.message);
    if (!isFact && this.isSnapshotting) return true;

    const frame = encodeDelivery(delivery, this.transport);
    if (this.isAtOnce && this.admits(frame.length)) {
      this.put(frame, 1);
      return true;
    }
    if (isFact) return this.backlog.addFact(frame);

    this.backlog.addState(keyOf(delivery), frame);
    return true;
  }
}
