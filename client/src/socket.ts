import type { ConnectionMessage, HubMessage, PongMessage, ServerMessage } from '../../src/protocol/messages.js';
import { isHidden } from './environment.js';
import type { HubClientError, WebSocketConstructor, WebSocketLike } from './types.js';

/** Two beats are a heartbeat. A hub that was silent for so many is stale, and for one more is dead. */
const STALE_BEATS = 2;
const DEAD_BEATS = 3;

/** How long the hub may take to answer after a wake-up, in ms. What the browser had read before comes in the first half. */
const PROBE_MS = 2_000;

/** Least time between two acknowledgements, in ms: each costs the hub as much as a delivery. */
const ACK_MS = 50;

/** No close frame came: the code that browsers give then. Source: RFC 6455 section 7.1.5. */
const ABNORMAL = 1006;

const OPEN = 1;

export interface SocketOptions {
  /** Gives the address to connect to, late, since the token in it may have to be fetched. */
  url: () => Promise<string>;
  WebSocket: WebSocketConstructor;
  acks: boolean;
  heartbeatMs: number;
}

/** What a socket tells. Nothing comes after `onEnd`, and after `close()` nothing at all. None of these may throw. */
export interface SocketListener {
  onGreeting(greeting: ConnectionMessage['data']): void;
  onMessage(message: HubMessage, text: string): void;
  /** A frame that is none of the hub's. */
  onUnusable(): void;
  onError(error: HubClientError): void;
  onPong(pong: PongMessage['data'], rttMs: number): void;
  /** Every half heartbeat, unless there is something else to tell. */
  onBeat(): void;
  /** Nothing was heard for longer than a heartbeat. `since`: of `Date.now()`, in ms. */
  onQuiet(since: number): void;
  /** Heard again, after it was quiet. */
  onHeard(): void;
  /** After a wake-up the hub did not answer in time: the socket is dead, whatever the browser says. */
  onSilent(): void;
  onEnd(code: number, reason: string): void;
}

/**
 * One WebSocket, from the try to connect until it is over. It asks the hub for a sign of life, since a browser says OPEN
 * for minutes when the other end is gone, and tells it what the page has handled.
 */
export class HubSocket {
  private socket: WebSocketLike | undefined;
  private isOver = false;
  private isGreeted = false;
  private beats: ReturnType<typeof setInterval>;
  private hasHeard = false;
  private heardAt = Date.now();
  private quietBeats = 0;
  private beatsSincePing = 0;
  /** When each ping left that has no answer yet; the hub answers in order. Of `performance.now()`. */
  private readonly pings: number[] = [];
  /** When the newest ping left that was answered. Of `performance.now()`. */
  private answeredAt = -Infinity;
  /** Frames handled, as the hub counts them: the greeting is the first. */
  private handled = 0;
  private ackedAt = -Infinity;
  private ackTimer: ReturnType<typeof setTimeout> | undefined;
  private probeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly options: SocketOptions,
    private readonly listener: SocketListener,
  ) {
    this.beats = this.startBeats();
    void this.open();
  }

  /** Returns whether it could be sent. */
  send(message: object): boolean {
    const { socket } = this;
    if (this.isOver || socket?.readyState !== OPEN) return false;

    socket.send(JSON.stringify(message));
    return true;
  }

  /** Asks for a sign of life now, and waits for it a moment only: the network may be another one by now. */
  probe(): void {
    // A token may have to be typed in.
    if (!this.socket || this.probeTimer !== undefined) return;

    const sentAt = performance.now();
    if (this.isGreeted) this.ping();
    this.probeTimer = setTimeout(() => {
      const { handled } = this;
      this.probeTimer = setTimeout(() => {
        this.probeTimer = undefined;
        if (this.handled === handled && this.answeredAt < sentAt) this.listener.onSilent();
      }, PROBE_MS / 2);
    }, PROBE_MS / 2);
  }

  /** Ends it from this side. */
  close(): void {
    if (this.isOver) return;

    this.isOver = true;
    clearInterval(this.beats);
    clearTimeout(this.ackTimer);
    clearTimeout(this.probeTimer);
    const { socket } = this;
    if (!socket) return;

    socket.onopen = socket.onmessage = socket.onclose = null;
    // `ws` throws an error that nobody listens to.
    socket.onerror = () => undefined;
    socket.close(1000);
    // With `ws`: a hub that does not answer the close would keep the socket, and with it the process, for 30 s.
    (socket as { terminate?: () => void }).terminate?.();
  }

  private async open(): Promise<void> {
    let code = 'TOKEN_FAILED';
    try {
      const url = await this.options.url();
      if (this.isOver) return;

      code = 'CONNECT_FAILED';
      const socket = new this.options.WebSocket(url);
      socket.onmessage = ({ data }: { data: unknown }) => this.handleFrame(data);
      socket.onclose = (event: { code: number; reason: string }) => this.end(event.code, event.reason);
      socket.onerror = () => undefined;
      this.socket = socket;
    } catch (cause) {
      if (this.isOver) return;

      const message = cause instanceof Error ? cause.message : String(cause);
      this.listener.onError({ code, message, cause });
      this.end(ABNORMAL, message);
    }
  }

  private end(code: number, reason: string): void {
    if (this.isOver) return;

    this.close();
    this.listener.onEnd(code, reason);
  }

  private handleFrame(data: unknown): void {
    const wasQuiet = this.quietBeats >= STALE_BEATS;
    this.hasHeard = true;
    this.heardAt = Date.now();
    this.quietBeats = 0;
    if (wasQuiet && this.isGreeted) this.listener.onHeard();
    // Whoever was told may have closed it.
    if (this.isOver) return;

    const message = parseServerMessage(data);
    if (message) this.handleMessage(message, data as string);
    else this.listener.onUnusable();

    this.handled++;
    if (this.options.acks && !this.isOver) this.scheduleAck();
  }

  private handleMessage(message: ServerMessage, text: string): void {
    switch (message.type) {
      case 'connection':
        this.handleConnection(message.data);
        break;
      case 'pong':
        this.handlePong(message.data);
        break;
      case 'error':
        this.listener.onError(message.data);
        break;
      default:
        this.listener.onMessage(message, text);
    }
  }

  private handleConnection(data: ConnectionMessage['data']): void {
    if (this.isGreeted) return;

    this.isGreeted = true;
    this.answeredAt = performance.now();
    this.ping();
    this.listener.onGreeting(data);
  }

  private handlePong(data: PongMessage['data']): void {
    const sentAt = this.pings.shift();
    this.answeredAt = sentAt ?? this.answeredAt;
    if (sentAt !== undefined) this.listener.onPong(data, performance.now() - sentAt);
  }

  private startBeats(): ReturnType<typeof setInterval> {
    return setInterval(() => this.handleBeat(), this.options.heartbeatMs / STALE_BEATS);
  }

  /** Counts beats instead of looking at a clock: clocks are set, and the timers of a hidden page are late. */
  private handleBeat(): void {
    this.quietBeats = this.hasHeard ? 0 : this.quietBeats + 1;
    this.hasHeard = false;
    if (this.quietBeats >= DEAD_BEATS) {
      this.end(ABNORMAL, 'the hub is silent');
      return;
    }
    if (!this.isGreeted) return;

    if (this.quietBeats > 0 || ++this.beatsSincePing >= STALE_BEATS) this.ping();
    if (this.quietBeats === STALE_BEATS) this.listener.onQuiet(this.heardAt);
    else this.listener.onBeat();
  }

  private ping(): void {
    this.beatsSincePing = 0;
    if (this.send({ type: 'ping' })) this.pings.push(performance.now());
  }

  private scheduleAck(): void {
    const waitMs = this.ackedAt + ACK_MS - performance.now();
    if (waitMs <= 0 || isHidden()) this.acknowledge();
    else this.ackTimer ??= setTimeout(() => this.acknowledge(), waitMs);
  }

  private acknowledge(): void {
    clearTimeout(this.ackTimer);
    this.ackTimer = undefined;
    this.ackedAt = performance.now();
    this.send({ type: 'ack', data: { received: this.handled } });
  }
}

/** A frame of the hub; `undefined` when it is none. */
function parseServerMessage(data: unknown): ServerMessage | undefined {
  try {
    const message = JSON.parse(data as string) as Partial<ServerMessage> | null;
    const isUsable = typeof message?.type === 'string' && typeof message.data === 'object' && message.data !== null;

    return isUsable ? (message as ServerMessage) : undefined;
  } catch {
    return undefined;
  }
}
