import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { RedisClock } from '../../../src/relay/redis/redis-clock.js';

/** `performance.now()` so many ms ago. */
const ago = (ms: number): number => performance.now() - ms;

describe('RedisClock', () => {
  it('does not know the time before the first reading', () => {
    expect(new RedisClock().now()).toBeUndefined();
  });

  it('goes on from a reading, taken for the middle of the time that it took', async () => {
    const clock = new RedisClock();
    const startedAt = performance.now();
    clock.read(1_000_000, ago(200));
    await delay(20);

    // In whole ms, so that it may be one behind.
    const now = clock.now() ?? 0;
    expect(now).toBeGreaterThanOrEqual(1_000_100 + 20 - 2);
    expect(now).toBeLessThanOrEqual(1_000_100 + (performance.now() - startedAt) + 1);
  });

  it('does not let a slow reading spoil a quick one', () => {
    const clock = new RedisClock();
    clock.read(1_000_000, ago(0));
    // Redis read it at once, and the answer took 1.4 s.
    clock.read(1_000_000, ago(1_400));

    expect(clock.now()).toBeLessThan(1_000_500);
  });

  it('follows a clock that was set', () => {
    const clock = new RedisClock();
    clock.read(1_000_000, ago(1));
    clock.read(4_600_000, ago(1));

    expect(clock.now()).toBeGreaterThanOrEqual(4_600_000);
  });
});
