import { describe, expect, it } from '@jest/globals';
import { judge, type JudgedClient, type JudgedPost, movedIds, quantile, type Run } from './judge.js';
import { scheduleFrom } from './schedule.js';

const post = (n: number, more: Partial<JudgedPost> = {}): JudgedPost => ({
  n,
  id: `id-${n}`,
  shared: true,
  instance: 0,
  start: 1,
  answeredAt: 1_000 * n,
  ...more,
});

const client = (offsets: Record<number, string | undefined>, more: Partial<JudgedClient> = {}): JudgedClient => ({
  taken: Object.entries(offsets).map(([n, offset]) => ({ id: `id-${n}`, n: Number(n), ...(offset && { offset }) })),
  overlays: new Map(),
  recovered: [],
  doubled: [],
  disordered: [],
  ...more,
});

const good: Run = {
  events: [post(1), post(2)],
  clients: [client({ 1: '1-0', 2: '2-0' }), client({ 1: '1-0', 2: '2-0' })],
  kills: [],
  outageEventMs: [5],
  outageOverlayMs: [5],
  postMs: [5],
  maxOverlayAgeMs: 5,
  ownDelayMs: 0,
  unsettled: [],
};

const failuresOf = (change: Partial<Run>): string[] =>
  judge({ ...good, ...change })
    .verdicts.filter(({ passed }) => !passed)
    .map(({ promise }) => promise);

describe('the judge of a chaos run', () => {
  it('passes a run in which all went well', () => {
    expect(failuresOf({})).toEqual([]);
  });

  it.each<[string, Partial<Run>]>([
    ['all instances are ready and all clients connected at the end', { unsettled: ['client 7'] }],
    ['every event is accepted', { events: [post(1), post(2), { n: 3, instance: 0, start: 1, answeredAt: 0 }] }],
    [
      'every event answered 202 is at every client',
      { clients: [client({ 1: '1-0', 2: '2-0' }), client({ 2: '2-0' })] },
    ],
    ['no id twice on one connection', { clients: [client({ 1: '1-0', 2: '2-0' }, { doubled: ['id-1'] })] }],
    ['offsets rise on every connection', { clients: [client({ 1: '1-0', 2: '2-0' }, { disordered: ['1-0'] })] }],
    ['no overlay twice at one client', { clients: [client({ 1: '1-0', 2: '2-0' }, { overlays: new Map([[9, 2]]) })] }],
    ['oldest overlay on arrival <= 1000 ms', { maxOverlayAgeMs: 1_001 }],
    ['events in outages, local p99 <= 100 ms', { outageEventMs: Array<number>(50).fill(101) }],
    ['overlays in outages, local p99 <= 100 ms', { outageOverlayMs: Array<number>(50).fill(101) }],
    ['slowest POST <= 500 ms', { postMs: [1, 501] }],
    [
      'after dropping by id no event twice, and none that nobody posted',
      { events: [post(1), post(2, { id: 'other' })], clients: [] },
    ],
  ])('fails a run where not: %s', (promise, change) => {
    const clients = change.clients?.length === 0 ? [client({ 1: '1-0', 2: '2-0' })] : (change.clients ?? good.clients);

    expect(failuresOf({ ...change, clients })).toContain(promise);
  });

  it('fails where two clients have two messages in different order, and not where only the place differs', () => {
    const events = [post(1), post(2), post(3)];
    const first = client({ 1: '1-0', 2: '2-0', 3: '9-0' });

    const conflict = { events, clients: [first, client({ 1: '5-0', 2: '2-0', 3: '9-0' })] };
    expect(failuresOf(conflict)).toEqual(['the order by offset is the same for all clients']);
    const harmless = { events, clients: [first, client({ 1: '1-5', 2: '2-0', 3: '9-0' })] };
    expect(failuresOf(harmless)).toEqual([]);
    expect(movedIds(harmless)).toEqual(['id-1']);
  });

  it('does not compare the place of what came ahead of the log', () => {
    expect(failuresOf({ clients: [client({ 1: undefined, 2: '2-0' }), client({ 1: '3-0', 2: '2-0' })] })).toEqual([]);
  });

  it('excuses a loss only where the accepting instance was killed before Redis was back', () => {
    const clients = [client({ 1: '1-0', 2: '2-0' }), client({ 2: '2-0' })];
    const kill = { instance: 0, start: 1, at: 9_000, state: 'local-only' };
    const unshared = [post(1, { shared: false }), post(2)];

    expect(failuresOf({ clients, events: unshared, kills: [kill] })).toEqual([]);
    expect(judge({ ...good, clients, events: unshared, kills: [kill] }).losses).toMatchObject([{ isExcused: true }]);
    expect(failuresOf({ clients, events: unshared })).toHaveLength(1);
    expect(failuresOf({ clients, kills: [kill] })).toHaveLength(1);
    expect(failuresOf({ clients, events: unshared, kills: [{ ...kill, start: 2 }] })).toHaveLength(1);
    expect(failuresOf({ clients, events: unshared, kills: [{ ...kill, instance: 1 }] })).toHaveLength(1);
    expect(failuresOf({ clients, events: unshared, kills: [{ ...kill, state: 'shared' }] })).toHaveLength(1);
  });

  it('takes the nearest rank as quantile', () => {
    expect(quantile([3, 1, 2], 0.5)).toBe(2);
    expect(quantile([], 0.99)).toBe(0);
    expect(quantile([1, 2], 1)).toBe(2);
  });
});

describe('the schedule of a chaos run', () => {
  it('is the same for the same seed, and has each fault as often as promised', () => {
    expect(scheduleFrom(7)).toEqual(scheduleFrom(7));
    expect(scheduleFrom(7)).not.toEqual(scheduleFrom(8));
    for (const seed of [1, 2, 3]) {
      expect(
        scheduleFrom(seed)
          .map(({ kind }) => kind)
          .sort(),
      ).toEqual([
        'instance killed',
        'network cut',
        'publishers killed',
        ...Array<string>(2).fill('redis frozen'),
        ...Array<string>(5).fill('redis killed'),
        'rolling restart',
        'subscribers killed',
      ]);
    }
  });
});
