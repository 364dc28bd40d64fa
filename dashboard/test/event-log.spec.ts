import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LoggedMessage } from '../src/timeline/entry.js';
import { EventLog } from '../src/timeline/event-log.js';
import { Rows } from '../src/timeline/rows.js';

const T = 1_761_301_800_000;
const ROOMY = { count: 10_000, size: 10_000_000 };

function event(n: number, part: object = {}): LoggedMessage {
  return {
    type: 'event',
    event_type: 'bark',
    id: `id-${n}`,
    offset: `${T + n}-0`,
    data: { n },
    ...part,
  };
}

/** An event that was delivered ahead of the log: it has no offset yet. */
function ahead(n: number): LoggedMessage {
  const { offset: _, ...message } = event(n);

  return message;
}

const idsOf = ({ entries }: { entries: readonly { id: string }[] }): string[] => entries.map(({ id }) => id);

describe('the log of the page', () => {
  it('has each event once and in order, however history and what is live come', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.array(fc.tuple(fc.nat(60), fc.nat(60))), (count, stretches) => {
        const all = Array.from({ length: count }, (_, n) => event(n));
        const log = new EventLog(ROOMY);
        for (const [from, length] of stretches) log.add(all.slice(from, from + length), T);
        const covered = all.filter((_, n) => stretches.some(([from, length]) => n >= from && n < from + length));

        expect(idsOf(log)).toEqual(covered.map(({ id }) => id));
        expect(log.counts.get('bark') ?? 0).toBe(covered.length);
      }),
    );
  });

  it('orders by both numbers of an offset', () => {
    const log = new EventLog(ROOMY);
    log.add([event(1, { offset: `${T}-10` }), event(2, { offset: `${T}-9` }), event(3, { offset: `${T - 1}-99` })], T);

    expect(idsOf(log)).toEqual(['id-3', 'id-2', 'id-1']);
  });

  it('leaves what came ahead of the log where it came, until it has its place', () => {
    const log = new EventLog(ROOMY);
    log.add([event(1)], T);
    log.add([ahead(5)], T + 2);
    log.add([ahead(6)], T + 2);
    log.add([event(3)], T);
    expect(idsOf(log)).toEqual(['id-1', 'id-5', 'id-6', 'id-3']);
    expect(log.oldestUnplaced(T)?.id).toBe('id-5');

    expect(log.add([event(5), event(6)], T)).toBe(2);
    expect(idsOf(log)).toEqual(['id-1', 'id-3', 'id-5', 'id-6']);
    expect(log.oldestUnplaced(T)).toBeUndefined();
    expect(log.counts.get('bark')).toBe(4);

    expect(log.add([ahead(5)], T)).toBe(0);
    expect(idsOf(log)).toEqual(['id-1', 'id-3', 'id-5', 'id-6']);
  });

  it('drops the oldest when there are too many, and takes them again when they are wanted', () => {
    const log = new EventLog({ count: 100, size: 10_000_000 });
    for (let n = 0; n < 1_000; n++) {
      log.add([event(n)], T);
      expect(log.entries.length).toBeLessThanOrEqual(102);
    }
    expect(log.newest?.id).toBe('id-999');
    expect(log.hasDropped).toBe(true);
    expect(log.counts.get('bark')).toBe(log.entries.length);

    log.limit(ROOMY);
    expect(log.add([event(0)], T)).toBe(1);
    expect(log.entries[0]?.id).toBe('id-0');
  });

  it('drops the oldest when they are too large together, but never the newest', () => {
    const log = new EventLog({ count: 1_000, size: 50_000 });
    for (let n = 0; n < 20; n++) log.add([event(n, { data: { text: 'x'.repeat(10_000) } })], T);
    expect(log.entries.length).toBe(4);

    log.add([event(20, { data: { text: 'x'.repeat(100_000) } })], T);
    expect(idsOf(log)).toEqual(['id-20']);
  });

  it('tells of a gap where it is', () => {
    const log = new EventLog(ROOMY);
    log.add([event(1), event(2), event(9)], T);
    log.addNotice('bad', 'gap: 3 min', T, { ms: T + 2, count: 0, extra: 0 });
    log.addNotice('good', '2 missed events recovered', T);
    log.add([event(8), event(10)], T);

    expect(log.entries.map((entry) => (entry.kind === 'notice' ? entry.text : entry.id))).toEqual([
      'id-1',
      'id-2',
      'gap: 3 min',
      'id-8',
      'id-9',
      '2 missed events recovered',
      'id-10',
    ]);
  });

  it('forgets what is before a hole', () => {
    const log = new EventLog(ROOMY);
    log.add([event(1), event(2), event(50)], T);
    log.dropBefore({ ms: T + 50, count: 0, extra: 0 });

    expect(idsOf(log)).toEqual(['id-50']);
  });

  it('holds 100,000 events, and takes one more in no time that anybody would see', () => {
    const log = new EventLog({ count: 100_000, size: 100_000_000 });
    const page = (from: number): LoggedMessage[] => Array.from({ length: 1_000 }, (_, n) => event(from + n));
    for (let from = 99_000; from >= 0; from -= 1_000) log.add(page(from), T);
    expect(log.entries.length).toBe(100_000);

    const { structure } = log;
    log.add([event(100_000)], T);
    // Nothing but the end has changed: what was worked out before still holds.
    expect(log.structure).toBe(structure);
  });
});

describe('the rows', () => {
  const isEven = (entry: { id: string }): boolean => Number(entry.id.split('-')[1]) % 2 === 0;

  it('show what fits up to where it was paused, and count the rest', () => {
    const log = new EventLog(ROOMY);
    const rows = new Rows();
    log.add([event(1), event(2), event(4)], T);
    rows.grow(log, isEven, undefined);
    expect(idsOf({ entries: rows.list })).toEqual(['id-2', 'id-4']);

    const pausedAt = log.newest;
    log.add([event(5), event(6), event(8)], T);
    expect(rows.canGrow(log, isEven, pausedAt)).toBe(true);
    rows.grow(log, isEven, pausedAt);
    expect(idsOf({ entries: rows.list })).toEqual(['id-2', 'id-4']);
    expect(rows.countRest(log, isEven)).toBe(2);

    rows.grow(log, isEven, undefined);
    expect(idsOf({ entries: rows.list })).toEqual(['id-2', 'id-4', 'id-6', 'id-8']);
  });

  it('have to begin anew for another choice, an older place, and what was put in between', () => {
    const log = new EventLog(ROOMY);
    const rows = new Rows();
    log.add([event(2), event(4)], T);
    rows.grow(log, isEven, undefined);

    expect(rows.canGrow(log, () => true, undefined)).toBe(false);
    expect(rows.canGrow(log, isEven, { ms: T + 3, count: 0, extra: 0 })).toBe(false);
    log.add([event(3)], T);
    expect(rows.canGrow(log, isEven, undefined)).toBe(false);
  });
});
