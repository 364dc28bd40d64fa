import type { Socket } from 'node:net';
import { type RawData, WebSocket } from 'ws';
import { type Close, CLOSE } from '../protocol/close-codes.js';
import { Connection, type SendLimits } from './connection.js';
import type { ConnectionInfo, Traffic } from './connection-info.js';
import type { Batch } from './prepared-frame.js';
import { encodePing, encodePong, encodeTextFrames, markOf } from './websocket-frame.js';
import { Window } from './flow-control.js';
import { FrameBudget } from './frame-budget.js';
import { OWN_COST } from './send-queue.js';

/** A client is pinged when nothing was heard of it for this long, in ms. */
const HEARTBEAT_MS = 10_000;

/**
 * A client of which nothing was heard for this long is closed, in ms. It may be a second until that is looked at, and
 * another until it is terminated: what is half open is gone within 20 s.
 */
const LOST_MS = 18_000;

/** A heartbeat that asks for no receipt: ten thousand clients to whom nothing is sent are to leave no garbage behind. */
const HEARTBEAT = encodePing(0);

/** So many acknowledgements of more than was sent are taken for mistakes. */
const MAX_FALSE_ACKS = 3;

/** How long a client that closes may take for it, in ms. */
const CLOSING_MS = 1_000;

/** RFC 6455 section 7.4.1; what the library closes with for all other errors that it finds. */
const PROTOCOL_ERROR = 1002;

const LIBRARY_CLOSES: Partial<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: 1007,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: CLOSE.tooManyFrames.code,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: CLOSE.tooBig.code,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: CLOSE.tooBig.code,
};

export interface WebSocketConnectionOptions extends SendLimits {
  /** Whether the client tells what it has handled, which then counts instead of what its WebSocket has read. */
  acks: boolean;
}

/**
 * A client that came over `/ws/ui`. It gets no more than it reads: within its window all is written through; beyond it
 * facts wait in order, and of each state only the newest. What it sends is bounded too.
 */
export class WebSocketConnection extends Connection {
  readonly transport = 'websocket';
  private readonly window: Window;
  private readonly acks: { sent: number; mark: number }[] | undefined;
  private falseAcks = 0;
  private heardAt = performance.now();
  private pingedAt = this.heardAt;
  private isBeating = false;
  private closingSince: number | undefined;
  private frames: FrameBudget | undefined;
  /** How many pongs wait in the socket at most: they cost more than their bytes. */
  private pongs = 0;

  /**
   * @param webSocket of `createWebSocketServer`, so that pings are answered here
   * @param socket the one under `webSocket`, as the upgrade gave it. Frames are written to it directly: `ws` writes each
   *   of its own frames in one go as long as compression is off, so the two never cut into each other.
   */
  constructor(
    private readonly webSocket: WebSocket,
    socket: Socket,
    { acks, ...limits }: WebSocketConnectionOptions,
  ) {
    super(socket, limits);
    this.acks = acks ? [] : undefined;
    this.window = new Window(acks);
    // The library closes with the code of the broken rule by itself; without a listener the error would end the process.
    webSocket.on('error', (error: NodeJS.ErrnoException) => this.handleError(error));
    webSocket.on('pong', (data: Buffer) => this.handlePong(data));
    webSocket.on('ping', (data: Buffer) => this.handlePing(data));
    webSocket.on('close', () => this.frames?.stop());
  }

  onFrame(listener: (data: RawData, isBinary: boolean) => void): void {
    this.webSocket.on('message', listener);
  }

  override onClose(listener: (code?: number) => void): void {
    this.webSocket.once('close', listener);
  }

  override broadcast(batch: Batch): void {
    if (!this.isOpen) return;

    const { bytes, deliveries } = batch;
    if (this.window.take(bytes.length)) {
      this.socket.write(bytes);
      this.sent += deliveries.length;
      return;
    }
    if (this.isAtOnce && this.isTaken && this.window.fits(bytes.length)) {
      this.put(bytes, deliveries.length);
      this.window.makeRoom();
      return;
    }
    super.broadcast(batch);
  }

  /**
   * The client has handled this many messages; only where it said that it would tell. Returns `false` when it was not sent
   * so many.
   */
  acknowledge(received: number): boolean {
    const { acks } = this;
    if (!acks) return true;
    if (received > this.sent) {
      if (++this.falseAcks > MAX_FALSE_ACKS) this.evict('acks');
      return false;
    }

    let count = 0;
    let last: (typeof acks)[number] | undefined;
    for (let next = acks[0]; next && next.sent <= received; next = acks[count]) {
      last = next;
      count++;
    }
    if (!last) return true;

    acks.splice(0, count);
    this.handleReceipt(last.mark);
    // There are no more of these than messages that it was sent.
    this.frames?.refund();

    return true;
  }

  /** A frame of the client costs it some of what it may send. */
  charge(bytes: number): void {
    if (!this.isOpen) return;
    if (!(this.frames ??= new FrameBudget(this.webSocket)).charge(bytes)) this.evict('frames');
  }

  override tick(now: number): void {
    if (!this.isOpen) return this.tickClosing(now);

    this.account();
    const silentMs = now - this.heardAt;
    if (silentMs >= LOST_MS) this.close(CLOSE.heartbeatTimeout);
    else if (silentMs >= HEARTBEAT_MS && now - this.pingedAt >= HEARTBEAT_MS) this.beat(now);
  }

  override get isOpen(): boolean {
    return this.webSocket.readyState === WebSocket.OPEN;
  }

  override addTo(traffic: Traffic): void {
    super.addTo(traffic);
    traffic.unreadBytes += this.window.unread;
    traffic.throttled += this.frames?.pauses ?? 0;
  }

  override info(): ConnectionInfo {
    const { unread, size, deliveryRate, roundTrip } = this.window;

    return {
      ...super.info(),
      unread,
      window: Math.round(size),
      ...(deliveryRate > 0 && { delivery_rate: deliveryRate }),
      ...(roundTrip !== undefined && { round_trip_ms: Math.round(roundTrip * 10) / 10 }),
    };
  }

  protected override get socketBytes(): number {
    return this.socket.writableLength;
  }

  protected override encode(json: string): Buffer {
    return encodeTextFrames([json]);
  }

  protected override end({ code, reason }: Close): void {
    this.webSocket.close(code, reason);
  }

  protected override admits(bytes: number): boolean {
    return this.isTaken && this.window.admits(bytes);
  }

  protected override put(bytes: Buffer, messages: number): void {
    this.window.wrote(bytes.length);
    this.sent += messages;
    if (!this.window.isMarkDue) {
      this.socket.write(bytes);
      return;
    }

    // In one call to the kernel.
    this.socket.cork();
    this.socket.write(bytes);
    this.mark();
    this.socket.uncork();
  }

  /** Asks for the receipt that what waits is sent on. */
  protected override awaitRoom(): void {
    if (!this.window.isWaiting) this.mark();
  }

  /** Whether the kernel has taken what was written, but for so much: a client may claim to have read what it has not. */
  private get isTaken(): boolean {
    return this.socket.writableLength <= this.maxQueueBytes;
  }

  private mark(): void {
    if (this.acks) this.acks.push({ sent: this.sent, mark: this.window.mark(performance.now()) });
    else this.ping();
  }

  private ping(): void {
    this.pingedAt = performance.now();
    this.socket.write(encodePing(this.window.mark(this.pingedAt)));
  }

  private beat(now: number): void {
    if (!this.acks && this.window.unread > 0) {
      this.ping();
      return;
    }

    this.pingedAt = now;
    this.isBeating = true;
    this.socket.write(HEARTBEAT);
  }

  /** Answers at once, as long as the client reads the answers. */
  private handlePing(payload: Buffer): void {
    if (!this.isOpen) return;

    const waiting = this.socket.writableLength;
    this.pongs = waiting === 0 ? 0 : this.pongs + 1;
    if (waiting + this.pongs * OWN_COST > this.maxQueueBytes) return this.evict('queue');
    this.socket.write(encodePong(payload));
    this.charge(payload.length);
  }

  /** A pong that nobody has asked for is no sign of life, and costs what any frame costs. */
  private handlePong(payload: Buffer): void {
    const mark = markOf(payload);
    if (mark === 0 && this.isBeating) {
      this.isBeating = false;
      this.heardAt = performance.now();
    } else if (this.acks || !this.handleReceipt(mark)) {
      this.charge(payload.length);
    }
  }

  /** Returns `false` when it is for nothing that was asked. */
  private handleReceipt(mark: number): boolean {
    const now = performance.now();
    const { isEmpty, hasFacts } = this.backlog;
    if (!this.window.receipt(mark, now, { isHeldBack: !isEmpty, hasFacts })) return false;

    this.heardAt = now;
    this.pump();

    return true;
  }

  private handleError(error: NodeJS.ErrnoException): void {
    const code = brokenRuleOf(error);
    if (code === undefined) return;

    this.endedBy(code);
    if (code === CLOSE.tooManyFrames.code) this.eviction ??= 'frames';
    this.release();
    // The library waits for the end of a client that may go on sending.
    this.terminateAfter();
  }

  /** A client that closes by itself has its time for it too. */
  private tickClosing(now: number): void {
    this.closingSince ??= now;
    if (this.closeCode === undefined && now - this.closingSince >= CLOSING_MS) this.terminate();
  }
}

/** The close code that the library has sent for its own error; none for an error of the socket. */
function brokenRuleOf({ code = '' }: NodeJS.ErrnoException): number | undefined {
  if (!code.startsWith('WS_ERR_')) return undefined;

  return LIBRARY_CLOSES[code] ?? PROTOCOL_ERROR;
}
