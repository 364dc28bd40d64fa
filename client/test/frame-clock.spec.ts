import { describe, expect, it } from '@jest/globals';
import { FrameClock } from '../src/show/frame-clock.js';

interface Playing {
  rate: number;
  /** Numbers of the frames that are shown, in this order. */
  shown: readonly number[];
  /** Frames that are decoded ahead. */
  ahead?: number;
  /** How the file rounds the time of a frame, in seconds. */
  exactS?: number;
}

const upTo = (end: number, step = 1): number[] => Array.from({ length: Math.ceil(end / step) }, (_, n) => n * step);

/** The clock after this was played, and which frame it told at each. */
function play({ rate, shown, ahead = 4, exactS = 1e-6 }: Playing): { clock: FrameClock; told: (number | undefined)[] } {
  const clock = new FrameClock();
  const told = shown.map((frame) => {
    clock.show(Math.round(frame / rate / exactS) * exactS, frame + ahead);

    return clock.frame;
  });

  return { clock, told };
}

describe('the clock of a video', () => {
  it.each([24, 25, 30_000 / 1001, 30, 50, 60_000 / 1001, 12, 1_000 / 70])(
    'tells no frame before it knows the rate, and then the right one, at %d frames a second',
    (rate) => {
      const { clock, told } = play({ rate, shown: upTo(300) });

      expect(clock.rate).toBeCloseTo(rate, 2);
      expect(told[0]).toBeUndefined();
      expect(told.slice(-100)).toEqual(upTo(300).slice(-100));
      expect(told.every((frame, n) => frame === undefined || frame === n)).toBe(true);
    },
  );

  it('knows the rate of a video of which every other frame is skipped', () => {
    const { clock, told } = play({ rate: 30, shown: upTo(120, 2) });

    expect(clock.rate).toBe(30);
    expect(told.at(-1)).toBe(118);
  });

  it.each([30, 30_000 / 1001, 60])('sums up no rounding of times to milliseconds, at %d frames a second', (rate) => {
    const { told } = play({ rate, shown: upTo(3_000), exactS: 0.001 });

    expect(told.at(-1)).toBe(2_999);
  });

  it('takes no jump for a step', () => {
    const shown = [...upTo(40), ...upTo(40).map((frame) => frame + 200), ...upTo(40)];

    expect(play({ rate: 25, shown }).told.at(-1)).toBe(39);
  });
});
