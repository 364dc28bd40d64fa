import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backoffMs } from '../../src/cli/pause.js';

describe('backoffMs', () => {
  it('lies between nothing and a limit that doubles from 0.25 s up to 10 s', () => {
    const limits = [1, 2, 3, 4, 5, 6, 7, 100, 5_000].map((failures) => backoffMs(failures, () => 1));

    expect(limits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failures, share) => {
          expect(backoffMs(failures, () => share)).toBeCloseTo(share * backoffMs(failures, () => 1));
        },
      ),
    );
  });
});
