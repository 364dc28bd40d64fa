/**
 * What waits for all connections of this instance together, in bytes of its memory. Each connection has a bound of its own;
 * many that stay below it are bounded by this one.
 */
export class SendBudget {
  private used = 0;
  private isScheduled = false;

  /**
   * @param maxBytes most that may wait
   * @param relieve called in a later turn of the event loop when more waits: it is to end those for whom the most does
   */
  constructor(
    readonly maxBytes: number,
    private readonly relieve: () => void,
  ) {}

  get bytes(): number {
    return this.used;
  }

  /** @param bytes negative when something waits no more */
  add(bytes: number): void {
    this.used += bytes;
    if (this.used <= this.maxBytes || this.isScheduled) return;

    // Not at once: this may be in the middle of a broadcast to those that are to be ended.
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      if (this.used > this.maxBytes) this.relieve();
    });
  }
}
