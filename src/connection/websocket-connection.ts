import type { Socket } from 'node:net';
import { type RawData, WebSocket } from 'ws';
import { type Close, CLOSE } from '../protocol/close-codes.js';
import { conflationKeyOf, type Delivery, isLogged } from '../protocol/messages.js';
import { Backlog } from './send-queue.js';
import { Connection, type ConnectionInfo, type Traffic } from './connection.js';
import { type Batch, encodeDelivery } from './prepared-frame.js';
import { encodePing, encodeTextFrames, markOf } from './websocket-frame.js';
import { PongReader } from './pong-reader.js';
import { Window } from './flow-control.js';

/** A client is pinged when nothing was heard of it for this long, in ms. */
const HEARTBEAT_MS = 10_000;

/**
 * A client of which nothing was heard for this long is closed, in ms. It may be a second until that is looked at, and
 * another until it is terminated: what is half open is gone within 20 s.
 */
const LOST_MS = 18_000;

/** A heartbeat that asks for no receipt: ten thousand clients to whom nothing is sent are to leave no garbage behind. */
const HEARTBEAT = encodePing(0);

/** RFC 6455 section 7.4.1; what the library closes with for all other errors that it finds. */
const PROTOCOL_ERROR = 1002;

const LIBRARY_CLOSES: Partial<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: 1007,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 1008,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: CLOSE.tooBig.code,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: CLOSE.tooBig.code,
};

export interface WebSocketConnectionOptions {
  /** Most bytes that may wait for the client in this process. */
  maxQueueBytes: number;
  /** Whether the client tells what it has handled, which then counts instead of what its WebSocket has read. */
  acks: boolean;
}

/**
 * A client that came over `/ws/ui`. It gets no more than it reads: within its window all is written through; beyond it
 * facts wait in order, and of each state only the newest.
 */
export class WebSocketConnection extends Connection {
  readonly transport = 'websocket';
  private readonly window: Window;
  private readonly backlog: Backlog;
  private readonly acks: { sent: number; mark: number }[] | undefined;
  private heardAt = performance.now();
  private pingedAt = this.heardAt;
  private onRoom: (() => void) | undefined;

  /**
   * @param socket the one under `webSocket`, as the upgrade gave it. Frames are written to it directly: `ws` writes each
   *   of its own frames in one go as long as compression is off, so the two never cut into each other.
   */
  constructor(
    private readonly webSocket: WebSocket,
    socket: Socket,
    { maxQueueBytes, acks }: WebSocketConnectionOptions,
  ) {
    super(socket);
    this.backlog = new Backlog(maxQueueBytes);
    this.acks = acks ? [] : undefined;
    this.window = new Window(acks);
    // The library closes with the code of the broken rule by itself; without a listener the error would end the process.
    webSocket.on('error', (error: NodeJS.ErrnoException) => {
      const code = brokenRuleOf(error);
      if (code !== undefined) this.endedBy(code);
    });
    webSocket.on('pong', (data: Buffer) => this.handlePong(markOf(data)));
    readPongs(socket, (mark) => this.handlePong(mark));
  }

  onFrame(listener: (data: RawData, isBinary: boolean) => void): void {
    this.webSocket.on('message', listener);
  }

  override onClose(listener: (code?: number) => void): void {
    this.webSocket.once('close', listener);
  }

  /** Writes for this client alone, behind what waits for it. */
  override sendJson(json: string): void {
    if (!this.isOpen) return;

    const frame = encodeTextFrames([json]);
    if (this.backlog.isEmpty && this.window.admits(frame.length)) this.put(frame, 1);
    else if (this.backlog.addFact(frame)) this.askForReceipt();
    else this.close(CLOSE.slowConsumer);
  }

  /** Writes whatever the window says; there is room when the window has some again. */
  override write(bytes: Buffer, messages: number, onRoom: () => void): void {
    if (!this.isOpen) return;

    this.put(bytes, messages);
    this.onRoom = onRoom;
    // In a later turn also where there is room, so that a replay to a fast client does not keep the event loop.
    if (this.window.admits(1)) setImmediate(() => this.pump());
    else this.askForReceipt();
  }

  override broadcast({ bytes, deliveries }: Batch): void {
    if (!this.isOpen) return;

    if (this.window.take(bytes.length)) {
      this.socket.write(bytes);
      this.sent += deliveries.length;
      return;
    }
    if (this.backlog.isEmpty && this.window.fits(bytes.length)) {
      this.put(bytes, deliveries.length);
      this.window.makeRoom();
      return;
    }
    for (const delivery of deliveries) {
      if (this.offer(delivery)) continue;
      this.close(CLOSE.slowConsumer);
      return;
    }
    this.askForReceipt();
  }

  /** The client has handled this many messages; only where it said that it would tell. */
  acknowledge(received: number): void {
    const { acks } = this;
    if (!acks) return;

    const count = acks.findLastIndex(({ sent }) => sent <= received) + 1;
    const last = acks.splice(0, count).at(-1);
    if (last) this.handleReceipt(last.mark);
  }

  override tick(now: number): void {
    const silentMs = now - this.heardAt;
    if (silentMs >= LOST_MS) this.close(CLOSE.heartbeatTimeout);
    else if (silentMs >= HEARTBEAT_MS && now - this.pingedAt >= HEARTBEAT_MS) this.beat(now);
  }

  override get isOpen(): boolean {
    return this.webSocket.readyState === WebSocket.OPEN;
  }

  override addTo(traffic: Traffic): void {
    super.addTo(traffic);
    traffic.conflated += this.backlog.conflated;
    traffic.unreadBytes += this.window.unread;
    if (!this.backlog.isEmpty) traffic.heldBack++;
  }

  override info(): ConnectionInfo {
    const { unread, size, deliveryRate, roundTrip } = this.window;

    return {
      ...super.info(),
      conflated: this.backlog.conflated,
      unread,
      window: Math.round(size),
      ...(deliveryRate > 0 && { delivery_rate: deliveryRate }),
      ...(roundTrip !== undefined && { round_trip_ms: Math.round(roundTrip * 10) / 10 }),
    };
  }

  protected override get buffered(): number {
    return this.socket.writableLength + this.backlog.bytes;
  }

  protected override end({ code, reason }: Close): void {
    this.webSocket.close(code, reason);
  }

  /** Returns `false` when there is no room left for a fact. */
  private offer(delivery: Delivery): boolean {
    const frame = encodeDelivery(delivery, this.transport);
    if (this.backlog.isEmpty && this.window.admits(frame.length)) {
      this.put(frame, 1);
      return true;
    }
    if (isLogged(delivery.message)) return this.backlog.addFact(frame);

    this.backlog.addState(conflationKeyOf(delivery.message), frame);
    return true;
  }

  private put(bytes: Buffer, messages: number): void {
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
  private askForReceipt(): void {
    if (!this.window.isWaiting) this.mark();
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
    this.socket.write(HEARTBEAT);
  }

  private handlePong(mark: number): void {
    this.heardAt = performance.now();
    if (mark > 0 && !this.acks) this.handleReceipt(mark);
  }

  private handleReceipt(mark: number): void {
    this.heardAt = performance.now();
    const { isEmpty, hasFacts } = this.backlog;
    this.window.receipt(mark, this.heardAt, { isHeldBack: !isEmpty, hasFacts });
    this.pump();
  }

  /** Sends what waited, as far as there is room for it. */
  private pump(): void {
    if (!this.isOpen) return;

    for (let next = this.backlog.first(); next && this.window.admits(next.length); next = this.backlog.first()) {
      this.backlog.shift();
      this.put(next, 1);
    }
    if (!this.backlog.isEmpty) this.askForReceipt();

    const { onRoom } = this;
    if (!onRoom || !this.window.admits(1)) return;
    this.onRoom = undefined;
    onRoom();
  }
}

/** Comes between the socket and the library, which has just begun to listen, and shows it no pong that is for us. */
function readPongs(socket: Socket, onPong: (mark: number) => void): void {
  const pongs = new PongReader(onPong);
  const listeners = socket.listeners('data');
  socket.on('data', (chunk: Buffer) => {
    const rest = pongs.read(chunk);
    if (rest.length > 0) for (const listener of listeners) listener.call(socket, rest);
  });
  for (const listener of listeners) socket.removeListener('data', listener as (chunk: Buffer) => void);
}

/** The close code that the library has sent for its own error; none for an error of the socket. */
function brokenRuleOf({ code = '' }: NodeJS.ErrnoException): number | undefined {
  if (!code.startsWith('WS_ERR_')) return undefined;

  return LIBRARY_CLOSES[code] ?? PROTOCOL_ERROR;
}
