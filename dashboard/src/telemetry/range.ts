import type { Unit } from './units.js';

/** What a chart reaches over at least, in shares of its value: less than that is noise, and must not look like news. */
const LEAST_SPAN = 0.1;
/** The room above and below the line, in shares of what it reaches over. */
const ROOM = 0.08;
/** Charts reckon with the difference of both ends. */
const LARGEST = Number.MAX_VALUE / 8;

/** From where to where a chart reaches. @param min of the readings that it shows, `null` where it shows none */
export function rangeOf(min: number | null, max: number | null, { factor, range }: Unit): [number, number] {
  const low = bounded(Math.min(min ?? 0, range?.[0] ?? Infinity));
  const high = bounded(Math.max(max ?? 1, range?.[1] ?? -Infinity));
  const least = Math.max(Math.abs(high) * LEAST_SPAN, 0.1 / factor);
  const stretch = Math.max(0, least - (high - low)) / 2;
  const room = Math.max(high - low, least) * ROOM;

  const bottom = low === range?.[0] ? low : low - stretch - room;
  const top = high === range?.[1] ? high : high + stretch + room;

  return [low >= 0 ? Math.max(0, bottom) : bottom, top];
}

function bounded(value: number): number {
  return Math.min(LARGEST, Math.max(-LARGEST, value));
}
