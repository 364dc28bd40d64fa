import type { Unsubscribe } from '../types.js';
import { Pacer } from './pacer.js';

/** Takes what comes, and gives how to stop. */
export type Source<T> = (take: (value: T) => void) => Unsubscribe;

/** What `useSyncExternalStore` reads. It follows its source only while somebody has subscribed. */
export abstract class PacedStore<T, S> {
  private readonly listeners = new Set<() => void>();
  private readonly pacer: Pacer;
  private stop: Unsubscribe | undefined;
  private snapshot: S;

  constructor(
    private readonly source: Source<T>,
    hz: number,
    initial: S,
  ) {
    this.snapshot = initial;
    this.pacer = new Pacer(hz, () => this.publish());
  }

  readonly subscribe = (listener: () => void): Unsubscribe => {
    this.listeners.add(listener);
    this.stop ??= this.source((value) => {
      this.take(value);
      this.pacer.request();
    });

    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;

      this.pacer.cancel();
      this.stop?.();
      this.stop = undefined;
    };
  };

  readonly read = (): S => this.snapshot;

  /** Takes note of a value. Called for each, so it does as little as it can. */
  protected abstract take(value: T): void;

  /** What there is now, as a new object where it has changed. */
  protected abstract look(): S;

  protected publish(): void {
    this.snapshot = this.look();
    for (const listener of this.listeners) listener();
  }
}

/** The newest value. */
export class LatestStore<T> extends PacedStore<T, T | undefined> {
  private newest: T | undefined;

  constructor(source: Source<T>, hz: number) {
    super(source, hz, undefined);
  }

  protected take(value: T): void {
    this.newest = value;
  }

  protected look(): T | undefined {
    return this.newest;
  }
}

export interface List<T> {
  /** Oldest first: the newest `max` there were, until `clear`. */
  readonly items: readonly T[];
  /** How many left the list since it was full. */
  readonly dropped: number;
  readonly isPaused: boolean;
  /** How many have come since `pause`. */
  readonly waiting: number;
}

export const EMPTY_LIST: List<never> = { items: [], dropped: 0, isPaused: false, waiting: 0 };

/** The newest values. While it is paused, what it shows stays, and what comes is kept within the same bound. */
export class ListStore<T> extends PacedStore<T, List<T>> {
  private readonly kept: T[] = [];
  private dropped = 0;
  private waiting = 0;
  /** What is shown, while it is paused. */
  private held: List<T> | undefined;

  /** @param max most items, at least 1 */
  constructor(
    source: Source<T>,
    hz: number,
    private readonly max: number,
  ) {
    super(source, hz, EMPTY_LIST);
    if (!(max >= 1)) throw new RangeError('max must be 1 or more');
  }

  readonly pause = (): void => {
    if (this.held) return;

    this.held = this.list();
    this.publish();
  };

  readonly resume = (): void => {
    this.held = undefined;
    this.waiting = 0;
    this.publish();
  };

  readonly clear = (): void => {
    this.kept.length = this.dropped = this.waiting = 0;
    if (this.held) this.held = EMPTY_LIST;
    this.publish();
  };

  protected take(item: T): void {
    this.kept.push(item);
    if (this.held) this.waiting++;
    // Not at each one: a cut moves all that stay.
    if (this.kept.length > 2 * this.max) this.cut();
  }

  protected look(): List<T> {
    return this.held ? { ...this.held, isPaused: true, waiting: this.waiting } : this.list();
  }

  private list(): List<T> {
    this.cut();

    return { items: [...this.kept], dropped: this.dropped, isPaused: false, waiting: 0 };
  }

  private cut(): void {
    const excess = Math.max(0, this.kept.length - Math.floor(this.max));
    this.kept.splice(0, excess);
    this.dropped += excess;
  }
}
