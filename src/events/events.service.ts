import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { keysThatFit } from '../config/heap-limits.js';
import { HubConfig } from '../config/hub-config.js';
import { HubError, invalidMessage, type Violation } from '../protocol/errors.js';
import {
  type Box,
  deliveryClassOf,
  type EventType,
  headingOf,
  type HubMessage,
  type JsonObject,
  type LogFields,
  type MessageDraft,
  type MessageKind,
  messageKindOf,
  type OverlayType,
} from '../protocol/messages.js';
import { type CheckedMessage, checkMessage } from '../protocol/checked-message.js';
import { MAX_IDEMPOTENCY_KEYS } from '../protocol/limits.js';
import { boxRule, confidenceRule, dataRule, idempotencyKeyRule, nameRule, timestampRule } from '../protocol/rules.js';
import { Presence, type Publication, Relay } from '../relay/relay.js';
import type { SkipReason } from '../relay/skipped.js';
import { RecentKeys } from './recent-keys.js';

/** How long a repeated `Idempotency-Key` is the same message, in ms. */
const IDEMPOTENCY_MS = 120_000;

/** How often a shutdown looks whether all that was let in is delivered, in ms. */
const DRAIN_POLL_MS = 10;

/** What a broadcast gives back. */
export interface BroadcastResult {
  /** The id of a logged message; messages of the class `latest` have none. */
  id?: string;
  type: string;
  /** Connections open when it was broadcast, over all instances. */
  connections: number;
  /** Whether all instances have it, or will get it from the log; `false` while it waits for Redis at this one. */
  shared: boolean;
  /** Set where the idempotency key had come before, with the same message: it was not broadcast again. */
  replayed?: true;
}

export interface BroadcastOptions {
  /** Where the message is from; goes on the wire as the field of that name. */
  source?: string;
  /**
   * The same key within two minutes, on any instance, is one message with one `id`: 1 to 255 characters. With another
   * message it is refused.
   */
  idempotencyKey?: string;
  /** What all instances have heard alike, from a bus: the first to broadcast it is the only one. */
  heardByAll?: string;
}

/** What is known of a key. */
interface Answer {
  /** Of the key and the message it came with. */
  readonly fingerprint: string;
  readonly result: Promise<BroadcastResult>;
}

/** For what has a time of arrival in it. */
interface Retriable {
  /** What a retry has in common with the first try, where that is not the message. */
  content?: object;
}

export interface ActionOptions extends BroadcastOptions {
  /** 0..1 */
  confidence: number;
  metadata?: JsonObject;
  /** When the dog did it, ISO 8601; now, in UTC, where absent. */
  timestamp?: string;
}

export interface DogDetection extends BroadcastOptions {
  box: Box;
  /** 0..1 */
  confidence: number;
}

/**
 * The one door: every message enters the hub here, over HTTP, from another service or by injection. It validates,
 * stamps and publishes. All methods reject with a `HubError`: `INVALID_MESSAGE` with the broken rules,
 * `MESSAGE_TOO_LARGE` over `MAX_MESSAGE_BYTES`, `IDEMPOTENCY_KEY_REUSED`, `SHUTTING_DOWN` when the hub stops. What is
 * rejected reaches nobody.
 */
@Injectable()
export class EventsService {
  private readonly answers = new RecentKeys<Answer>(IDEMPOTENCY_MS, keysThatFit(MAX_IDEMPOTENCY_KEYS));
  /** Messages published at this instance since the start. */
  readonly published: Record<MessageKind, number> = { event: 0, overlay: 0, telemetry: 0, custom: 0 };
  /** Messages that were let in and are not delivered yet. */
  private underWay = 0;
  private closed = false;

  constructor(
    private readonly relay: Relay,
    private readonly presence: Presence,
    private readonly config: HubConfig,
  ) {}

  /** Broadcasts an event with this `data`, unchanged. */
  broadcastEvent(
    eventType: EventType,
    data: JsonObject,
    options: BroadcastOptions & Retriable = {},
  ): Promise<BroadcastResult> {
    return this.broadcast({ type: 'event', event_type: eventType, data }, options);
  }

  /** Broadcasts what the dog did: an event whose `data` is `{timestamp, confidence, metadata}`, timestamp in UTC. */
  async broadcastAction(action: EventType, options: ActionOptions): Promise<BroadcastResult> {
    const { confidence, ...rest } = options;
    const metadata = options.metadata ?? {};
    const timestamp = options.timestamp ?? new Date().toISOString();
    refuse(
      nameRule('action', action),
      confidenceRule('confidence', confidence),
      dataRule('metadata', metadata),
      timestampRule('timestamp', timestamp),
    );

    // A retry has the same key and a later time of arrival.
    const content = { action, confidence, metadata, timestamp: options.timestamp, source: options.source };
    return this.broadcastEvent(action, { timestamp, confidence, metadata }, { ...rest, content });
  }

  /** Broadcasts the event `dog_detected` whose `data` is `{timestamp, box, confidence}`. */
  async broadcastDogDetection(detection: DogDetection): Promise<BroadcastResult> {
    const { box, confidence, ...rest } = detection;
    refuse(boxRule('box', box), confidenceRule('confidence', confidence));
    const timestamp = new Date().toISOString();

    return this.broadcastEvent('dog_detected', { timestamp, box, confidence }, { ...rest, content: detection });
  }

  /** Broadcasts what to draw over the video. The newest of each `overlayType` and `source` wins. */
  broadcastOverlayUpdate(
    overlayType: OverlayType,
    data: JsonObject,
    options: BroadcastOptions = {},
  ): Promise<BroadcastResult> {
    return this.broadcast({ type: 'overlay', overlay_type: overlayType, data }, options);
  }

  /** Broadcasts readings of the detector. The newest of each `source` wins. */
  broadcastTelemetry(data: JsonObject, options: BroadcastOptions = {}): Promise<BroadcastResult> {
    return this.broadcast({ type: 'telemetry', data }, options);
  }

  /** Broadcasts any message, also one of a type of your own, `{"type":"custom","data":{…}}`; that is logged like an event. */
  async broadcast(draft: MessageDraft, options: BroadcastOptions & Retriable = {}): Promise<BroadcastResult> {
    const { source } = options;

    this.refuseWhenClosed();
    return this.broadcastChecked(checkMessage(source === undefined ? draft : { ...draft, source }), options);
  }

  /**
   * The same for a message that keeps all rules, such as the body of a route by the decorators of its DTO: it is not checked a
   * second time. It goes out as it is, and gets its `id`.
   */
  async broadcastChecked(
    message: CheckedMessage,
    options: Omit<BroadcastOptions, 'source'> & Retriable,
  ): Promise<BroadcastResult> {
    this.refuseWhenClosed();
    const { idempotencyKey: key, heardByAll, content = message } = options;
    if (key === undefined) return this.publish(message, randomUUID(), heardByAll === undefined ? {} : { heardByAll });

    refuse(idempotencyKeyRule('Idempotency-Key', key));
    const fingerprint = idFrom(key, JSON.stringify(content));
    const known = this.answers.get(key);
    if (known && known.fingerprint !== fingerprint) throw keyReused();
    if (known) return { ...(await known.result), replayed: true };

    const result = this.publish(message, fingerprint, { idempotencyKey: key, fingerprint });
    this.answers.set(key, { fingerprint, result });
    result.catch(() => this.answers.delete(key));

    return result;
  }

  /**
   * Sends a message to one connection only, on whichever instance it is. It is not logged: if the connection is gone,
   * so is the message.
   */
  async sendPersonalMessage(connectionId: string, draft: MessageDraft): Promise<void> {
    this.refuseWhenClosed();
    const message = checkMessage(draft);
    this.encoded(message);
    this.underWay++;
    try {
      await this.relay.send(connectionId, message);
    } finally {
      this.underWay--;
    }
  }

  /** Something came by a bus that is no message: counted, told now and then, and delivered to nobody. */
  skip(reason: SkipReason, detail: string): void {
    this.relay.skipped.add(reason, detail);
  }

  /** Open connections, over all instances. */
  connectionCount(): number {
    return this.presence.total();
  }

  /** Lets nothing more in, and waits until what was let in is delivered, or for the deadline, in ms of `performance.now`. */
  async close(deadline = Infinity): Promise<void> {
    this.closed = true;
    while (this.underWay > 0 && performance.now() < deadline) await delay(DRAIN_POLL_MS);
  }

  private refuseWhenClosed(): void {
    if (this.closed) throw new HubError('SHUTTING_DOWN', 'the hub is shutting down');
  }

  private async publish(
    draft: CheckedMessage,
    id: string,
    options: Omit<Publication, 'message' | 'json'>,
  ): Promise<BroadcastResult> {
    const isLogged = deliveryClassOf(draft.type) === 'logged';
    // The rules have shown that the draft has this shape, and it is our own copy.
    const message = draft as HubMessage;
    if (isLogged) (message as LogFields).id = id;
    const json = this.encoded(message);
    this.underWay++;
    try {
      const { shared, keyWas } = await this.relay.publish({ message: headingOf(message), json, ...options });
      if (keyWas === 'reused') throw keyReused();
      if (keyWas === undefined) this.published[messageKindOf(draft.type)]++;
      const isReplayed = keyWas === 'repeated' && options.idempotencyKey !== undefined;
      const result = {
        type: message.type,
        connections: this.connectionCount(),
        shared,
        ...(isReplayed && { replayed: true as const }),
      };

      return isLogged ? { id, ...result } : result;
    } finally {
      this.underWay--;
    }
  }

  private encoded(message: object): string {
    const json = JSON.stringify(message);
    const limit = this.config.maxMessageBytes;
    // The length in bytes is counted only where the length in characters leaves it open.
    if (json.length * 3 > limit && Buffer.byteLength(json) > limit) {
      throw new HubError('MESSAGE_TOO_LARGE', `message must be at most ${limit} bytes of JSON`);
    }

    return json;
  }
}

function refuse(...found: (Violation | undefined)[]): void {
  const violations = found.filter((violation) => violation !== undefined);
  if (violations.length > 0) throw invalidMessage(violations);
}

function keyReused(): HubError {
  const message = 'Idempotency-Key was used for another message within the last two minutes';

  return new HubError('IDEMPOTENCY_KEY_REUSED', message);
}

/**
 * The same id for the same key and content on every instance, in the form of a UUID of version 8. Source: RFC 9562
 * section 5.8.
 */
function idFrom(key: string, content: string): string {
  const hex = createHash('sha256').update(`${key}\n${content}`).digest('hex');

  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
