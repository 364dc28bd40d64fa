import { createHash, randomUUID } from 'node:crypto';
import { type Delivery, type HubMessage, isLogged, type MessageDraft } from '../../protocol/messages.js';
import { EPOCH } from '../../protocol/offset.js';
import { isJsonObject } from '../../protocol/rules.js';
import { checkIncoming, parseIncoming } from '../incoming.js';
import type { Skipped } from '../skipped.js';
import { type LatestArrival, type LoggedArrival, readArrival } from './channel.js';
import type { RedisClock } from './redis-clock.js';
import type { LogMirror } from './log-mirror.js';
import type { LoggedPublication } from './outbox.js';

/** A state that is older than this was held up, in a frozen Redis or a stopped process: a newer one is on its way, in ms. */
const STALE_MS = 1_000;

/** How far the clock that a state was sent by may be ahead of what this instance knows of it, in ms. */
const MAX_AHEAD_MS = 5_000;

/** Most characters that a message of a hub has on the channel beside the message. */
const MAX_ENVELOPE = 400;

const CONNECTION_ID = /^[\w-]{1,64}$/;

export interface Channels {
  /** Where clients of the guide, in any language, publish and listen. */
  readonly events: string;
  /** What others published on `events`, with its place in the log: they have heard it already. */
  readonly adopted: string;
  /** Personal messages. */
  readonly sends: string;
  /** The name of an epoch that begins. */
  readonly epochs: string;
}

export interface InboxHandlers {
  onLatest(delivery: Delivery): void;
  /** A logged message of a publisher that knows only the guide; all instances have heard it. */
  onForeign(publication: LoggedPublication): void;
  onSend(connectionId: string, json: string): void;
  /** Something is missing here that is in the log. */
  onBehind(reason: string): void;
  /** Somebody says that another epoch has begun: the log knows whether that is so. */
  onEpoch(): void;
}

/** Sorts what comes in on the channels; what is not valid reaches nobody, and is counted. */
export class RedisInbox {
  constructor(
    private readonly options: { channels: Channels; origin: string; maxMessageBytes: number },
    private readonly mirror: LogMirror,
    private readonly clock: RedisClock,
    private readonly skipped: Skipped,
    private readonly handlers: InboxHandlers,
  ) {}

  handle(channel: string, text: string): void {
    const { channels, maxMessageBytes } = this.options;
    if (text.length > maxMessageBytes + MAX_ENVELOPE) {
      this.skipped.add('size', `${text.length} characters on ${channel}`);
      return;
    }

    if (channel === channels.sends) this.handleSend(text);
    else if (channel === channels.epochs) this.handleEpoch(text);
    else this.handleMessage(text);
  }

  private handleEpoch(name: string): void {
    if (!EPOCH.test(name)) this.skipped.add('record', `an epoch named ${name}`);
    else if (name !== this.mirror.epoch) this.handlers.onEpoch();
  }

  private handleMessage(text: string): void {
    const arrival = readArrival(text);

    switch (arrival.kind) {
      case 'logged':
        this.handleLogged(arrival);
        return;
      case 'latest':
        this.handleLatest(arrival);
        return;
      case 'foreign':
        this.handleForeign(text);
    }
  }

  private handleLogged(arrival: LoggedArrival): void {
    const { epoch, offset } = arrival;

    // Of another epoch: either this instance is about to learn of it, or it is of a log in another database.
    if (epoch !== this.mirror.epoch) this.skipped.add('other_log', epoch);
    else if (!this.mirror.isOwn(arrival)) this.skipped.add('forged', `a message at ${offset} that no hub has signed`);
    else if (this.mirror.isFuture(offset)) this.skipped.add('future', `a message at ${offset}`);
    else if (!this.mirror.follow(arrival)) this.handlers.onBehind('missed a message on the channel');
  }

  private handleLatest({ json, origin, at, epoch }: LatestArrival): void {
    if (epoch !== undefined && epoch !== this.mirror.epoch) {
      this.skipped.add('other_log', epoch);
      return;
    }
    // As long as the time is not known, this instance is not in step yet, and anything may be old.
    const now = this.clock.now() ?? Infinity;
    if (origin === this.options.origin || now - at > STALE_MS) return;
    if (at - now > MAX_AHEAD_MS) {
      this.skipped.add('future', `a state of ${origin}, sent at ${at}`);
      return;
    }

    const draft = this.read(json);
    if (draft && !isLogged(draft)) this.deliver(draft);
  }

  private handleForeign(text: string): void {
    const draft = this.read(text);
    if (!draft) return;

    if (!isLogged(draft)) {
      this.deliver(draft);
      return;
    }
    const message = { ...draft, id: randomUUID() } as LoggedPublication['message'];
    const heardByAll = createHash('sha1').update(text).digest('hex');
    this.handlers.onForeign({ message, json: JSON.stringify(message), heardByAll });
  }

  private handleSend(text: string): void {
    const { to, message } = (parsed(text) ?? {}) as { to?: unknown; message?: unknown };
    if (typeof to !== 'string' || !CONNECTION_ID.test(to) || !isJsonObject(message)) {
      this.skipped.add('json', 'not a personal message');
      return;
    }

    const incoming = checkIncoming(message);
    if ('reason' in incoming) this.skipped.add(incoming.reason, `a personal message: ${incoming.detail}`);
    else this.handlers.onSend(to, JSON.stringify(incoming.draft));
  }

  /** What goes out is written anew: known fields only, and nothing but JSON. */
  private deliver(draft: MessageDraft): void {
    this.handlers.onLatest({ message: draft as unknown as HubMessage, json: JSON.stringify(draft) });
  }

  private read(text: string): MessageDraft | undefined {
    const incoming = parseIncoming(text, this.options.maxMessageBytes);
    if ('reason' in incoming) return this.skipped.add(incoming.reason, `on the channel: ${incoming.detail}`);

    return incoming.draft;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
