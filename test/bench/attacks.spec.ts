import { describe, expect, it } from '@jest/globals';
import { ATTACKS } from '../../bench/attacks/attacks.js';
import { causesIn, judge, type Measured } from '../../bench/attacks/judge.js';

const BOUNDS = { lost: 0, slower: 3, grownMiB: 64 };
const good: Measured = { lost: 0, baselineP99: 10, p99: 30, peakMiB: 64, afterMiB: 10, causes: ['x'] };
const missesOf = (change: Partial<Measured>): string[] => judge({ ...good, ...change }, BOUNDS);

describe('the judge of npm run attacks', () => {
  it('passes what keeps to every bound', () => expect(missesOf({})).toEqual([]));

  it.each<[Partial<Measured>, RegExp]>([
    [{ lost: 1 }, /1 lost/],
    [{ p99: 31 }, /p99 31.0 ms, 10.0 before/],
    [{ p99: NaN }, /p99/],
    [{ peakMiB: 65 }, /grew by 65 MiB/],
    [{ causes: [] }, /no metric/],
    [{ ended: 'the hub ended' }, /the hub ended/],
  ])('names the bound that %j misses', (change, said) =>
    expect(missesOf(change)).toEqual([expect.stringMatching(said)]),
  );

  it('takes a series for a cause only where it moved, and tells of more than traffic', () => {
    const text = (values: Record<string, number>): string =>
      Object.entries(values)
        .map(([name, value]) => `dogmonitor_${name} ${value}`)
        .join('\n');
    const before = text({ messages_broadcast_total: 1, queued_bytes: 0, refused_total: 1 });
    const during = text({ messages_broadcast_total: 9, queued_bytes: 5, refused_total: 1 });
    const after = text({ 'connections_closed_total{code="1006"}': 9, 'connections_closed_total{code="4008"}': 1 });

    expect(causesIn(before, during, after)).toEqual(['queued_bytes', 'connections_closed_total{code="4008"}']);
  });

  it('has a name of its own for each attack', () => {
    expect(new Set(ATTACKS.map(({ name }) => name)).size).toBe(ATTACKS.length);
  });
});
