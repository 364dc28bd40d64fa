/**
 * Offsets are Redis stream ids, `<ms>-<n>`: a time in ms since 1970 and a counter within it.
 * Source: the Redis documentation on streams.
 */
export const OFFSET = /^(\d{1,15})-(\d{1,15})$/;

/** The largest counter that an offset may have here. */
const MAX_COUNT = 999_999_999_999_999;

export function isOffset(text: string): boolean {
  return OFFSET.test(text);
}

/** Negative when `a` is before `b`, 0 when equal. Both must be offsets. */
export function compareOffsets(a: string, b: string): number {
  const [aMs = 0, aCount = 0] = a.split('-').map(Number);
  const [bMs = 0, bCount = 0] = b.split('-').map(Number);

  return aMs - bMs || aCount - bCount;
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
