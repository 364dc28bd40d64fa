import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Window } from '../../src/connection/flow-control.js';

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
    expect(window.size).toBeLessThanOrEqual(32 * 1024);
  });

  interface Page {
    /** For how long each message keeps it, in ms. */
    busyMs: number;
    roundTripMs?: number;
    messagesPerSecond?: number;
    bytes?: number;
    /** For how long it is kept by something else, from the third second on, in ms. */
    stallMs?: number;
  }

  /** 10 s of messages to a page that tells every 50 ms at most what it has handled; the newest waits where there is no room. */
  function stream({ busyMs, roundTripMs = 1, messagesPerSecond = 60, bytes = 300, stallMs = 0 }: Page) {
    const window = new Window(true);
    const onTheWay: { sentAt: number; arrivesAt: number; mark: number }[] = [];
    const acks: { mark: number; at: number }[] = [];
    const ages: number[] = [];
    let waiting: number | undefined;
    let [held, heldLate] = [0, 0];
    let [pageFreeAt, ackDueAt, handled] = [0, 0, 0];

    // The greeting, which no page is busy with.
    window.receipt(write(window, 200, 0), roundTripMs);
    const clock = jest.spyOn(performance, 'now');
    const pump = (now: number): void => {
      if (waiting === undefined || !window.admits(bytes)) return;
      window.wrote(bytes);
      onTheWay.push({ sentAt: waiting, arrivesAt: now + roundTripMs / 2, mark: window.mark(now) });
      waiting = undefined;
    };
    for (let now = 1, due = 1; now < 10_000; now++) {
      clock.mockReturnValue(now);
      if (acks[0] && acks[0].at <= now) {
        const { mark, at } = acks.shift() as (typeof acks)[number];
        window.receipt(mark, at, { isHeldBack: waiting !== undefined, hasFacts: false });
        pump(now);
      }
      for (; due <= now; due += 1_000 / messagesPerSecond) {
        if (waiting !== undefined) held++;
        if (waiting !== undefined && now > 5_000) heldLate++;
        waiting = due;
        pump(now);
      }
      if (now === 3_000) pageFreeAt = Math.max(pageFreeAt, now + stallMs);
      if (handled > 0 && now >= ackDueAt && now >= pageFreeAt) {
        acks.push({ mark: handled, at: now + roundTripMs / 2 });
        [handled, ackDueAt] = [0, now + 50];
      }
      for (let next = onTheWay[0]; next && next.arrivesAt <= now && pageFreeAt <= now; next = onTheWay[0]) {
        onTheWay.shift();
        ages.push(now - next.sentAt);
        handled = next.mark;
        pageFreeAt += busyMs > 0 ? Math.max(0, now - pageFreeAt) + busyMs : 0;
      }
    }
    ages.sort((one, other) => one - other);

    return { held, heldLate, count: ages.length, median: ages[ages.length >> 1] ?? 0, oldest: ages.at(-1) ?? 0 };
  }

  it.each([300, 4_000])(
    'keeps messages of %i bytes young for a page that takes 50 ms for each, and keeps it at work',
    (bytes) => {
      const { count, median, oldest } = stream({ busyMs: 50, bytes });

      expect(count).toBeGreaterThan(0.9 * (10_000 / 50));
      expect(median).toBeLessThanOrEqual(75);
      expect(oldest).toBeLessThanOrEqual(200);
    },
  );

  it('keeps them young for a page at whatever speed, near or far', () => {
    for (const roundTripMs of [1, 30, 200]) {
      for (const busyMs of [20, 35, 80, 150]) {
        const { count, median, oldest } = stream({ busyMs, roundTripMs });
        // So many leave before the page can be known to be late.
        const first = 1 + (75 + roundTripMs) / (1_000 / 60);
        expect(count).toBeGreaterThan(0.55 * (10_000 / busyMs));
        expect(median).toBeLessThanOrEqual(roundTripMs / 2 + 75);
        expect(oldest).toBeLessThanOrEqual(roundTripMs / 2 + first * busyMs);
      }
    }
  });

  it('holds nothing back from a page that keeps up, near or far', () => {
    for (const roundTripMs of [1, 30, 200]) {
      expect(stream({ busyMs: 0, roundTripMs }).held).toBe(0);
      expect(stream({ busyMs: 1, roundTripMs, messagesPerSecond: 300 }).held).toBe(0);
      expect(stream({ busyMs: 2, roundTripMs, bytes: 4_000 }).held).toBe(0);
    }
  });

  it('is open again soon behind a stall', () => {
    for (const roundTripMs of [1, 200]) {
      const { held, heldLate } = stream({ busyMs: 1, roundTripMs, messagesPerSecond: 200, stallMs: 500 });
      expect(held).toBeGreaterThan(20);
      expect(heldLate).toBe(0);
    }
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
