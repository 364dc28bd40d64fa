import { describe, expect, it } from '@jest/globals';
import { CLOSE, retryAfter } from '../src/index.js';
import { backoffMs } from '../src/backoff.js';

const LIMITS = { minMs: 250, maxMs: 10_000 };

describe('backoffMs', () => {
  it.each([
    ['soon', [250, 250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]],
    ['spread', [4_000, 4_000, 8_000, 10_000, 10_000]],
  ] as const)('is at most as long as its turn says when it tries %s', (retry, bounds) => {
    expect(bounds.map((_, tries) => backoffMs(tries, retry, LIMITS, 1))).toEqual(bounds);
    expect(bounds.map((_, tries) => backoffMs(tries, retry, LIMITS, 0))).toEqual(bounds.map(() => 0));
    expect(backoffMs(10_000, retry, LIMITS, 1)).toBe(10_000);
  });
});

describe('retryAfter', () => {
  it('knows every close of the hub', () => {
    for (const { code, retry } of Object.values(CLOSE)) expect([code, retryAfter(code)]).toEqual([code, retry]);
  });

  it.each([
    [1000, 'spread'],
    [1006, 'spread'],
    [1008, 'never'],
    [1012, 'spread'],
    [3000, 'spread'],
    [4000, 'soon'],
    [4401, 'soon'],
    [4499, 'soon'],
    [4500, 'never'],
    [4999, 'never'],
  ])('is, after %i: %s', (code, retry) => {
    expect(retryAfter(code)).toBe(retry);
  });
});
