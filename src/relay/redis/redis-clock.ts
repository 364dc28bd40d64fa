/** How much precision a reading loses while it is kept, in ms a second: clocks drift, and may be set. */
const LOSS_PER_MS = 0.001;

/**
 * The clock of Redis, which all instances read, so that each can tell how old is what comes from another whatever their own
 * clocks say. All times in ms since 1970 on that clock; in between it goes on by a clock that is never set.
 */
export class RedisClock {
  /** Redis's time less `performance.now()`; `undefined` until the first reading. */
  private ahead: number | undefined;
  private precision = Infinity;
  private readAt = 0;

  /** What time it is there; `undefined` before the first reading. */
  now(): number | undefined {
    return this.ahead === undefined ? undefined : Math.floor(performance.now() + this.ahead);
  }

  /**
   * Redis was asked for its time, and this came back. It was read somewhere in between, so a quick answer is a precise one;
   * of two the more precise holds.
   * @param askedAt time of `performance.now()`
   */
  read(time: number, askedAt: number): void {
    const now = performance.now();
    const precision = (now - askedAt) / 2;
    if (precision > this.precision + (now - this.readAt) * LOSS_PER_MS) return;

    this.ahead = time - (askedAt + now) / 2;
    this.precision = precision;
    this.readAt = now;
  }
}
