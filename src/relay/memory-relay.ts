import { HubError } from '../protocol/errors.js';
import { headingOf, isLogged, type MessageDraft } from '../protocol/messages.js';
import { compareOffsets, withOffset } from '../protocol/offset.js';
import { type Page, Presence, type Publication, type Receipt, Relay, type Subscriber } from './relay.js';
import { Ring } from './ring.js';

/** With one instance, its own connections are all there are. */
class LocalPresence extends Presence {
  private connections = 0;

  override report(connections: number): void {
    this.connections = connections;
  }

  override total(): number {
    return this.connections;
  }

  override others(): ReadonlyMap<string, number> {
    return new Map();
  }
}

/** The relay of a hub that has one instance and no Redis: a ring in memory is the log, and it ends with the process. */
export class MemoryRelay extends Relay {
  readonly state = 'memory';
  readonly isInStep = true;
  readonly isStarted = true;
  readonly presence = new LocalPresence();
  private readonly subscribers = new Set<Subscriber>();
  private readonly ring: Ring;
  private lastMs = Date.now();
  private lastCount = 0;
  private closed = false;

  constructor({ historySize, historyBytes }: { historySize: number; historyBytes: number }) {
    super();
    this.ring = new Ring(historySize, historyBytes, `${this.lastMs}-0`);
  }

  override publish({ message, json }: Publication): Promise<Receipt> {
    if (this.closed) return Promise.reject(new HubError('SHUTTING_DOWN', 'the relay is closed'));

    if (!isLogged(message)) {
      for (const subscriber of this.subscribers) subscriber.onBroadcast({ message, json });
      return Promise.resolve({ shared: true });
    }

    const known = this.ring.offsetOf(message.id);
    if (known !== undefined) return Promise.resolve({ offset: known, shared: true, keyWas: 'repeated' });

    const offset = this.nextOffset();
    const delivery = { message: headingOf(message, offset), json: withOffset(json, offset) };
    this.ring.append(message.id, offset, delivery);
    for (const subscriber of this.subscribers) subscriber.onBroadcast(delivery);

    return Promise.resolve({ offset, shared: true });
  }

  override send(connectionId: string, draft: MessageDraft): Promise<void> {
    const json = JSON.stringify(draft);
    for (const subscriber of this.subscribers) subscriber.onSend(connectionId, json);

    return Promise.resolve();
  }

  override subscribe(subscriber: Subscriber): () => void {
    this.subscribers.add(subscriber);

    return () => this.subscribers.delete(subscriber);
  }

  override read({ since, limit }: { since?: string; limit: number }): Page {
    const { head } = this.ring;
    if (since === undefined) return { deliveries: this.ring.newest(limit), complete: true, head, ahead: [] };

    const complete = this.ring.reachesBackTo(since) && compareOffsets(since, head) <= 0;
    return { deliveries: this.ring.after(since, limit), complete, head, ahead: [] };
  }

  override close(): Promise<void> {
    this.closed = true;
    this.subscribers.clear();

    return Promise.resolve();
  }

  /** Rises also when the clock is set back. */
  private nextOffset(): string {
    const now = Date.now();
    if (now > this.lastMs) {
      this.lastMs = now;
      this.lastCount = 0;
    } else {
      this.lastCount++;
    }

    return `${this.lastMs}-${this.lastCount}`;
  }
}
