import { guarded } from '../relay/guard.js';

/** How long the work of one queue may keep the event loop before it turns, in ms. */
const TURN_MS = 5;

/**
 * Does work item by item, in order, a few ms in each turn of the event loop: when a thousand clients come back at once,
 * those that are here already do not wait for all of them.
 */
export class Turns<T> {
  private readonly waiting = new Set<T>();
  private isScheduled = false;

  /**
   * @param work it may add items, which come last; where it throws, the other items are done all the same
   * @param share most of the time that it may take, where one item may take longer than a turn
   */
  constructor(
    private readonly work: (item: T) => void,
    private readonly share = 1,
  ) {}

  add(item: T): void {
    this.waiting.add(item);
    if (this.isScheduled) return;

    this.isScheduled = true;
    setImmediate(this.turn);
  }

  /** Returns whether it was waiting. */
  delete(item: T): boolean {
    return this.waiting.delete(item);
  }

  private readonly turn = (): void => {
    const start = performance.now();
    const end = start + TURN_MS;
    for (const item of this.waiting) {
      this.waiting.delete(item);
      guarded('work for a connection', () => this.work(item), undefined);
      if (performance.now() >= end) break;
    }

    this.isScheduled = this.waiting.size > 0;
    if (!this.isScheduled) return;

    const pauseMs = (performance.now() - start) * (1 / this.share - 1);
    if (pauseMs >= 1) setTimeout(this.turn, pauseMs);
    else setImmediate(this.turn);
  };
}
