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
    expect(window.admits(30_000)).toBe(true);

    write(window, 100_000, 150);
    expect(window.size).toBe(0);
    expect(window.admits(1)).toBe(false);

    jest.spyOn(performance, 'now').mockReturnValue(160);
    window.receipt(mark, 160);
    expect(window.admits(1)).toBe(false);
  });

  it('does not grow while events wait, however quick the page is with a message', () => {
    const window = new Window(true);
    window.receipt(write(window, 100, 0), 1);
    const mark = write(window, 100_000, 10);
    write(window, 100, 10);

    jest.spyOn(performance, 'now').mockReturnValue(150);
    window.receipt(mark, 150, { isHeldBack: true, hasFacts: true });
    expect(window.size).toBe(0);
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

describe('the window of a client that answers pings', () => {
  /** A client that reads so many bytes a second, far away by so many ms, gets 4 KB 60 times a second for 5 s. */
  function stream({ bytesPerSecond, roundTripMs }: { bytesPerSecond: number; roundTripMs: number }) {
    const window = new Window();
    const receipts: { mark: number; at: number }[] = [];
    const ages: number[] = [];
    let readUntil = 0;
    let isHeldBack = false;
    let held = 0;

    for (let frame = 0, now = 0; now < 5_000; now = ++frame * (1_000 / 60)) {
      while (receipts[0] && receipts[0].at <= now) {
        const { mark, at } = receipts.shift() as (typeof receipts)[number];
        window.receipt(mark, at, { isHeldBack, hasFacts: false });
      }
      isHeldBack = !window.admits(4_000);
      if (isHeldBack) {
        held++;
        if (!window.isWaiting) receipts.push({ mark: window.mark(now), at: readUntil + roundTripMs });
        continue;
      }
      window.wrote(4_000);
      readUntil = Math.max(readUntil, now) + (4_000 / bytesPerSecond) * 1_000;
      if (now > 2_000) ages.push(readUntil + roundTripMs / 2 - now);
      if (window.isMarkDue) receipts.push({ mark: window.mark(now), at: readUntil + roundTripMs });
    }

    return { held, oldest: Math.max(...ages) };
  }

  it('holds nothing back from a fast client, near or far', () => {
    for (const roundTripMs of [0.2, 30, 200]) expect(stream({ bytesPerSecond: 10e6, roundTripMs }).held).toBe(0);
  });

  it('grows with a storm of facts as fast as a client reads, and is small again behind it', () => {
    const window = new Window();
    window.wrote(1_000);
    window.receipt(window.mark(0), 1);
    const calm = window.size;
    let waiting = 0;
    let most = 0;

    // 250 KB every 10 ms, of which all that the window lets through is read within them.
    for (let now = 10; now < 100; now += 10) {
      waiting += 250_000;
      const sent = Math.min(waiting, window.size - window.unread);
      waiting -= sent;
      window.wrote(sent);
      window.receipt(window.mark(now), now + 9, { isHeldBack: waiting > 0, hasFacts: waiting > 0 });
      most = Math.max(most, waiting);
    }
    expect(most).toBeLessThan(1_000_000);

    window.wrote(1_000);
    window.receipt(window.mark(100), 101);
    expect(window.size).toBe(calm);
  });

  it('does not grow for a client that leaves facts unread', () => {
    const window = new Window();
    const small = 16 * 1024;
    for (let now = 0; now < 5_000; now += 500) {
      window.wrote(window.size - window.unread);
      window.receipt(window.mark(now), now + (now === 0 ? 1 : 400), { isHeldBack: true, hasFacts: true });
    }

    expect(window.size).toBe(small);
  });

  it('keeps what a slow client gets young', () => {
    for (const roundTripMs of [0.2, 30]) {
      const { held, oldest } = stream({ bytesPerSecond: 60_000, roundTripMs });
      expect(held).toBeGreaterThan(200);
      expect(oldest).toBeLessThan(500);
    }
  });
});
