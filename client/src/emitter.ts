import type { MessageMeta, Unsubscribe } from './types.js';

const NEW: MessageMeta = { isPast: false };

/** A handler in its own box, so that the same function may be given twice. */
interface Subscription {
  readonly handler: (value: never, meta: MessageMeta) => void;
}

/**
 * Calls handlers by name. What a handler emits comes after what it is called for, so all handlers see one order. One that
 * throws stops no other.
 */
export class Emitter<Events extends object> {
  private readonly subscriptions = new Map<PropertyKey, Set<Subscription>>();
  private readonly queue: [name: PropertyKey, value: unknown, meta: MessageMeta][] = [];

  /** @param onThrow gets what a handler of this name has thrown */
  constructor(private readonly onThrow: (error: unknown, name: PropertyKey) => void) {}

  on<K extends keyof Events>(name: K, handler: (value: Events[K], meta: MessageMeta) => void): Unsubscribe {
    const subscription = { handler };
    const all = this.subscriptions.get(name) ?? new Set();
    this.subscriptions.set(name, all.add(subscription));

    return () => {
      all.delete(subscription);
      if (all.size === 0 && this.subscriptions.get(name) === all) this.subscriptions.delete(name);
    };
  }

  has(name: keyof Events): boolean {
    return this.subscriptions.has(name);
  }

  emit<K extends keyof Events>(name: K, value: Events[K], meta = NEW): void {
    this.queue.push([name, value, meta]);
    if (this.queue.length > 1) return;

    for (let next = this.queue[0]; next; next = this.queue[0]) {
      this.call(...next);
      this.queue.shift();
    }
  }

  private call(name: PropertyKey, value: unknown, meta: MessageMeta): void {
    const all = this.subscriptions.get(name);

    for (const subscription of all ? [...all] : []) {
      // One before it may have taken it away.
      if (!all?.has(subscription)) continue;
      try {
        subscription.handler(value as never, meta);
      } catch (error) {
        this.onThrow(error, name);
      }
    }
  }
}

/** Lets an error be seen that nobody has asked for, as those of an event listener are. */
export function report(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
