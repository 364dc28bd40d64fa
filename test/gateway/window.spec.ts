import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Window } from '../../src/gateway/window.js';

describe('the window of a page that tells what it has handled', () => {
  afterEach(() => void jest.restoreAllMocks());

  /** Writes so many bytes at this time, and gives the mark. */
  function write(window: Window, bytes: number, now: number): number {
    jest.spyOn(performance, 'now').mockReturnValue(now);
    window.wrote(bytes);

    return window.mark(now);
  }

  it('is open while the page answers, and nothing goes to one that has stalled before its speed is known', () => {
    const window = new Window(true);
    window.receipt(write(window, 100, 0), 1);
    const mark = write(window, 100, 10);
    expect(window.admits(60_000)).toBe(true);

    write(window, 100_000, 150);
    expect(window.size).toBe(0);
    expect(window.admits(1)).toBe(false);

    jest.spyOn(performance, 'now').mockReturnValue(160);
    window.receipt(mark, 160);
    expect(window.admits(1)).toBe(false);
  });

  it('lets a page that takes 50 ms a message have three, however small they are', () => {
    const window = new Window(true);
    window.receipt(write(window, 300, 0), 1);
    const marks: number[] = [];

    for (let now = 0; now < 2_000; now += 50) {
      if (marks.length > 0) window.receipt(marks.shift() ?? 0, now);
      for (let n = 0; n < 3; n++) if (window.admits(300)) marks.push(write(window, 300, now));
    }

    expect(marks.length).toBeGreaterThanOrEqual(2);
    expect(marks.length).toBeLessThanOrEqual(4);
  });
});
