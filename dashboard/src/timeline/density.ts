import type { Entry } from './entry.js';

/** How far back the bars go, and how many there are. */
export const SPAN_MS = 3_600_000;
export const BARS = 60;
export const BAR_MS = SPAN_MS / BARS;

export interface Bar {
  /** In ms since 1970; it ends where the next one begins. */
  readonly from: number;
  readonly count: number;
}

/**
 * How many events there were in each minute of the last hour, oldest first; the last bar is the minute of `now`.
 * @param entries oldest first
 */
export function barsOf(entries: readonly Entry[], matches: (entry: Entry) => boolean, now: number): Bar[] {
  const start = (Math.floor(now / BAR_MS) - BARS + 1) * BAR_MS;
  const counts = new Array<number>(BARS).fill(0);

  for (let i = entries.length - 1; i >= 0; i--) {
    const entry = entries[i];
    if (!entry || entry.ms < start) break;
    const bar = Math.floor((entry.at - start) / BAR_MS);
    if (entry.kind === 'event' && bar >= 0 && bar < BARS && matches(entry)) counts[bar] = (counts[bar] ?? 0) + 1;
  }

  return counts.map((count, i) => ({ from: start + i * BAR_MS, count }));
}
