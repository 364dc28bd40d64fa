/** One place in the past is this long, in ms: finer than a chart of one minute can show. */
export const STEP_MS = 250;

/** How far back a series reaches, in ms. */
export const KEPT_MS = 3_600_000;

const SLOTS = KEPT_MS / STEP_MS;

/** Readings may be late by this share of their usual interval, and by this long, before there is a gap. */
const LATE = 3;
const MIN_GAP_MS = 2_500;
const INTERVALS = 9;

/**
 * The readings of one key from one source, over the last hour. Its memory is taken once and never grows: each reading goes
 * to a place that stands for its time, and a later one in the same place replaces it.
 */
export class Series {
  private readonly values = new Float64Array(SLOTS).fill(NaN);
  /** The place of the newest reading, counted from 1970; -1 before the first. */
  private head = -1;
  private readonly intervals: number[] = [];
  /** When the newest reading came, in ms since 1970. */
  newestAt = 0;
  /** The newest reading. */
  newest = NaN;

  constructor(
    readonly key: string,
    readonly source: string,
  ) {}

  /** @param at in ms since 1970; further back than an hour before the newest counts as a clock that was set back */
  put(value: number, at: number): void {
    const slot = Math.floor(at / STEP_MS);
    if (slot <= this.head - SLOTS) {
      this.values.fill(NaN);
      this.head = -1;
    }
    // What was there is an hour old.
    const from = this.head < 0 ? slot : Math.max(this.head + 1, slot - SLOTS + 1);
    for (let passed = from; passed <= slot; passed++) this.values[passed % SLOTS] = NaN;

    this.values[slot % SLOTS] = value;
    if (slot < this.head) return;

    if (this.head >= 0) this.noteInterval(at - this.newestAt);
    this.head = slot;
    this.newestAt = at;
    this.newest = value;
  }

  /** The reading in a place counted from 1970; `NaN` where there is none. */
  at(slot: number): number {
    return slot > this.head || slot <= this.head - SLOTS ? NaN : (this.values[slot % SLOTS] ?? NaN);
  }

  /** Two readings further apart than this, in ms, have a gap between them. */
  get gapMs(): number {
    const sorted = [...this.intervals].sort((a, b) => a - b);

    return Math.max(MIN_GAP_MS, LATE * (sorted[sorted.length >> 1] ?? 0));
  }

  /** What was the reading at a time, in ms since 1970; `NaN` in a gap. */
  valueAt(time: number): number {
    const last = Math.floor(time / STEP_MS);
    const first = last - Math.ceil(this.gapMs / STEP_MS);
    for (let slot = last; slot >= first; slot--) {
      const value = this.at(slot);
      if (!Number.isNaN(value)) return value;
    }

    return NaN;
  }

  private noteInterval(ms: number): void {
    this.intervals.push(ms);
    if (this.intervals.length > INTERVALS) this.intervals.shift();
  }
}

/** The columns of a chart: times in ms since 1970, then for each series its readings. */
export interface Columns {
  readonly times: number[];
  /** `null` is a gap, `undefined` nothing to draw: the line goes on over it. */
  readonly values: (number | null | undefined)[][];
  /** For each series, where a reading stands alone: no line leads there. */
  readonly alone: number[][];
}

/** The readings between two times, both in ms since 1970, both included. */
export function columnsOf(all: readonly Series[], from: number, to: number): Columns {
  const times: number[] = [];
  const values: (number | null | undefined)[][] = all.map(() => []);
  const gaps = all.map(({ gapMs }) => gapMs / STEP_MS);
  const lasts: (number | undefined)[] = all.map(() => undefined);

  for (let slot = Math.floor(from / STEP_MS); slot <= Math.floor(to / STEP_MS); slot++) {
    const readings = all.map((series) => series.at(slot));
    if (readings.every(Number.isNaN)) continue;

    const isGap = readings.map((reading, i) => !Number.isNaN(reading) && slot - (lasts[i] ?? slot) > (gaps[i] ?? 0));
    if (isGap.some(Boolean)) {
      times.push((slot - 0.5) * STEP_MS);
      values.forEach((column, i) => column.push(isGap[i] ? null : undefined));
    }
    times.push(slot * STEP_MS);
    readings.forEach((reading, i) => {
      values[i]?.push(Number.isNaN(reading) ? undefined : reading);
      if (!Number.isNaN(reading)) lasts[i] = slot;
    });
  }

  return { times, values, alone: values.map(aloneIn) };
}

function aloneIn(column: readonly (number | null | undefined)[]): number[] {
  const alone: number[] = [];
  let run: number[] = [];
  const end = (): void => {
    if (run.length === 1) alone.push(...run);
    run = [];
  };
  column.forEach((value, i) => {
    if (value === null) end();
    else if (value !== undefined && run.length < 2) run.push(i);
  });
  end();

  return alone;
}
