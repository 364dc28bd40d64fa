import type { TelemetryMessage } from 'dogmonitor-client';
import { createStore, type Readable } from '../app/store.js';
import { Series } from './series.js';
import { rankOf } from './units.js';

/** A producer that makes up keys or sources must not fill the memory: each series has an hour. */
const MAX_SERIES = 64;
/** Most numbers of one message, and the deepest they may lie. */
const MAX_NUMBERS = 64;
const MAX_DEPTH = 3;
/** Longest key, in characters. */
const MAX_KEY_LENGTH = 80;
/** One that was silent this long, in ms, makes room for another. */
const SILENT_MS = 60_000;

/** One key with what each source says of it. */
export interface Reading {
  readonly key: string;
  readonly series: readonly Series[];
}

/** All numbers that telemetry has brought, outside of React: whoever draws reads them when it draws. */
export class Readings {
  private readonly series = new Map<string, Series>();
  private readonly list = createStore<readonly Reading[]>([]);
  private readonly full = createStore(false);

  /** Changes with a new key or source, not with a new reading. */
  readonly all: Readable<readonly Reading[]> = this.list;
  /** Whether there was more than can be shown. */
  readonly hasMore: Readable<boolean> = this.full;

  /** @param now in ms since 1970 */
  put({ data, source = '', age_ms = 0 }: Pick<TelemetryMessage, 'data' | 'source' | 'age_ms'>, now: number): void {
    const at = now - (age_ms >= 0 ? age_ms : 0);

    for (const [key, value] of numbersIn(data)) this.seriesOf(key, source, at)?.put(value, at);
  }

  private seriesOf(key: string, source: string, at: number): Series | undefined {
    const id = JSON.stringify([key, source]);
    const known = this.series.get(id);
    if (known) return known;

    if (this.series.size >= MAX_SERIES && !this.makeRoom(at)) {
      this.full.set(true);
      return undefined;
    }
    const created = new Series(key, source);
    this.series.set(id, created);
    this.list.set(readingsOf([...this.series.values()], this.list.get()));

    return created;
  }

  private makeRoom(at: number): boolean {
    const [oldest] = [...this.series].sort(([, a], [, b]) => a.newestAt - b.newestAt);
    if (!oldest || at - oldest[1].newestAt < SILENT_MS) return false;

    return this.series.delete(oldest[0]);
  }
}

/** @param before what has not changed stays the same object, and its chart as it is */
function readingsOf(all: readonly Series[], before: readonly Reading[]): Reading[] {
  const keys = [...new Set(all.map(({ key }) => key))].sort((a, b) => rankOf(a) - rankOf(b) || a.localeCompare(b));

  return keys.map((key) => {
    const series = all.filter((each) => each.key === key).sort((a, b) => a.source.localeCompare(b.source));
    const known = before.find((reading) => reading.key === key);
    const isSame = known?.series.length === series.length && series.every((each, i) => each === known.series[i]);

    return known && isSame ? known : { key, series };
  });
}

/** Each finite number and its path, `cpu.load`. A list is no reading. */
function numbersIn(data: object): [string, number][] {
  const found: [string, number][] = [];
  const walk = (object: object, prefix: string, depth: number): void => {
    for (const [name, value] of Object.entries(object) as [string, unknown][]) {
      if (found.length >= MAX_NUMBERS) return;
      const key = prefix + name;
      if (typeof value === 'number' && Number.isFinite(value) && key !== '' && key.length <= MAX_KEY_LENGTH)
        found.push([key, value]);
      else if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < MAX_DEPTH)
        walk(value, `${key}.`, depth + 1);
    }
  };
  walk(data, '', 1);

  return found;
}
