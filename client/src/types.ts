import type {
  ConnectionMessage,
  CustomMessage,
  EventMessage,
  FilterLists,
  HubMessage,
  KNOWN_EVENT_TYPES,
  OverlayMessage,
  TelemetryMessage,
} from '../../src/protocol/messages.js';

/**
 * How the client is doing. `since` and `retryAt` are times of `Date.now()`, in ms; `attempt` counts the tries to connect
 * since a connection last stood for `backoff.stableMs`, from 1.
 *
 * - `idle`: never told to connect
 * - `connecting`: until the hub has greeted
 * - `open`: what the hub broadcasts arrives
 * - `stale`: still open, but nothing was heard for longer than a heartbeat
 * - `waiting`: until the next try
 * - `closed`: for good, by `close()` or since the hub said so; `connect()` begins anew
 */
export type HubState =
  | { readonly name: 'idle' }
  | { readonly name: 'connecting'; readonly attempt: number }
  | { readonly name: 'open' }
  | { readonly name: 'stale'; readonly since: number }
  | { readonly name: 'waiting'; readonly retryAt: number; readonly attempt: number }
  | { readonly name: 'closed'; readonly reason: string; readonly code?: number };

/** The part of a WebSocket that the client uses: the browser's fits, and so does the one of `ws` for Node. */
export interface WebSocketLike {
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

export type WebSocketConstructor = new (url: string) => WebSocketLike;

/** How long to wait before the next try: a random time, so that many clients do not come back at once. */
export interface Backoff {
  /**
   * The first try waits up to this long, the next ones up to twice as long as the one before; 16 times as long where all
   * clients of the hub were lost together. @default 250 ms
   */
  minMs?: number;
  /** No try waits longer than this. @default 10_000 ms */
  maxMs?: number;
  /** A connection that has stood this long counts as good: the next wait is short again. @default 5_000 ms */
  stableMs?: number;
}

export interface HubClientOptions {
  /**
   * The hub: `ws:`, `wss:`, `http:` or `https:`, or in a browser what is relative to the page. `ws/ui` comes behind a
   * path that is none or ends with a slash. Its query is kept.
   */
  url: string | URL;
  /** Gives what goes into the query as `token`; asked anew at each connect. */
  getToken?: () => string | Promise<string>;
  /** What to get of the broadcasts. @default everything */
  filter?: FilterLists;
  /** Begins each connection with the newest overlay and telemetry of each kind and source. @default false */
  snapshot?: boolean;
  /** Begins with so many of the newest events, where there is no offset to go on from. @default 0 */
  recent?: number;
  /** The offset of the last event that was handled, maybe by an earlier page: what came since then is brought first. */
  since?: string;
  /** The `epoch` that this offset was kept with: without it, a hub that cannot tell says that there may be a gap. */
  epoch?: string;
  /**
   * Tells the hub what the page has handled, so that one that is busy gets fewer overlays and not older ones.
   * @default true
   */
  acks?: boolean;
  /** For Node before 22, the `WebSocket` of `ws`. @default globalThis.WebSocket */
  WebSocket?: WebSocketConstructor;
  backoff?: Backoff;
  /** A hub that was silent for this long is `stale`, and for twice this long is given up. @default 10_000 ms */
  heartbeatMs?: number;
  /**
   * One connection for all clients of this page that have the same URL, filter, `snapshot`, `recent`, `since`, `epoch` and `acks`,
   * and ask for it. The other options are those of the first. @default false
   */
  share?: boolean;
  /** Whether it connects by itself; else `connect()` does. @default true */
  connect?: boolean;
}

/** All counts are since the client was made. */
export interface HubStats {
  /** Messages of the hub that came, doubles included. */
  readonly received: number;
  /** Messages that came again, and were not delivered again. */
  readonly duplicates: number;
  /** Frames that could not be used: not JSON, or not of a shape that the hub speaks. */
  readonly dropped: number;
  /** Overlays and telemetry that the hub left out for this client, since it was slow and a newer one came. */
  readonly conflated: number;
  /** Connections after the first one. */
  readonly reconnects: number;
  /** Messages a second, over the last few seconds. */
  readonly messagesPerSecond: number;
  /** Round trip to the hub, in ms; `undefined` until it is known. */
  readonly rttMs: number | undefined;
  /** How far the hub's clock is ahead of this one, in ms; `undefined` until it is known. */
  readonly clockOffsetMs: number | undefined;
  /** How old the newest message that tells its time was when it came, in ms; `undefined` until one has come. */
  readonly ageMs: number | undefined;
}

/** After a reconnect: all that was missed has now been delivered. */
export interface Recovered {
  /** How many messages were missed. */
  readonly count: number;
  /** The offset after which they were. */
  readonly since: string;
}

/** After a reconnect: the hub's log does not reach back to where the client was, so messages may be missing. */
export interface Gap {
  /** The last offset before the gap; `undefined` where there was none yet. */
  readonly since: string | undefined;
  /** Where the client goes on; `undefined` where the hub did not say. */
  readonly until: string | undefined;
}

/** Something that the user of the client may want to know of. The client goes on. */
export interface HubClientError {
  /**
   * `HANDLER_FAILED`: a handler threw; `TOKEN_FAILED`: `getToken` threw; `CONNECT_FAILED`: no socket could be made; any
   * other is of the hub, about a frame that it could not use.
   */
  readonly code: string;
  readonly message: string;
  /** What was thrown. */
  readonly cause?: unknown;
}

/** An event of one known type. */
export type EventOf<T extends string> = EventMessage & { event_type: T };

type KnownEventType = (typeof KNOWN_EVENT_TYPES)[number];

/** What the handlers of each name get. */
export type HubEvents = {
  /** Every message of the hub. */
  message: HubMessage;
  event: EventMessage;
  overlay: OverlayMessage;
  telemetry: TelemetryMessage;
  /** The greeting of each connection. */
  connection: ConnectionMessage;
  state: HubState;
  recovered: Recovered;
  gap: Gap;
  error: HubClientError;
} & { [T in KnownEventType]: EventOf<T> };

/** What the client knows of what it brings, beside what is in it. */
export interface MessageMeta {
  /**
   * Whether a message is of the past: brought by `recent`, `since`, `snapshot` or after a reconnect, and not as it happened. What
   * rings a bell for each bark should not ring for those of last night.
   */
  readonly isPast: boolean;
}

/** An event or a message of your own, whose `data` has been given a type: `createHubClient<{ treat: { grams: number } }>`. */
export type OwnMessage<Data> = (Omit<EventMessage, 'data'> | Omit<CustomMessage, 'data'>) & { data: Data };

/** Takes a handler away again; doing so twice does nothing. */
export type Unsubscribe = () => void;

/** @typeParam Own the `data` of events and messages of your own, by their event type or type */
export interface HubClient<Own extends object = object> {
  /** The same object until it changes. */
  readonly state: HubState;
  /** A picture of this moment: a new object each time. */
  readonly stats: HubStats;
  /** The id that the hub knows the connection by; `undefined` while there is none. */
  readonly connectionId: string | undefined;
  /** The offset to go on from: what a page may store, together with `epoch`, and give as `since` later. */
  readonly offset: string | undefined;
  /** The generation of the log that `offset` is of. */
  readonly epoch: string | undefined;
  /**
   * Calls the handler for each message of a type (`event`, `overlay`, `telemetry`, `message` for all), for each event of
   * an event type (`sit`), and when something happens to the client (`state`, `connection`, `recovered`, `gap`, `error`). A message is
   * handled, as the hub is told, when its handlers have returned.
   */
  on<N extends keyof Own & string>(
    name: N,
    handler: (message: OwnMessage<Own[N]>, meta: MessageMeta) => void,
  ): Unsubscribe;
  on<K extends Exclude<keyof HubEvents, keyof Own>>(
    name: K,
    handler: (value: HubEvents[K], meta: MessageMeta) => void,
  ): Unsubscribe;
  /** The same for an event type or a message type of your own. */
  on<N extends string>(
    name: N extends keyof HubEvents | keyof Own ? never : N,
    handler: (message: EventMessage | CustomMessage, meta: MessageMeta) => void,
  ): Unsubscribe;
  /** Sends a message to the hub. Returns `false`, and does nothing, where there is no open connection. */
  send(message: object): boolean;
  /** Changes what it gets of the broadcasts, from now on and at each connect; `{}` is everything. */
  subscribe(filter: FilterLists): void;
  /** Connects, if it is `idle`, `waiting` or `closed`. */
  connect(): void;
  /** Gives up the connection there is, and connects at once. */
  reconnect(): void;
  /** Ends the connection, and all that goes on; `connect()` would begin anew. */
  close(): void;
}
