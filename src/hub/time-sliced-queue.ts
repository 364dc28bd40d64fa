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

  /** @param work it may add items, which come last; where it throws, the other items are done all the same */
  constructor(private readonly work: (item: T) => void) {}

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
    const end = performance.now() + TURN_MS;
    for (const item of this.waiting) {
      this.waiting.delete(item);
      guarded('work for a connection', () => this.work(item), undefined);
      if (performance.now() >= end) break;
    }

    this.isScheduled = this.waiting.size > 0;
    if (this.isScheduled) setImmediate(this.turn);
  };
}
