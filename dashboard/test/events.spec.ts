import { describe, expect, it } from '@jest/globals';
import { confidenceOf, entryOf, happenedAt, type LoggedMessage, summaryOf } from '../src/timeline/entry.js';
import { BAR_MS, BARS, barsOf } from '../src/timeline/density.js';
import { hueOf, labelOf, pathOf } from '../src/timeline/event-look.js';
import { toCsv, toNdjson } from '../src/timeline/export.js';
import { matcher } from '../src/timeline/filter.js';

const T = 1_761_301_800_000;

function message(data: object, part: object = {}): LoggedMessage {
  return { type: 'event', event_type: 'bark', id: 'a', offset: `${T}-0`, data, ...part } as LoggedMessage;
}

const entry = (data: object, part: object = {}) => entryOf(message(data, part), { ms: T, count: 0, extra: 0 }, T);

describe('an event in words', () => {
  it.each([
    [{ timestamp: 'x', confidence: 0.9, metadata: { duration_s: 5.25, frame: 7 } }, 'duration 5.3 s'],
    [{ label: 'good dog', count: 3 }, 'good dog · count 3'],
    [{ message: 'a', text: 'b', name: 'c', file: 'd', title: 'e' }, 'a · b · e · c'],
    [{ box: { x: 1 }, list: [1], nothing: null }, ''],
    [{ metadata: 'text' }, ''],
  ])('says of %j: %s', (data, text) => {
    expect(summaryOf(message(data))).toBe(text);
  });

  it('is short, however long what it says', () => {
    const long = Object.fromEntries(
      Array.from({ length: 50 }, (_, n) => [`${'k'.repeat(500)}${n}`, 'x'.repeat(100_000)]),
    );

    expect(summaryOf(message({ message: 'x'.repeat(100_000), ...long })).length).toBeLessThan(700);
  });

  it.each([
    [0.5, 0.5],
    [0, 0],
    [1.2, undefined],
    [-1, undefined],
    [NaN, undefined],
    ['0.5', undefined],
    [{}, undefined],
  ])('takes %j for a confidence of %s', (confidence, wanted) => {
    expect(confidenceOf(message({ confidence }))).toBe(wanted);
  });

  it.each([
    ['2025-10-24T10:30:00Z', T],
    [T, T],
    ['rubbish', undefined],
    [1e300, undefined],
    [null, undefined],
  ])('takes %j for the time %s', (timestamp, wanted) => {
    expect(happenedAt(message({ timestamp }))).toBe(wanted);
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'test_event', '<b>', '🐶'])(
    'has a look for an event called %s',
    (name) => {
      expect(labelOf(name).toLowerCase()).toBe(name.replaceAll('_', ' ').trim().toLowerCase());
      expect(pathOf(name)).toMatch(/^M/);
      expect(hueOf(name)).toBeGreaterThanOrEqual(0);
      expect(hueOf(name)).toBe(hueOf(name));
    },
  );
});

describe('the filter', () => {
  it.each([
    [[], '', true],
    [['bark'], '', true],
    [['sit'], '', false],
    [[], 'BARK loud', true],
    [[], 'cam-2', true],
    [[], 'bark quiet', false],
    [['bark'], 'garden', true],
    [[], '  ', true],
  ])('of %j and "%s" lets a loud bark in the garden through: %s', (names, search, wanted) => {
    const bark = entry({ metadata: { how: 'loud', where: 'garden' } }, { source: 'cam-2' });

    expect(matcher({ names, search })(bark)).toBe(wanted);
  });

  it('finds a known event by its label', () => {
    expect(matcher({ names: [], search: 'dog detected' })(entry({}, { event_type: 'dog_detected' }))).toBe(true);
  });
});

describe('the bars of the last hour', () => {
  it('count what happened in each minute, up to the one that is now', () => {
    const now = T + 30_000;
    const at = (ms: number) => entry({}, { offset: `${ms}-0` });
    const entries = [at(T - 3_600_000), at(T - 120_000), at(T - 90_000), at(T - 61_000), at(T), at(now)];
    const bars = barsOf(entries, () => true, now);

    expect(bars).toHaveLength(BARS);
    expect(bars.at(-1)?.from).toBe(T);
    expect(bars.slice(-3).map(({ count }) => count)).toEqual([3, 0, 2]);
    expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(5);
    expect(bars.every(({ from }, i) => i === 0 || from - (bars[i - 1]?.from ?? 0) === BAR_MS)).toBe(true);
  });
});

describe('an export', () => {
  const events = [
    entry({ confidence: 0.5, text: 'a "b", c\nd' }, { source: 'cam-1' }),
    entry({}, { type: 'custom', event_type: undefined }),
  ];

  it('as NDJSON is each message as it came', () => {
    const lines = toNdjson(events).trimEnd().split('\n');

    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      events.map(({ message: each }) => JSON.parse(JSON.stringify(each)) as unknown),
    );
  });

  it('as CSV is a table', () => {
    expect(toCsv(events).split('\r\n')).toEqual([
      'time,type,event_type,source,confidence,id,offset,data',
      `2025-10-24T10:30:00.000Z,event,bark,cam-1,0.5,a,${T}-0,` +
        '"{""confidence"":0.5,""text"":""a \\""b\\"", c\\nd""}"',
      `2025-10-24T10:30:00.000Z,custom,,,,a,${T}-0,{}`,
      '',
    ]);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', ' =1', '＝1', '=HYPERLINK("http://x","y")'])(
    'as CSV has no formula, not even %j',
    (text) => {
      const row = toCsv([entry({}, { event_type: text, source: text })])
        .split('\r\n')
        .slice(1, -1)
        .join('\r\n');
      const quoted = `"'${text.replaceAll('"', '""')}"`;

      expect(row).toContain(`,event,${quoted},${quoted},`);
    },
  );
});
