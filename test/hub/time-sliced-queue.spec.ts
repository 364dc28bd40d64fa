import { describe, expect, it } from '@jest/globals';
import { Turns } from '../../src/hub/time-sliced-queue.js';

const ITEM_MS = 10;

function keepBusy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** How long the queue is at work with so many items of more than a turn, in ms. */
function timeOf(items: number, share?: number): Promise<number> {
  return new Promise((resolve) => {
    const begin = performance.now();
    const turns = new Turns<number>((item) => {
      keepBusy(ITEM_MS);
      if (item === items) resolve(performance.now() - begin);
    }, share);
    for (let item = 1; item <= items; item++) turns.add(item);
  });
}

describe('Turns', () => {
  it('takes no more than its share of the time, however long an item takes', async () => {
    const items = 5;

    // A timer may be early by the part of a millisecond that it has not.
    expect(await timeOf(items, 1 / 3)).toBeGreaterThan(items * ITEM_MS + (items - 1) * (2 * ITEM_MS - 1));
  });
});
