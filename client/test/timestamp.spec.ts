import { describe, expect, it } from '@jest/globals';
import { parseTimestamp } from '../src/index.js';

const T = Date.UTC(2025, 9, 24, 10, 30);

describe('a timestamp', () => {
  it.each<[unknown, number | undefined, boolean]>([
    ['2025-10-24T10:30:00Z', T, true],
    ['2025-10-24T12:30:00+02:00', T, true],
    ['2025-10-24T12:30:00+0200', T, true],
    ['Fri, 24 Oct 2025 10:30:00 GMT', T, true],
    [T, T, true],
    [T / 1_000, T, true],
    [T / 1_000 + 0.25, T + 250, true],
    [0, 0, true],
    ['2025-10-24T10:30:00', new Date(2025, 9, 24, 10, 30).getTime(), false],
    ['2025-10-24 10:30:00.123', new Date(2025, 9, 24, 10, 30, 0, 123).getTime(), false],
    ['soon', undefined, false],
    ['', undefined, false],
    ['2'.repeat(50), undefined, false],
    [1e300, undefined, false],
    [NaN, undefined, false],
    [Infinity, undefined, false],
    [null, undefined, false],
    [{}, undefined, false],
  ])('%j is %s, with a zone: %s', (stamp, at, hasZone) => {
    expect(parseTimestamp(stamp)).toEqual(at === undefined ? undefined : { at, hasZone });
  });
});
