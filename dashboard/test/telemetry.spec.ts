import { describe, expect, it } from '@jest/globals';
import { Recorder } from '../src/replay/recorder.js';
import { rangeOf } from '../src/telemetry/range.js';
import { Readings } from '../src/telemetry/readings.js';
import { columnsOf, KEPT_MS, Series, STEP_MS } from '../src/telemetry/series.js';
import { formatReading, unitOf } from '../src/telemetry/units.js';

const T = 1_761_301_800_000;

function seriesOf(...readings: readonly [seconds: number, value: number][]): Series {
  const series = new Series('fps', '');
  for (const [seconds, value] of readings) series.put(value, T + seconds * 1_000);

  return series;
}

const everySecond = (from: number, to: number): [number, number][] =>
  Array.from({ length: to - from }, (_, n) => [from + n, from + n]);

describe('a series of readings', () => {
  it('has a gap where nothing came for longer than usual, and only there', () => {
    const series = seriesOf(...everySecond(0, 5), ...everySecond(20, 23));
    const { times, values } = columnsOf([series], T, T + 30_000);

    expect(values[0]).toEqual([0, 1, 2, 3, 4, null, 20, 21, 22]);
    expect(times.map((time) => (time - T) / 1_000)).toEqual([0, 1, 2, 3, 4, 19.875, 20, 21, 22]);
  });

  it('takes a reading every minute for no gap where that is usual', () => {
    const series = seriesOf([0, 1], [60, 2], [120, 3], [180, 4]);

    expect(columnsOf([series], T, T + 200_000).values[0]).toEqual([1, 2, 3, 4]);
  });

  it('lets the line of one source go on where only another has a reading, or a gap', () => {
    const steady = seriesOf(...everySecond(0, 12));
    const broken = seriesOf([0.5, 1], [1.5, 2], [9.5, 3], [10.5, 4]);
    const { values } = columnsOf([steady, broken], T, T + 11_000);

    expect(values[0]?.filter((value) => value !== undefined)).toEqual(everySecond(0, 12).map(([, value]) => value));
    expect(values[1]?.filter((value) => value !== undefined)).toEqual([1, 2, null, 3, 4]);
  });

  it('shows a reading that stands alone', () => {
    const series = seriesOf(...everySecond(0, 3), [10, 1], ...everySecond(20, 23));
    const { alone, values } = columnsOf([series], T, T + 30_000);

    expect(alone[0]?.map((index) => values[0]?.[index])).toEqual([1]);
  });

  it('knows what was at a time, but not in a gap', () => {
    const series = seriesOf(...everySecond(0, 5), [20, 99]);

    expect(series.valueAt(T + 3_400)).toBe(3);
    expect(series.valueAt(T + 12_000)).toBeNaN();
    expect(series.valueAt(T - 1)).toBeNaN();
    expect(series.newest).toBe(99);
  });

  it('forgets after an hour, whether something came meanwhile or not', () => {
    const busy = new Series('fps', '');
    for (let at = T; at <= T + 2 * KEPT_MS; at += 10 * STEP_MS) busy.put(at - T, at);
    const { values, times } = columnsOf([busy], T, T + 2 * KEPT_MS);
    expect(times[0]).toBeGreaterThan(T + KEPT_MS);
    expect(values[0]?.length).toBe(KEPT_MS / STEP_MS / 10);

    const silent = seriesOf([0, 1], [3 * 3_600, 2]);
    expect(columnsOf([silent], T, T + 4 * KEPT_MS).values[0]).toEqual([2]);
  });

  it('begins anew when the clock is set back by hours', () => {
    const series = seriesOf([10_000, 1], [0, 2], [1, 3]);

    expect(columnsOf([series], T, T + 5_000).values[0]).toEqual([2, 3]);
    expect(series.newest).toBe(3);
  });
});

describe('the readings', () => {
  const keysOf = (readings: Readings): string[] => readings.all.get().map(({ key }) => key);

  it('are each number that arrives, those first that people look at first', () => {
    const readings = new Readings();
    readings.put(
      {
        data: { frame: 7, zeal: 1, battery: 85, cpu: { load: 0.5 }, fps: 30, ok: true, text: '5', list: [1], no: null },
      },
      T,
    );

    expect(keysOf(readings)).toEqual(['fps', 'battery', 'cpu.load', 'zeal', 'frame']);
  });

  it('are apart for each source', () => {
    const readings = new Readings();
    for (const source of ['cam-2', 'cam-1']) readings.put({ data: { fps: source === 'cam-1' ? 10 : 20 }, source }, T);

    const series = readings.all.get()[0]?.series.map(({ source, newest }) => [source, newest]);
    expect(series).toEqual([
      ['cam-1', 10],
      ['cam-2', 20],
    ]);
  });

  it('stay the same objects when another one comes, so that no chart is made anew', () => {
    const readings = new Readings();
    readings.put({ data: { fps: 30, battery: 85 } }, T);
    const [fps, battery] = readings.all.get();
    readings.put({ data: { temperature: 20 } }, T);
    readings.put({ data: { battery: 85 }, source: 'cam-1' }, T);

    expect(readings.all.get()[0]).toBe(fps);
    expect(readings.all.get()[2]).not.toBe(battery);
  });

  it('are as old as the hub says', () => {
    const readings = new Readings();
    readings.put({ data: { fps: 30 }, age_ms: 5_000 }, T);

    expect(readings.all.get()[0]?.series[0]?.newestAt).toBe(T - 5_000);
  });

  it('leave out what is no number', () => {
    const readings = new Readings();
    readings.put({ data: JSON.parse('{"a":1e999,"b":-1e999,"":1,"__proto__":{"x":1}}') as Record<string, unknown> }, T);

    expect(keysOf(readings)).toEqual(['__proto__.x']);
  });

  it('are bounded, and make room for new ones when old ones are silent', () => {
    const readings = new Readings();
    for (let n = 0; n < 500; n++) readings.put({ data: { [`key_${n}`]: n } }, T);
    expect(keysOf(readings)).toHaveLength(64);
    expect(readings.hasMore.get()).toBe(true);

    readings.put({ data: { late: 1 } }, T + 120_000);
    expect(keysOf(readings)).toHaveLength(64);
    expect(keysOf(readings)).toContain('late');
  });

  it.each([
    ['fps', 14.72, 'Frames', '14.7 fps'],
    ['latency_ms', 120, 'Latency', '120 ms'],
    ['temperature', 45.5, 'Temperature', '45.5 °C'],
    ['battery', 85, 'Battery', '85 %'],
    ['foreground_ratio', 0.087, 'Foreground', '8.7 %'],
    ['cpu.load_pct', 12.34, 'Cpu load', '12.3 %'],
    ['custom metric', 12_345.6, 'Custom metric', '12,346 '],
    ['tiny', 0.000012, 'Tiny', '1.2e-5 '],
    ['huge', 1.7e308, 'Huge', '1.7e308 '],
    ['none', NaN, 'None', '– '],
    ['constructor', 1, 'Constructor', '1 '],
  ])('write %s %d as "%s: %s"', (key, value, label, text) => {
    const unit = unitOf(key);

    expect(unit.label).toBe(label);
    expect(`${formatReading(value, unit)} ${unit.unit}`).toBe(text);
  });

  it.each([
    ['battery', 80, 85],
    ['latency_ms', 120, 120],
    ['temperature', 42, 42.1],
    ['frame', 1_000_000, 1_000_001],
    ['zero', 0, 0],
    ['negative', -70, -60],
    ['huge', -1e307, 1e307],
    ['nothing', null, null],
  ])('have a chart around %s from %s to %s', (key, min, max) => {
    const [bottom, top] = rangeOf(min, max, unitOf(key));

    expect(bottom).toBeLessThanOrEqual(min ?? 0);
    expect(top).toBeGreaterThanOrEqual(max ?? 0);
    expect(top - bottom).toBeGreaterThan(0);
    expect(Number.isFinite(bottom) && Number.isFinite(top)).toBe(true);
  });
});

it('gives the largest numbers a chart that has an end', () => {
  for (const value of [Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE]) {
    const [bottom, top] = rangeOf(value, value, unitOf('any'));

    expect(top - bottom).toBeGreaterThan(0);
    expect(Number.isFinite(top - bottom)).toBe(true);
  }
});

describe('the recorder', () => {
  it('gives back what came, oldest first, ten times a second of each key at most', () => {
    const recorder = new Recorder<{ n: number }>(1_000_000);
    for (let n = 0; n < 60; n++) for (const key of ['a', 'b']) recorder.put(key, { n }, T + n * 20);

    const all = recorder.between(T - 1, T + 10_000);
    expect(all.filter(({ key }) => key === 'a').map(({ message }) => message.n)).toEqual(
      Array.from({ length: 12 }, (_, n) => n * 5),
    );
    expect(recorder.between(T + 100, T + 200).map(({ key, message }) => [key, message.n])).toEqual([
      ['a', 10],
      ['b', 10],
    ]);
    expect(recorder.newestAt(T + 550, 1_000).map(({ key, message }) => [key, message.n])).toEqual([
      ['a', 25],
      ['b', 25],
    ]);
  });

  it('writes over the oldest, and what it gives is whole', () => {
    const recorder = new Recorder<{ n: number; text: string }>(10_000);
    for (let n = 0; n < 2_000; n++) recorder.put('a', { n, text: 'ü€'.repeat(n % 97) }, T + n * 100);

    const numbers = recorder.between(0, Infinity).map(({ message }) => {
      expect(message.text).toBe('ü€'.repeat(message.n % 97));
      return message.n;
    });
    expect(numbers.length).toBeGreaterThan(10);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => 2_000 - numbers.length + i));
  });

  it('leaves out one that would push out many', () => {
    const recorder = new Recorder<{ text: string }>(10_000);
    recorder.put('a', { text: 'small' }, T);
    recorder.put('b', { text: 'x'.repeat(5_000) }, T);

    expect(recorder.between(0, Infinity).map(({ key }) => key)).toEqual(['a']);
  });
});
