import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../src/protocol/messages.js';
import type { DrawOptions } from '../src/overlay.js';
import { detection, openOverlayPage, type OverlayPage, red } from './support/overlay-page.js';

describe('the age of an overlay', () => {
  let at: OverlayPage;

  beforeAll(async () => {
    at = await openOverlayPage();
  });
  afterAll(() => at.close());

  it.each<[string, DrawOptions, JsonObject, number]>([
    ['is new', { receivedAt: 1_000_000 }, {}, 1],
    ['has half its time behind it', { receivedAt: 999_500 }, {}, 1],
    ['is about to go', { receivedAt: 999_200 }, {}, 0.5],
    ['is past its time', { receivedAt: 999_000 }, {}, 0],
    ['is past its time by the stamp of its producer', {}, { timestamp: '1970-01-01T00:16:39Z' }, 0],
    [
      'has a stamp of a clock that is known to be behind',
      { clockOffsetMs: -900 },
      { timestamp: '1970-01-01T00:16:39Z' },
      1,
    ],
    ['has a stamp that is not to count', { clockOffsetMs: false }, { timestamp: '1970-01-01T00:16:39Z' }, 1],
    ['has a stamp of the future', {}, { timestamp: '2070-01-01T00:00:00Z' }, 1],
    ['has a stamp that is none', {}, { timestamp: 'soon' }, 1],
    ['was kept by the hub for longer than its time', { receivedAt: 1_000_000 }, { age_ms: 1_500 }, 0],
    ['has a longer time', { receivedAt: 998_000, ttlMs: 5_000 }, {}, 1],
    ['has another time for its type', { receivedAt: 999_900, ttlMs: { detection: 100 } }, {}, 0],
  ])('draws an overlay that %s accordingly', async (_title, options, { age_ms, ...data }, freshness) => {
    const message = {
      ...detection({ x: 50, y: 25, w: 100, h: 50, confidence: 1 }, data),
      ...(age_ms !== undefined && { age_ms }),
    };
    const { isDrawn, pixels } = await at.draw(
      message,
      { now: 1_000_000, ...red, theme: undefined, ...options },
      { width: 800, height: 400, look: [[400, 100]] },
    );

    expect(isDrawn).toBe(freshness > 0);
    // What lies under the line is its own rim.
    const alpha = (pixels[0]?.[3] ?? 0) / 255;
    if (freshness === 0.5) expect(alpha).toBeGreaterThan(0.4);
    if (freshness === 0.5) expect(alpha).toBeLessThan(0.8);
    else expect(alpha).toBe(freshness);
  });

  it('counts the age from the first time it drew a message, unless it is told, and lets zones stay', async () => {
    const drawn = await at.page.evaluate(`(() => {
      const ctx = document.createElement('canvas').getContext('2d');
      const of = (overlay_type, data) => ({ overlay_type, data: { width: 100, height: 100, ...data } });
      const box = of('detection', { boxes: [{ x: 1, y: 1, w: 9, h: 9 }] });
      const zone = of('zone', { zones: [{ name: 'bed', polygon: [[1, 1], [50, 1], [1, 50]] }] });
      return [0, 900, 1_100, 1e9].map((age) => [box, zone].map((message) => overlay.drawOverlay(ctx, message, { now: 5_000 + age })));
    })()`);

    expect(drawn).toEqual([
      [true, true],
      [true, true],
      [false, true],
      [false, true],
    ]);
  });
});
