/**
 * What is on the wire, both ways. The one source of these shapes for the server, the browser client and the docs.
 * This folder imports nothing.
 */

/** A JSON object as a producer sent it. The hub bounds it and passes it on unchanged. */
export type JsonObject = Record<string, unknown>;

/** Event types with a known meaning. Any other name is allowed too. Source: the guide. */
export const KNOWN_EVENT_TYPES = [
  'dog_detected',
  'sit',
  'stand',
  'lie',
  'fetch_return',
  'bark',
  'howl',
  'whine',
  'person_entered',
  'clip_saved',
  'snapshot_saved',
  'bookmark',
] as const;
export type EventType = (typeof KNOWN_EVENT_TYPES)[number] | (string & {});

/** All overlay types: a dashboard must know how to draw each, so the list is closed. Source: the guide. */
export const OVERLAY_TYPES = ['detection', 'pose', 'heatmap', 'zone', 'annotation'] as const;
export type OverlayType = (typeof OVERLAY_TYPES)[number];

/** A rectangle in pixels of the producer's picture; `x`, `y` is its upper left corner. */
export interface Box {
  x: number;
  y: number;
  /** @minimum 0 */
  w: number;
  /** @minimum 0 */
  h: number;
  label?: string;
  /** 0..1 */
  confidence?: number;
}

/** Fields that a logged message carries beside its content. */
export interface LogFields {
  /** Unique, given at the door, never changes: a client drops what it has seen. */
  id: string;
  /** Position in the log, `<ms>-<n>`; absent while the message is not in the log yet. */
  offset?: string;
}

interface Common {
  data: JsonObject;
  /** Which camera or sensor the message is from: 1 to 128 characters without white space or comma. */
  source?: string;
}

/** A fact: none may be missing. */
export interface EventMessage extends Common, LogFields {
  type: 'event';
  event_type: EventType;
}

interface StateFields {
  /** How long ago the hub got it, in ms; only where it was kept for this client: by `snapshot=1`, or during a resume. */
  age_ms?: number;
}

/** A state drawn over the video: only the newest of each `overlay_type` and `source` counts. */
export interface OverlayMessage extends Common, StateFields {
  type: 'overlay';
  overlay_type: OverlayType;
}

/** A state of the detector: only the newest of each `source` counts. */
export interface TelemetryMessage extends Common, StateFields {
  type: 'telemetry';
}

declare enum Custom {
  type = '',
}
/**
 * Any type name that is not one of the hub's own. A string to all but the compiler: only a type of its own kind keeps
 * `HubMessage` a union that `message.type === 'event'` narrows.
 */
export type CustomType = Custom;

/** A message of the user's own making; logged like an event. */
export interface CustomMessage extends Common, LogFields {
  type: CustomType;
}

/** A message that has passed the door. */
export type HubMessage = EventMessage | OverlayMessage | TelemetryMessage | CustomMessage;

type WithoutData<M> = M extends unknown ? Omit<M, 'data'> : never;

/** A message without its content: all that the hub itself looks at. */
export type Heading = WithoutData<HubMessage>;
export type LoggedHeading = WithoutData<EventMessage | CustomMessage>;

/** A message on its way to the connections of this instance. `json` is what goes on the wire, byte for byte. */
export interface Delivery {
  readonly message: Heading;
  readonly json: string;
  /** The epoch of the log that the offset is of; only where there is one. */
  readonly epoch?: string;
}

/** What a caller hands to the door: not checked, not stamped. */
export interface MessageDraft {
  type: string;
  event_type?: string;
  overlay_type?: string;
  source?: string;
  data: JsonObject;
}

/**
 * What a connection asked to get; a message must be in every list that is given. `event_types` looks at events only and
 * `overlay_types` at overlays only; a message without `source` is in no list of sources.
 */
export interface FilterLists {
  types?: readonly string[];
  event_types?: readonly string[];
  overlay_types?: readonly string[];
  sources?: readonly string[];
}

type Loose<T> = { [K in keyof T]: T[K] | undefined };

/** `null` is what many languages write for a field that is not there. */
export function isThere<T>(value: T | null | undefined): value is T {
  return value !== undefined && value !== null;
}

/**
 * A copy that holds those fields of a draft that its type has, in the order of the guide. A type of the user's own may have
 * all of them.
 */
export function pickMessage({
  type,
  event_type,
  overlay_type,
  source,
  data,
}: Pick<MessageDraft, 'type' | 'data'> & Loose<MessageDraft>): MessageDraft {
  // Every message passes here: this is an eighth of the time of one literal with conditional spreads.
  const message: Partial<MessageDraft> = { type };
  if (isThere(event_type) && deliveryClassOf(type) === 'logged') message.event_type = event_type;
  if (isThere(overlay_type) && type !== 'event' && type !== 'telemetry') message.overlay_type = overlay_type;
  if (isThere(source)) message.source = source;
  message.data = data;

  return message as MessageDraft;
}

/** What is kept of a message beside its JSON: its content, as objects, would be several times as large. */
export function headingOf(message: LoggedHeading, offset?: string): LoggedHeading;
export function headingOf(message: Heading): Heading;
export function headingOf(message: Heading, offset?: string): Heading {
  const { type, source, id, offset: known } = message as Heading & Partial<LogFields>;
  const heading: Record<string, string> = { type };
  if ('event_type' in message) heading['event_type'] = message.event_type;
  if ('overlay_type' in message) heading['overlay_type'] = message.overlay_type;
  if (source !== undefined) heading['source'] = source;
  if (id !== undefined) heading['id'] = id;
  if ((offset ?? known) !== undefined) heading['offset'] = (offset ?? known) as string;

  return heading as unknown as Heading;
}

/** The first message of every connection (`connected`), and the answer to `subscribe` (`subscribed`). No filter holds it back. */
export interface ConnectionMessage {
  type: 'connection';
  data: {
    status: 'connected' | 'subscribed';
    connection_id: string;
    instance_id: string;
    /** ISO 8601, UTC */
    server_time: string;
    /** The offset after which this connection gets everything: what a client resumes from that had no message with one yet. */
    offset?: string;
    /** The generation of the log that offsets are of from now on: it goes beside `since`. Absent before the first contact with Redis. */
    epoch?: string;
    /** Only where something of the past follows: the newest offset of the log at this moment, up to which that goes. */
    head?: string;
    /**
     * Only when `since` was given. `true`: every logged message after it follows, then live ones. `false`: the log does
     * not reach back that far, or cannot vouch for this offset, so nothing of the past follows.
     */
    recovered?: boolean;
    /** Only when one was given; always in the answer to `subscribe`, where `{}` is no filter. */
    filter?: FilterLists;
  };
}

export interface PongMessage {
  type: 'pong';
  data: {
    /** ISO 8601, UTC */
    server_time: string;
    /** How many states a newer one took the place of before they were sent to this client; absent while none. */
    conflated?: number;
  };
}

export interface ErrorMessage {
  type: 'error';
  /** `errors` has each broken rule, where the frame broke one: the path of the field, and the rule's short stable name. */
  data: { code: string; message: string; errors?: readonly { field: string; rule: string; message: string }[] };
}

/** Everything a client can receive. */
export type ServerMessage = HubMessage | ConnectionMessage | PongMessage | ErrorMessage;

/** Types that only the hub or a client speaks: nobody may broadcast them. */
export const RESERVED_TYPES: ReadonlySet<string> = new Set(['connection', 'ping', 'pong', 'error', 'subscribe', 'ack']);

/** `logged`: a fact, every client gets each exactly once, in order. `latest`: a state, the newest of a key wins. */
export type DeliveryClass = 'logged' | 'latest';

export function deliveryClassOf(type: string): DeliveryClass {
  return type === 'overlay' || type === 'telemetry' ? 'latest' : 'logged';
}

export function isLogged(message: HubMessage): message is EventMessage | CustomMessage;
export function isLogged(message: Heading): message is LoggedHeading;
export function isLogged(message: MessageDraft): boolean;
export function isLogged(message: { type: string }): boolean {
  return deliveryClassOf(message.type) === 'logged';
}

/** What is counted apart: every type of the user's own is `custom`. */
export type MessageKind = 'event' | 'overlay' | 'telemetry' | 'custom';

export function messageKindOf(type: string): MessageKind {
  return type === 'event' || type === 'overlay' || type === 'telemetry' ? type : 'custom';
}

/** Of the messages of class `latest` with one key, only the newest counts. */
export function conflationKeyOf(message: Heading): string {
  const { type, source = '' } = message;

  return `${type} ${'overlay_type' in message ? message.overlay_type : ''} ${source}`;
}
