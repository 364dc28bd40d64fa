import { type CustomMessage, type EventMessage, parseTimestamp } from 'dogmonitor-client';
import { formatReading, unitOf } from '../telemetry/units.js';

export type LoggedMessage = EventMessage | CustomMessage;

/** Where something is in the order of the timeline: the two numbers of an offset, and one for what has none of its own. */
export interface Place {
  readonly ms: number;
  readonly count: number;
  readonly extra: number;
}

export interface EventEntry extends Place {
  readonly kind: 'event';
  readonly id: string;
  /** The event type, or the type of a message of the user's own. */
  readonly name: string;
  /** When the hub got it, in ms since 1970. */
  readonly at: number;
  readonly message: LoggedMessage;
  /** Whether its place is that of its offset, and final. */
  readonly isPlaced: boolean;
  /** How long its JSON is, in characters. */
  readonly size: number;
}

/** Something that the page itself has to tell of the events around it. */
export interface NoticeEntry extends Place {
  readonly kind: 'notice';
  readonly id: string;
  readonly at: number;
  readonly tone: 'good' | 'bad';
  readonly text: string;
}

export type Entry = EventEntry | NoticeEntry;

/** Negative when `a` is before `b`. */
export function comparePlaces(a: Place, b: Place): number {
  return a.ms - b.ms || a.count - b.count || a.extra - b.extra;
}

const OFFSET = /^(\d{1,15})-(\d{1,15})$/;

/** The place of an offset; `undefined` where there is none. */
export function placeOf(offset: string | undefined): Place | undefined {
  const [, ms, count] = OFFSET.exec(offset ?? '') ?? [];

  return ms === undefined ? undefined : { ms: Number(ms), count: Number(count), extra: 0 };
}

/** The entry of a message. @param place where it goes as long as it has no offset */
export function entryOf(message: LoggedMessage, place: Place, now: number): EventEntry {
  const own = placeOf(message.offset);

  return {
    kind: 'event',
    id: message.id,
    name: message.type === 'event' ? String(message.event_type) : message.type,
    at: own?.ms ?? now,
    message,
    isPlaced: own !== undefined,
    size: JSON.stringify(message).length,
    ...(own ?? place),
  };
}

/** How sure the detector was, 0..1. */
export function confidenceOf({ data }: LoggedMessage): number | undefined {
  const { confidence } = data;

  return typeof confidence === 'number' && confidence >= 0 && confidence <= 1 ? confidence : undefined;
}

/** When it happened, as its producer says, in ms since 1970. A time without a zone may be hours off: it is told as it is. */
export function happenedAt({ data: { timestamp } }: LoggedMessage): number | undefined {
  const stamp = parseTimestamp(timestamp);

  return stamp?.hasZone ? stamp.at : undefined;
}

/** The time that its producer says, where that tells no zone. */
export function zonelessTimeOf({ data: { timestamp } }: LoggedMessage): string | undefined {
  return typeof timestamp === 'string' && parseTimestamp(timestamp)?.hasZone === false ? timestamp : undefined;
}

/** What to say of an event comes first where it is called by one of these. */
const SPEAKING = ['message', 'label', 'text', 'title', 'name', 'file', 'url', 'reason'];
/** What is shown elsewhere, or says nothing to a person. */
const SILENT = ['timestamp', 'confidence', 'metadata', 'frame'];
const MAX_PART = 80;
const MAX_PARTS = 4;

/** An event in a line: its words, then some of its figures. */
export function summaryOf({ data }: LoggedMessage): string {
  const { metadata } = data;
  const isObject = typeof metadata === 'object' && metadata !== null;
  const fields = Object.entries({ ...(isObject && metadata), ...data });
  const words = SPEAKING.flatMap((name) => fields.filter(([key, value]) => key === name && typeof value === 'string'));
  const figures = fields.filter(
    ([key, value]) =>
      !SILENT.includes(key) &&
      !words.some(([word]) => word === key) &&
      ['string', 'number', 'boolean'].includes(typeof value),
  );

  return [
    ...words.map(([, value]) => short(String(value))),
    ...figures.map(([key, value]) => figureText(short(key), value)),
  ]
    .slice(0, MAX_PARTS)
    .join(' · ');
}

/** `duration_s: 5.2` is `duration 5.2 s`. */
function figureText(key: string, value: unknown): string {
  if (typeof value !== 'number') return `${key.replaceAll('_', ' ')} ${short(String(value))}`;
  const unit = unitOf(key);

  return `${unit.label.toLowerCase()} ${formatReading(value, unit)} ${unit.unit}`.trim();
}

function short(text: string): string {
  return text.length > MAX_PART ? `${text.slice(0, MAX_PART - 1)}…` : text;
}
