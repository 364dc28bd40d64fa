/** A time that a producer has stamped. */
export interface Timestamp {
  /** In ms since 1970. A stamp without a zone is read as one of the reader's own zone. */
  readonly at: number;
  /** Whether the stamp tells its zone; without one it may be off by hours. */
  readonly hasZone: boolean;
}

/** Numbers below this are seconds since 1970, as most of Python writes them, and above it ms: it is 1973 in ms. */
const FIRST_MS = 1e11;
const LAST_MS = 8.64e15;
/** Longer than any ISO 8601 time: not worth the parsing. */
const MAX_LENGTH = 40;
const ZONE = /(z|[+-]\d\d:?\d\d|gmt|utc)\s*$/i;
const DATE_ONLY = /^\d{4}-\d\d-\d\d$/;

/** Reads `data.timestamp`: ISO 8601, or a number of seconds or ms since 1970; `undefined` for what is none. */
export function parseTimestamp(stamp: unknown): Timestamp | undefined {
  if (typeof stamp === 'number') {
    const at = Math.abs(stamp) < FIRST_MS ? stamp * 1_000 : stamp;

    return Math.abs(at) < LAST_MS ? { at, hasZone: true } : undefined;
  }
  if (typeof stamp !== 'string' || stamp.length > MAX_LENGTH) return undefined;

  const at = Date.parse(stamp);
  return Number.isNaN(at) ? undefined : { at, hasZone: ZONE.test(stamp) || DATE_ONLY.test(stamp) };
}
