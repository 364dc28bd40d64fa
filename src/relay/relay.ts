import type { Delivery, Heading, MessageDraft } from '../protocol/messages.js';
import type { Skipped } from './skipped.js';

/** A message that passed the door, with its JSON: it is serialised once, there. It has no `offset` yet. */
export interface Publication {
  readonly message: Heading;
  readonly json: string;
  /**
   * Set for a producer that may retry: the same key within two minutes, on any instance, is one message. The `id` of a
   * logged message is made from it and from the content.
   */
  readonly idempotencyKey?: string;
  /** Set beside it, made from both as well: a key that comes with another one is reused. For a logged message it is the `id`. */
  readonly fingerprint?: string;
  /** Set for what every instance has heard alike, from a bus: the first instance to publish it is the only one. */
  readonly heardByAll?: string;
}

/** What is known of a message when `publish` resolves. */
export interface Receipt {
  /** The position in the log; absent for messages that are not logged, or not in the log yet. */
  readonly offset?: string;
  /** Whether every instance has it or will get it from the log; `false` while it waits for Redis here. */
  readonly shared: boolean;
  /** Set where the `idempotencyKey` had come before: with this message, or with another one, so that this one went nowhere. */
  readonly keyWas?: 'repeated' | 'reused';
}

/** What is asked of the log. */
export interface ReadOptions {
  /** An offset. */
  readonly since?: string;
  /** The epoch that it is of, as far as known. */
  readonly epoch?: string;
  readonly limit: number;
}

/** A stretch of the log. */
export interface Page {
  /** In log order, oldest first. */
  readonly deliveries: readonly Delivery[];
  /** Whether nothing is missing between the asked offset and the first delivery. */
  readonly complete: boolean;
  /** The newest offset of the log, as far as known here; absent before the first contact with Redis. */
  readonly head?: string;
  /** The epoch of `head`; absent with it. */
  readonly epoch?: string;
  /**
   * Logged messages that were delivered here ahead of the log, in order, and have no offset yet. Who comes back while
   * Redis is away has not had them, and will not get them again once they have their place.
   */
  readonly ahead: readonly Delivery[];
}

/**
 * - `memory`: one instance, no Redis
 * - `shared`: in step with all instances
 * - `local-only`: Redis is away; what is published reaches the connections here, and waits for the others
 * - `catching-up`: Redis is back; reading what was missed, sending what waits
 */
export type RelayState = 'memory' | 'shared' | 'local-only' | 'catching-up';

/**
 * Whoever takes what the relay delivers to this instance. Neither method should throw; one that does loses that message, and
 * costs a line in the log.
 */
export interface Subscriber {
  /** One broadcast for all matching connections here. */
  onBroadcast(delivery: Delivery): void;
  /** One message for one connection. Returns whether that connection is here. */
  onSend(connectionId: string, json: string): boolean;
}

/** How many connections are open, over all instances. A port beside the relay, fulfilled by the same adapter. */
export abstract class Presence {
  /** Tells how many connections this instance has. Called on every change, so it must be cheap. */
  abstract report(connections: number): void;

  /** Open connections on all instances, as far as known here: exact for this one, some seconds old for others. */
  abstract total(): number;

  /** Open connections of the other instances, by their ids; some seconds old. */
  abstract others(): ReadonlyMap<string, number>;
}

/**
 * Carries messages between the instances of the hub, and keeps the log. The only part that knows whether there is one
 * instance or many. Every adapter keeps this contract, and a suite of tests that each is run against holds it:
 *
 * - **Order.** Logged messages reach each subscriber in log order, which is the same at every instance. Two calls of
 *   `publish` from one caller, one after the other, keep their order in the log. While Redis is away a message is
 *   delivered here ahead of the log: without an offset, and not again when it has one.
 * - **Once.** Each publication reaches each subscriber of each instance exactly once, the publisher's own included.
 *   Messages of the class `latest` may be skipped by other instances, but never come twice or late.
 * - **At once.** The subscribers of this instance have been called when `publish` resolves.
 * - **Log.** A logged message has an `offset` in the JSON it is delivered with. Offsets rise strictly in log order,
 *   also across restarts within one log. The log is bounded by count and bytes; the oldest go first.
 * - **Late comers.** A subscriber gets what is published from then on; the past is had by `read`. Since `read` answers
 *   at once, a caller that reads and then registers in the same turn of the event loop misses nothing.
 * - **Idempotent.** Publishing an `id` again changes nothing, and gives the receipt of the first time.
 */
export abstract class Relay {
  abstract readonly state: RelayState;

  /** Whether all instances get what is published here, now. */
  abstract readonly isInStep: boolean;

  /** Whether it has been in step once, or found out that it is alone. */
  abstract readonly isStarted: boolean;

  abstract readonly presence: Presence;

  /** What came from outside, by whatever way, and was delivered to nobody. */
  abstract readonly skipped: Skipped;

  /**
   * Brings one message to every instance. Resolves when it is in the log (logged) or on its way (latest).
   * @throws HubError `SHUTTING_DOWN` after `close`
   */
  abstract publish(publication: Publication): Promise<Receipt>;

  /** Brings one message to one connection, on whichever instance it is. Not logged; lost if the connection is gone. */
  abstract send(connectionId: string, draft: MessageDraft): Promise<void>;

  /** Calls the subscriber for each delivery from now on. Returns how to stop; stopping twice does nothing. */
  abstract subscribe(subscriber: Subscriber): () => void;

  /**
   * The logged messages after `since`, oldest first, `limit` at most; without `since`, the newest `limit`.
   * An offset that the log does not reach back to, or never gave out, makes the page not `complete`; so does one of an epoch
   * that it does not go on from. Without its epoch, the log must know the offset. Answered from memory: a thousand readers
   * are no load on Redis.
   */
  abstract read(options: ReadOptions): Page;

  /** Takes nothing more, lets what is under way arrive, and frees all resources. Calling it again does nothing. */
  abstract close(): Promise<void>;
}
