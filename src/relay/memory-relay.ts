import { randomInt, randomUUID } from 'node:crypto';
import { HubError } from '../protocol/errors.js';
import { headingOf, isLogged, type MessageDraft } from '../protocol/messages.js';
import { compareOffsets, withOffset } from '../protocol/offset.js';
import {
  type Page,
  Presence,
  type Publication,
  type ReadOptions,
  type Receipt,
  Relay,
  type Subscriber,
} from './relay.js';
import { Ring } from './ring.js';
import { Skipped } from './skipped.js';
import { Subscribers } from './subscribers.js';

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

/**
 * Counters of offsets begin somewhere below this, at another place in each process: on a machine without a clock chip, the
 * process before may have given out the same times.
 */
const MAX_FIRST_COUNT = 1_000_000;

/** The relay of a hub that has one instance and no Redis: a ring in memory is the log, and it ends with the process. */
export class MemoryRelay extends Relay {
  readonly state = 'memory';
  readonly isInStep = true;
  readonly isStarted = true;
  readonly presence = new LocalPresence();
  readonly skipped = new Skipped();
  private readonly epoch = randomUUID().slice(0, 8);
  private readonly firstCount = randomInt(MAX_FIRST_COUNT);
  private readonly subscribers = new Subscribers();
  private readonly ring: Ring;
  private lastMs = Date.now();
  private lastCount = this.firstCount;
  private closed = false;

  constructor({ historySize, historyBytes }: { historySize: number; historyBytes: number }) {
    super();
    this.ring = new Ring(historySize, historyBytes, `${this.lastMs}-${this.lastCount}`);
  }

  override publish({ message, json }: Publication): Promise<Receipt> {
    if (this.closed) return Promise.reject(new HubError('SHUTTING_DOWN', 'the relay is closed'));

    if (!isLogged(message)) {
      this.subscribers.deliver({ message, json });
      return Promise.resolve({ shared: true });
    }

    const known = this.ring.offsetOf(message.id);
    if (known !== undefined) return Promise.resolve({ offset: known, shared: true, keyWas: 'repeated' });

    const offset = this.nextOffset();
    const { epoch } = this;
    const delivery = { message: headingOf(message, offset), json: withOffset(json, offset), epoch };
    this.ring.append(message.id, offset, delivery);
    this.subscribers.deliver(delivery);

    return Promise.resolve({ offset, shared: true });
  }

  override send(connectionId: string, draft: MessageDraft): Promise<void> {
    this.subscribers.send(connectionId, JSON.stringify(draft));

    return Promise.resolve();
  }

  override subscribe(subscriber: Subscriber): () => void {
    return this.subscribers.add(subscriber);
  }

  override read({ since, epoch: asked, limit }: ReadOptions): Page {
    const { ring, epoch } = this;
    const { head } = ring;
    if (since === undefined) return { deliveries: ring.newest(limit), complete: true, head, epoch, ahead: [] };

    const isOurs = asked === undefined ? ring.hasGiven(since) : asked === epoch;
    const complete = isOurs && ring.reachesBackTo(since) && compareOffsets(since, head) <= 0;

    return { deliveries: ring.after(since, limit), complete, head, epoch, ahead: [] };
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
      this.lastCount = this.firstCount;
    } else {
      this.lastCount++;
    }

    return `${this.lastMs}-${this.lastCount}`;
  }
}
