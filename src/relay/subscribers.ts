import type { Delivery } from '../protocol/messages.js';
import { guarded } from './guard.js';
import type { Subscriber } from './relay.js';

/** Who takes what the relay delivers here. One that throws costs its message, and nothing of the others. */
export class Subscribers {
  private readonly all = new Set<Subscriber>();

  /** Returns how to stop; stopping twice does nothing. */
  add(subscriber: Subscriber): () => void {
    this.all.add(subscriber);

    return () => this.all.delete(subscriber);
  }

  deliver(delivery: Delivery): void {
    for (const subscriber of this.all) guarded('a broadcast', () => subscriber.onBroadcast(delivery), undefined);
  }

  /** Returns whether the connection is here. */
  send(connectionId: string, json: string): boolean {
    return [...this.all].some((subscriber) =>
      guarded('a personal message', () => subscriber.onSend(connectionId, json), false),
    );
  }

  clear(): void {
    this.all.clear();
  }
}
