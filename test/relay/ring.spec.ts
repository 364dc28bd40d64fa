import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { HubMessage } from '../../src/protocol/messages.js';
import { Ring } from '../../src/relay/ring.js';

describe('Ring', () => {
  it('equals a plain list that is cut at its front, for any sizes and offsets', () => {
    const step = fc.record({ ms: fc.nat(2), bytes: fc.integer({ min: 1, max: 50 }) });

    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 200 }),
        fc.integer({ min: 1, max: 30 }),
        fc.nat(100),
        (steps, max, ask) => {
          const ring = new Ring(max, 400, '0-0');
          let list: { ms: number; n: number; json: string }[] = [];
          let dropped = 0;
          let ms = 0;

          steps.forEach((given, n) => {
            ms += given.ms;
            const json = 'x'.repeat(given.bytes);
            list.push({ ms, n: n + 1, json });
            ring.append(`id-${n}`, `${ms}-${n + 1}`, { message: {} as HubMessage, json });
            while (list.length > max || (list.length > 1 && list.reduce((sum, e) => sum + e.json.length, 0) > 400)) {
              dropped = list[0]?.n ?? 0;
              list = list.slice(1);
            }
          });

          const asked = steps.length === 0 ? 0 : (ask % steps.length) + 1;
          const from = list.filter((entry) => entry.n > asked);
          const offset = list.find((entry) => entry.n === asked);
          expect(ring.size).toBe(list.length);
          if (offset) {
            expect(ring.after(`${offset.ms}-${asked}`, 7).map(({ json }) => json)).toEqual(
              from.slice(0, 7).map(({ json }) => json),
            );
            expect(ring.reachesBackTo(`${offset.ms}-${asked}`)).toBe(true);
          }
          if (dropped > 1) expect(ring.reachesBackTo('0-1')).toBe(false);
          expect(ring.newest(5).map(({ json }) => json)).toEqual(list.slice(-5).map(({ json }) => json));
        },
      ),
      { numRuns: 500 },
    );
  });
});
