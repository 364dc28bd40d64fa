import { createHash, randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { type Delivery, type HubMessage, isLogged, type MessageDraft, pickMessage } from '../../protocol/messages.js';
import { isJsonObject, messageViolations } from '../../protocol/rules.js';
import { readArrival } from './channel.js';
import type { RedisClock } from './redis-clock.js';
import type { LogMirror } from './log-mirror.js';
import type { LoggedPublication } from './outbox.js';

/** How often at most the log tells of rubbish on the channel, in ms. */
const RUBBISH_LOG_MS = 60_000;

/** A state that is older than this was held up, in a frozen Redis or a stopped process: a newer one is on its way, in ms. */
const STALE_MS = 1_000;

export interface Channels {
  /** Where clients of the guide, in any language, publish and listen. */
  readonly events: string;
  /** What others published on `events`, with its place in the log: they have heard it already. */
  readonly adopted: string;
  /** Personal messages. */
  readonly sends: string;
  /** The life of a log that begins. */
  readonly lives: string;
}

export interface InboxHandlers {
  onLatest(delivery: Delivery): void;
  /** A logged message of a publisher that knows only the guide; all instances have heard it. */
  onForeign(publication: LoggedPublication): void;
  onSend(connectionId: string, json: string): void;
  /** Something is missing here that is in the log. */
  onBehind(reason: string): void;
}

/** Sorts what comes in on the channels; what is not valid reaches nobody, and is counted. */
export class RedisInbox {
  private readonly log = new Logger('Relay');
  private rubbish = 0;
  private rubbishToldAt = -Infinity;

  constructor(
    private readonly options: { channels: Channels; origin: string; maxMessageBytes: number },
    private readonly mirror: LogMirror,
    private readonly clock: RedisClock,
    private readonly handlers: InboxHandlers,
  ) {}

  handle(channel: string, text: string): void {
    const { sends, lives } = this.options.channels;

    if (channel === sends) this.handleSend(text);
    else if (channel === lives) this.handleLife(text);
    else this.handleMessage(text);
  }

  private handleLife(life: string): void {
    if (life !== this.mirror.currentLife) this.handlers.onBehind('the log is a new one');
  }

  private handleMessage(text: string): void {
    const arrival = readArrival(text);

    switch (arrival.kind) {
      case 'logged': {
        const { json, offset, prev, life } = arrival;
        // Of another life: either this instance is about to learn of it, or somebody made it up.
        if (life !== this.mirror.currentLife) return;
        if (!this.mirror.follow(json, offset, prev)) this.handlers.onBehind('missed a message on the channel');
        return;
      }
      case 'latest':
        this.handleLatest(arrival);
        return;
      case 'foreign':
        this.handleForeign(text);
    }
  }

  private handleLatest({ json, origin, at }: { json: string; origin: string; at: number }): void {
    // As long as the time is not known, this instance is not in step yet, and anything may be old.
    const now = this.clock.now() ?? Infinity;
    if (origin === this.options.origin || now - at > STALE_MS) return;

    const draft = this.validated(json);
    if (draft && !isLogged(draft)) this.handlers.onLatest({ message: draft as unknown as HubMessage, json });
  }

  private handleForeign(text: string): void {
    const draft = this.validated(text);
    if (!draft) return;

    const picked = pickMessage(draft);
    if (!isLogged(draft)) {
      this.handlers.onLatest({ message: picked as unknown as HubMessage, json: JSON.stringify(picked) });
      return;
    }
    const message = { ...picked, id: randomUUID() } as LoggedPublication['message'];
    const heardByAll = createHash('sha1').update(text).digest('hex');
    this.handlers.onForeign({ message, json: JSON.stringify(message), heardByAll });
  }

  private handleSend(text: string): void {
    const { to, message } = (parsed(text) ?? {}) as { to?: unknown; message?: unknown };
    if (typeof to !== 'string' || !isJsonObject(message)) {
      this.ignore('not a personal message');
      return;
    }

    const draft = this.valid(message);
    if (draft) this.handlers.onSend(to, JSON.stringify(pickMessage(draft)));
  }

  private validated(text: string): MessageDraft | undefined {
    if (text.length > this.options.maxMessageBytes) return this.ignore('too large');

    return this.valid(parsed(text));
  }

  private valid(value: unknown): MessageDraft | undefined {
    if (!isJsonObject(value)) return this.ignore('not a JSON object');

    const draft = value as unknown as MessageDraft;
    const [violation] = messageViolations(draft);

    return violation ? this.ignore(violation.message) : draft;
  }

  private ignore(reason: string): undefined {
    this.rubbish++;
    if (performance.now() - this.rubbishToldAt < RUBBISH_LOG_MS) return;

    this.rubbishToldAt = performance.now();
    this.log.warn(`ignored ${this.rubbish} messages on the channel so far; the last one: ${reason}`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
