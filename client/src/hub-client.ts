import { retryAfter, type Retry } from '../../src/protocol/close-codes.js';
import {
  type ConnectionMessage,
  type EventMessage,
  type FilterLists,
  type HubMessage,
  type LogFields,
  type PongMessage,
} from '../../src/protocol/messages.js';
import { compareOffsets } from '../../src/protocol/offset.js';
import { backoffMs } from './backoff.js';
import { Emitter, report } from './emitter.js';
import { onWake } from './environment.js';
import { Resume } from './resume.js';
import { HubSocket, type SocketListener } from './socket.js';
import { Counters } from './stats.js';
import type {
  HubClient,
  HubClientError,
  HubClientOptions,
  HubEvents,
  HubState,
  HubStats,
  MessageMeta,
  Recovered,
  Unsubscribe,
  WebSocketConstructor,
} from './types.js';
import { checkFilter, connectUrl, parseUrl } from './url.js';

const DEFAULT_BACKOFF = { minMs: 250, maxMs: 10_000, stableMs: 5_000 };
const DEFAULT_HEARTBEAT_MS = 10_000;

/** Names that a message cannot have handlers by, whatever its type and event type are. */
const OWN_NAMES: ReadonlySet<string> = new Set<keyof HubEvents>([
  'message',
  'connection',
  'state',
  'recovered',
  'gap',
  'error',
]);
const CLASS_NAMES: ReadonlySet<string> = new Set<keyof HubEvents>(['event', 'overlay', 'telemetry']);

/**
 * The state machine. `connect` and the end of each wait lead to `start`; the socket then calls one of the `on…` below, each
 * of which is a transition; `close`, and a close code that says so, lead to `finish`.
 *
 *     idle ──► connecting ──► open ◄──► stale
 *                 ▲  │          │         │
 *                 │  ▼          ▼         │
 *                waiting ◄────────────────┘        any ──► closed
 *
 * There is a socket in `connecting`, `open` and `stale`, and in no other state. All fields are set before anybody is told,
 * since who is told may call any method.
 */
export class Client implements HubClient, SocketListener {
  private current: HubState = { name: 'idle' };
  private socket: HubSocket | undefined;
  /** Ends a wait, or makes a connection count as stable. */
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopWaking: (() => void) | undefined;
  /** Since a connection last stood. */
  private tries = 0;
  private retry: Retry = 'soon';
  private id: string | undefined;
  /** The offset up to which this connection brings the past. */
  private head: string | undefined;
  private filter: FilterLists;
  /** What the query of this connection had. */
  private asked: { filter: FilterLists; since: string | undefined } = { filter: {}, since: undefined };

  private readonly url: URL;
  private readonly WebSocket: WebSocketConstructor;
  private readonly backoff: typeof DEFAULT_BACKOFF;
  private readonly resume: Resume;
  private readonly counters = new Counters();
  private readonly emitter = new Emitter<HubEvents>((error, name) => this.handleThrow(error, name));

  constructor(private readonly options: HubClientOptions) {
    const { url, filter = {}, since, epoch, snapshot = false, backoff, connect = true } = options;
    this.url = parseUrl(url);
    this.filter = checkFilter(filter);
    this.WebSocket = options.WebSocket ?? globalThis.WebSocket;
    this.backoff = { ...DEFAULT_BACKOFF, ...backoff };
    this.resume = new Resume(since, snapshot, epoch);

    if (connect) this.connect();
  }

  get state(): HubState {
    return this.current;
  }

  get stats(): HubStats {
    return this.counters.stats();
  }

  get connectionId(): string | undefined {
    return this.id;
  }

  get offset(): string | undefined {
    return this.resume.offset;
  }

  get epoch(): string | undefined {
    return this.resume.epoch;
  }

  on(name: string, handler: (value: never, meta: MessageMeta) => void): Unsubscribe {
    return this.emitter.on(name as keyof HubEvents, handler as () => void);
  }

  send(message: object): boolean {
    return this.id !== undefined && (this.socket?.send(message) ?? false);
  }

  subscribe(filter: FilterLists): void {
    this.filter = checkFilter(filter);
    if (this.send({ type: 'subscribe', data: filter })) this.asked.filter = filter;
  }

  connect(): void {
    if (!this.socket) this.start();
  }

  reconnect(): void {
    this.leave();
    this.start();
  }

  close(): void {
    this.finish({ name: 'closed', reason: 'closed by the page' });
  }

  private start(): void {
    const { options, WebSocket } = this;
    if (typeof WebSocket !== 'function') throw new TypeError('there is no WebSocket here: give one as an option');

    clearTimeout(this.timer);
    this.stopWaking ??= onWake(() => this.wake());
    this.tries++;
    this.socket = new HubSocket(
      {
        url: () => this.connectUrl(),
        WebSocket,
        acks: options.acks ?? true,
        heartbeatMs: options.heartbeatMs ?? DEFAULT_HEARTBEAT_MS,
      },
      this,
    );
    this.enter({ name: 'connecting', attempt: this.tries });
  }

  private async connectUrl(): Promise<string> {
    const { getToken, snapshot = false, recent = 0, acks = true } = this.options;
    const token = await getToken?.();
    const { filter } = this;
    const { offset: since, epoch } = this.resume;
    this.asked = { filter, since };

    return connectUrl(this.url, { token, filter, snapshot, recent, since, epoch, acks });
  }

  onGreeting(greeting: ConnectionMessage['data']): void {
    const gap = this.resume.greet(greeting, this.asked.since);
    this.id = greeting.connection_id;
    this.head = greeting.head;
    this.counters.connected();
    this.timer = setTimeout(() => (this.tries = 0), this.backoff.stableMs);
    if (this.asked.filter !== this.filter) this.subscribe(this.filter);

    this.enter({ name: 'open' });
    this.emitter.emit('connection', { type: 'connection', data: greeting });
    if (gap) this.emitter.emit('gap', gap);
    this.tell(this.resume.takeRecovered());
  }

  onMessage(message: HubMessage, text: string): void {
    const isPast = this.isPast(message);
    this.counters.count(message, isPast);
    if (this.resume.accept(message, text)) this.deliver(message, { isPast });
    else this.counters.duplicates++;

    this.tell(this.resume.takeRecovered());
  }

  onUnusable(): void {
    this.counters.dropped++;
  }

  onError(error: HubClientError): void {
    this.emitter.emit('error', error);
  }

  onPong(pong: PongMessage['data'], rttMs: number): void {
    this.counters.measure(pong, rttMs);
  }

  onBeat(): void {
    this.tell(this.resume.takeRecovered(true));
  }

  onQuiet(since: number): void {
    this.enter({ name: 'stale', since });
  }

  onHeard(): void {
    this.enter({ name: 'open' });
  }

  onSilent(): void {
    // At once: it is this page that was away, not the hub with all its clients.
    this.reconnect();
  }

  onEnd(code: number, reason: string): void {
    // How a try to connect fails says nothing new: if all have lost the hub, they still have.
    if (this.id !== undefined) this.retry = retryAfter(code);
    else if (retryAfter(code) === 'never') this.retry = 'never';
    this.leave();

    if (this.retry === 'never') this.finish({ name: 'closed', reason: reason || `closed with ${code}`, code });
    else this.wait(backoffMs(this.tries, this.retry, this.backoff));
  }

  private wait(ms: number): void {
    this.timer = setTimeout(() => this.start(), ms);
    this.enter({ name: 'waiting', retryAt: Math.round(Date.now() + ms), attempt: this.tries + 1 });
  }

  private wake(): void {
    if (this.socket) this.socket.probe();
    else this.start();
  }

  /** Gives up the socket or the wait that there is. */
  private leave(): void {
    clearTimeout(this.timer);
    this.socket?.close();
    this.socket = undefined;
    this.id = undefined;
  }

  private finish(state: HubState): void {
    this.leave();
    this.stopWaking?.();
    this.stopWaking = undefined;
    this.tries = 0;
    this.retry = 'soon';
    if (this.current.name !== 'closed') this.enter(state);
  }

  private enter(state: HubState): void {
    this.current = state;
    this.emitter.emit('state', state);
  }

  private deliver(message: HubMessage, meta: MessageMeta): void {
    const type: string = message.type;
    const eventType = type === 'event' ? (message as EventMessage).event_type : undefined;

    this.emitter.emit('message', message, meta);
    if (!OWN_NAMES.has(type)) this.emitter.emit(type as 'event', message as EventMessage, meta);
    if (eventType !== undefined && !OWN_NAMES.has(eventType) && !CLASS_NAMES.has(eventType)) {
      this.emitter.emit(eventType as 'event', message as EventMessage, meta);
    }
  }

  private isPast(message: HubMessage): boolean {
    const { head } = this;
    const { offset } = message as Partial<LogFields>;

    return 'age_ms' in message || (!!head && !!offset && compareOffsets(offset, head) <= 0);
  }

  private tell(recovered: Recovered | undefined): void {
    if (recovered) this.emitter.emit('recovered', recovered);
  }

  private handleThrow(cause: unknown, name: PropertyKey): void {
    if (name === 'error' || !this.emitter.has('error')) {
      report(cause);
      return;
    }

    const message = cause instanceof Error ? cause.message : String(cause);
    this.emitter.emit('error', { code: 'HANDLER_FAILED', message, cause });
  }
}
