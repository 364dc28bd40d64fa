import type { OverlayType } from '../../../src/protocol/messages.js';
import { parseTimestamp } from '../timestamp.js';
import { OVERLAYS } from './overlays.js';
import { fieldsOf, type Fields } from './sound.js';

/** The share of its time after which an overlay starts to fade. */
const FADE_FROM = 0.6;

export interface AgeOptions {
  /** The time, in ms since 1970. @default Date.now() */
  now?: number | undefined;
  /** When the message came, in ms since 1970. @default when it was first drawn */
  receivedAt?: number | undefined;
  /**
   * How long an overlay is drawn, in ms: one number for all, or one for each overlay type.
   * @default 1000 for detection and pose, 5000 for heatmap, 30000 for annotation, no end for zone
   */
  ttlMs?: number | Partial<Record<OverlayType, number>> | undefined;
  /**
   * The clock of who stamped `data.timestamp` less the one here, in ms, such as `client.stats.clockOffsetMs`; `false`
   * when nobody knows, and the stamp is not to count.
   * @default 0
   */
  clockOffsetMs?: number | false | undefined;
}

/** When a message was first drawn. Weak: it goes with the message. */
const firstDrawn = new WeakMap<object, number>();

/** 1 for a new overlay, falling to 0 at the end of its time. */
export function freshnessOf(message: object, type: OverlayType, options: AgeOptions): number {
  const limit = limitOf(type, options);
  const age = ageOf(message, options);
  if (limit === Infinity) return 1;
  if (!(age < limit)) return 0;

  return Math.min(1, (1 - age / limit) / (1 - FADE_FROM));
}

/** In how many ms it begins to fade: 0 or less while it does, `-Infinity` when it is past its time. */
export function steadyMsOf(message: object, type: OverlayType, options: AgeOptions): number {
  const limit = limitOf(type, options);
  const age = ageOf(message, options);

  return limit === Infinity || age < limit ? FADE_FROM * limit - age : -Infinity;
}

function limitOf(type: OverlayType, { ttlMs }: AgeOptions): number {
  return typeof ttlMs === 'number' ? ttlMs : (ttlMs?.[type] ?? OVERLAYS[type].ttlMs);
}

/**
 * In ms: since it came (and `age_ms` before, which a message of a snapshot has), or since its producer stamped it,
 * whichever is longer. A stamp of the future, from a clock that is ahead, counts as now.
 */
function ageOf(message: object, { now = Date.now(), receivedAt, clockOffsetMs = 0 }: AgeOptions): number {
  const cameAt = receivedAt ?? firstDrawn.get(message) ?? now;
  if (receivedAt === undefined && !firstDrawn.has(message)) firstDrawn.set(message, now);

  // What the hub had kept for who joins says how long: by the hub's own clock.
  const { age_ms: keptMs } = fieldsOf(message);
  const since = cameAt - (typeof keptMs === 'number' && keptMs > 0 ? keptMs : 0);

  const stamp = parseTimestamp(fieldsOf((message as Fields)['data'])['timestamp']);
  // Without a zone it may be hours off, and hide what is new.
  const stampedAt = clockOffsetMs === false || !stamp?.hasZone ? NaN : stamp.at - clockOffsetMs;
  const age = now - (stampedAt < since ? stampedAt : since);

  return Math.max(0, age);
}
