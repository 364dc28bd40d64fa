/**
 * Offsets are Redis stream ids, `<ms>-<n>`: a time in ms since 1970 and a counter within it. An offset belongs to an epoch,
 * one generation of the log: its name goes beside it, or before it as `<epoch>:<offset>`.
 * Source: the Redis documentation on streams.
 */
export const OFFSET = /^(\d{1,15})-(\d{1,15})$/;

export const EPOCH = /^[\w-]{1,64}$/;

/** The largest counter that an offset may have here. */
const MAX_COUNT = 999_999_999_999_999;

/** Lies before every log: what stands for an offset that no log gave out. */
export const UNKNOWN_OFFSET = '0-0';

/** A place in a log. Without the epoch, whichever log is asked must know the offset as one of its own. */
export interface Position {
  offset: string;
  epoch?: string;
}

export function isOffset(text: string): boolean {
  return OFFSET.test(text);
}

/**
 * Reads what a client kept of an offset, and maybe of its epoch. Never throws: whatever is neither, such as the `undefined`
 * of a page's storage, is an offset that no log knows.
 */
export function parsePosition(text: string, epoch?: string): Position {
  const colon = text.lastIndexOf(':');
  const offset = text.slice(colon + 1);
  const name = colon < 0 ? epoch || undefined : text.slice(0, colon);
  if (!isOffset(offset) || (name !== undefined && !EPOCH.test(name))) return { offset: UNKNOWN_OFFSET };

  return { offset, ...(name !== undefined && { epoch: name }) };
}

/** Negative when `a` is before `b`, 0 when equal. Both must be offsets. */
export function compareOffsets(a: string, b: string): number {
  const [aMs = 0, aCount = 0] = a.split('-').map(Number);
  const [bMs = 0, bCount = 0] = b.split('-').map(Number);

  return aMs - bMs || aCount - bCount;
}

/** The later of two offsets. */
export function laterOffset(a: string, b: string): string {
  return compareOffsets(a, b) < 0 ? b : a;
}

/** The last offset before this one. */
export function offsetBefore(offset: string): string {
  const [ms = 0, count = 0] = offset.split('-').map(Number);

  return count > 0 ? `${ms}-${count - 1}` : `${ms - 1}-${MAX_COUNT}`;
}

/** Adds `offset` to the JSON of an object without parsing it. */
export function withOffset(json: string, offset: string): string {
  return `${json.slice(0, -1)},"offset":"${offset}"}`;
}
