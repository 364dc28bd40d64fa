import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Filter, parseFilter, parseFilterQuery } from '../../src/protocol/filter.js';
import type { FilterLists, HubMessage } from '../../src/protocol/messages.js';

const query = (text: string): Filter | undefined => parseFilterQuery(new URLSearchParams(text));
const message = (fields: object): HubMessage => ({ data: {}, ...fields }) as HubMessage;

const MESSAGES = {
  bark: message({ type: 'event', event_type: 'bark', source: 'cam-1' }),
  sit: message({ type: 'event', event_type: 'sit', source: 'cam-2' }),
  zone: message({ type: 'overlay', overlay_type: 'zone', source: 'cam-1' }),
  pose: message({ type: 'overlay', overlay_type: 'pose' }),
  telemetry: message({ type: 'telemetry' }),
  custom: message({ type: 'custom', source: 'cam-2' }),
};
const matched = (filter: Filter | undefined): string[] =>
  Object.entries(MESSAGES).flatMap(([name, candidate]) => (!filter || filter.matches(candidate) ? [name] : []));

describe('a filter', () => {
  it.each([
    ['types=event', 'bark sit'],
    ['types=event,telemetry', 'bark sit telemetry'],
    ['types=event&types=custom', 'bark sit custom'],
    ['types=custom', 'custom'],
    ['event_types=bark', 'bark zone pose telemetry custom'],
    ['overlay_types=pose', 'bark sit pose telemetry custom'],
    ['sources=cam-1', 'bark zone'],
    ['sources=cam-1,cam-2', 'bark sit zone custom'],
    ['types=event&event_types=sit,howl', 'sit'],
    ['types=event,overlay&event_types=sit&overlay_types=zone&sources=cam-1', 'zone'],
    ['types=overlay&event_types=bark', 'zone pose'],
    ['types=nothing', ''],
    ['', 'bark sit zone pose telemetry custom'],
  ])('%s lets through: %s', (text, names) => {
    expect(matched(query(text)).join(' ')).toBe(names);
  });

  it('is the same from a query and from JSON, and has the same key in any order', () => {
    const name = fc.stringMatching(/^[a-z0-9_-]{1,5}$/);
    const names = fc.array(name, { minLength: 1, maxLength: 5 });
    const overlays = fc.array(fc.constantFrom('zone', 'pose', 'heatmap'), { minLength: 1, maxLength: 3 });

    fc.assert(
      fc.property(
        fc.record(
          { types: names, event_types: names, overlay_types: overlays, sources: names },
          { requiredKeys: ['types'] },
        ),
        (lists) => {
          const fromQuery = query(
            Object.entries(lists)
              .map(([field, values]) => `${field}=${values.join(',')}`)
              .join('&'),
          );
          const reversed = Object.fromEntries(
            Object.entries(lists).map(([field, values]) => [field, [...values, ...values].reverse()]),
          );

          expect(fromQuery?.lists).toEqual(lists);
          expect(parseFilter(lists)?.key).toBe(fromQuery?.key);
          expect(parseFilter(reversed)?.key).toBe(fromQuery?.key);
        },
      ),
    );
  });

  it('has another key when it lets other messages through', () => {
    const filters: FilterLists[] = [
      { types: ['a'] },
      { types: ['b'] },
      { types: ['a', 'b'] },
      { event_types: ['a'] },
      { sources: ['a'] },
      { types: ['a'], sources: ['a'] },
    ];

    expect(new Set(filters.map((lists) => parseFilter(lists)?.key)).size).toBe(filters.length);
  });

  it('is none where nothing is asked', () => {
    expect(query('since=1-0&anything=1')).toBeUndefined();
    expect(parseFilter({})).toBeUndefined();
  });

  it.each([
    ['types=', 'types[0]', 'name'],
    ['types=event,', 'types[1]', 'name'],
    ['types=a b', 'types[0]', 'name'],
    [`event_types=${'x'.repeat(65)}`, 'event_types[0]', 'name'],
    ['overlay_types=pose,nose', 'overlay_types[1]', 'overlayType'],
    [`sources=${'x'.repeat(129)}`, 'sources[0]', 'source'],
    [`types=${Array(65).fill('a').join(',')}`, 'types', 'names'],
  ])('refuses the query %j by field and rule', (text, field, rule) => {
    expect(() => query(text)).toThrow(
      expect.objectContaining({ code: 'BAD_REQUEST', violations: [expect.objectContaining({ field, rule })] }),
    );
  });

  it.each([
    [undefined, 'data', 'object'],
    [[], 'data', 'object'],
    [{ types: 'event' }, 'data.types', 'names'],
    [{ types: [] }, 'data.types', 'names'],
    [{ types: [1] }, 'data.types[0]', 'name'],
    [{ sources: [undefined] }, 'data.sources[0]', 'source'],
    [{ sources: ['a', null] }, 'data.sources[1]', 'source'],
    [{ overlay_types: ['nose'] }, 'data.overlay_types[0]', 'overlayType'],
    [{ event_types: Array<string>(65).fill('a') }, 'data.event_types', 'names'],
    [{ kinds: ['event'] }, 'data', 'unknown'],
    [JSON.parse('{"__proto__":["event"]}'), 'data', 'unknown'],
  ])('refuses the data %j by field and rule', (data, field, rule) => {
    expect(() => parseFilter(data)).toThrow(
      expect.objectContaining({ code: 'INVALID_MESSAGE', violations: [expect.objectContaining({ field, rule })] }),
    );
  });
});
