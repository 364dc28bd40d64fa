import { Logger } from '@nestjs/common';
import type { Delivery } from '../../protocol/messages.js';
import type { RedisLog } from './redis-log.js';
import type { LogMirror } from './log-mirror.js';
import { type LoggedPublication, Outbox, type Waiting } from './outbox.js';
import type { Receipt } from '../relay.js';

/** How many messages of the outbox are sent before their answers are waited for. */
const FLUSH_BATCH = 200;

export interface WriterHandlers {
  /** Brings a message to the connections here. */
  deliver(delivery: Delivery): void;
  /** Redis did not bring a message back in time. */
  onLate(): void;
  /** The log is not the one this instance knows. */
  onBehind(reason: string): void;
  /** Redis did not take a message, or is gone. */
  onFailed(error: unknown): void;
}

/**
 * Brings logged messages into the log, and sees that each is delivered here: out of the log where that comes in time,
 * ahead of it where not. Keeps each until it has come back from the log.
 */
export class LogWriter {
  private readonly log = new Logger('Relay');
  private readonly outbox: Outbox;
  private readonly deadlineMs: number;
  private timer: NodeJS.Timeout | undefined;
  /** Whether Redis was late, and nothing has come back since. */
  private isSuspect = false;
  /** The log, while messages go there at once. */
  private redis: RedisLog | undefined;

  constructor(
    options: { shareDeadlineMs: number; outboxSize: number; outboxBytes: number },
    private readonly mirror: LogMirror,
    private readonly handlers: WriterHandlers,
  ) {
    this.deadlineMs = options.shareDeadlineMs;
    this.outbox = new Outbox(options.outboxSize, options.outboxBytes);
  }

  /** Whether something was sent, or is to be sent, of which Redis has not said that it is in the log. */
  get isWaiting(): boolean {
    return this.outbox.notInLog(1).length > 0;
  }

  /** What was delivered here and has no place in the log yet. */
  get ahead(): Delivery[] {
    return Array.from(this.outbox, (waiting) => (waiting.isDelivered ? [waiting.publication] : [])).flat();
  }

  publish(publication: LoggedPublication, channel: string): Promise<Receipt> {
    const { id } = publication.message;
    const offset = this.mirror.offsetOf(id);
    if (offset !== undefined) return Promise.resolve({ offset, shared: true, keyWas: 'repeated' });
    const before = this.outbox.get(id);
    if (before) return before.receipt;

    let answer: (receipt: Receipt) => void = () => undefined;
    const receipt = new Promise<Receipt>((resolve) => (answer = resolve));
    const deadline = performance.now() + this.deadlineMs;
    const waiting = { publication, channel, deadline, receipt, answer, isDelivered: false, isInLog: false };
    this.makeRoom(this.outbox.add(waiting));

    if (this.redis) {
      // It stays in the outbox until this instance has joined anew.
      this.append(this.redis, waiting).catch((error: unknown) => this.handlers.onFailed(error));
      if (this.isSuspect) this.deliverNow();
      else this.armDeadline();
    } else {
      this.deliverNow();
    }

    return receipt;
  }

  /** The log has this message: it is answered, and needs no more. Returns whether it was delivered here before. */
  entered(id: string, offset: string): boolean {
    this.isSuspect = false;
    const waiting = this.outbox.remove(id);
    waiting?.answer({ offset, shared: true, ...(waiting.isRepeat && { keyWas: 'repeated' }) });

    return waiting?.isDelivered ?? false;
  }

  /** Sends what waits, in order, then lets messages go at once; stops where the log turns out to be another. */
  async open(redis: RedisLog): Promise<void> {
    this.forgetAnswers();

    // The first one goes alone: a Redis that refuses it is not sent the others.
    for (let size = 1; ; size = FLUSH_BATCH) {
      const batch = this.outbox.notInLog(size);
      if (batch.length === 0) break;
      await Promise.all(batch.map((waiting) => this.append(redis, waiting)));
      if (!this.mirror.isFollowing) return;
    }

    this.redis = redis;
  }

  /** From now on messages wait here, and are delivered here at once. */
  shut(): void {
    this.redis = undefined;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.forgetAnswers();
    this.deliverNow();
  }

  /**
   * What Redis said holds for as long as it lives: one that took a message and died before the message came back may have
   * brought it to nobody. Sending it again does no harm.
   */
  private forgetAnswers(): void {
    for (const waiting of this.outbox) waiting.isInLog = false;
  }

  private async append(redis: RedisLog, { publication, channel }: Waiting, isKeyed = true): Promise<void> {
    const { message, json, idempotencyKey, heardByAll } = publication;
    const { id } = message;
    const [outcome, offset = ''] = await redis.append(this.mirror.currentToken, {
      id,
      json,
      channel,
      ...(idempotencyKey !== undefined && isKeyed && { idempotencyKey }),
      ...(heardByAll !== undefined && { heardByAll }),
    });
    if (outcome === 'moved') {
      this.handlers.onBehind('the log is a new one');
      return;
    }

    const waiting = this.outbox.get(id);
    if (outcome === 'reused') {
      // What was accepted before Redis could say so is an event all the same.
      if (waiting?.isDelivered) return this.append(redis, waiting, false);
      this.outbox.remove(id)?.answer({ shared: false, keyWas: 'reused' });
      return;
    }
    if (waiting) {
      waiting.isInLog = true;
      waiting.isRepeat = outcome === 'known' && !waiting.isDelivered && idempotencyKey !== undefined;
    }
    // Nothing comes on the channel for these, so they are answered here.
    if (outcome === 'heard' || (outcome === 'known' && this.mirror.hasPassed(offset))) {
      this.outbox.remove(id)?.answer({ shared: true, ...(waiting?.isRepeat && { keyWas: 'repeated' }) });
    }
  }

  /** Delivers ahead of the log, and without an offset, all whose deadline is over. */
  private deliverUntil(now: number): boolean {
    let isLate = false;

    for (const waiting of this.outbox) {
      // What all instances heard is delivered out of the log only: each has its own id for it until then.
      if (waiting.isDelivered || waiting.publication.heardByAll !== undefined) continue;
      if (waiting.deadline > now) break;

      isLate = true;
      waiting.isDelivered = true;
      this.handlers.deliver(waiting.publication);
      waiting.answer({ shared: waiting.isInLog });
    }

    return isLate;
  }

  private deliverNow(): void {
    this.deliverUntil(Infinity);
  }

  /** One timer for all that wait: what was published first is due first. */
  private armDeadline(): void {
    if (this.timer || this.outbox.size === 0) return;

    const due = (this.firstWaiting()?.deadline ?? performance.now() + this.deadlineMs) - performance.now();
    this.timer = setTimeout(() => {
      // What has come back already, while this process was busy, is read before the answer is no.
      setImmediate(() => {
        this.timer = undefined;
        if (this.deliverUntil(performance.now())) this.suspect();
        if (this.redis) this.armDeadline();
      });
    }, due);
  }

  private firstWaiting(): Waiting | undefined {
    for (const waiting of this.outbox) {
      if (!waiting.isDelivered && waiting.publication.heardByAll === undefined) return waiting;
    }

    return undefined;
  }

  /** Nobody waits for a Redis that was late until it brings something back. */
  private suspect(): void {
    this.isSuspect = true;
    this.deliverNow();
    this.handlers.onLate();
  }

  private makeRoom(gone: readonly Waiting[]): void {
    for (const waiting of gone) {
      if (!waiting.isDelivered) this.handlers.deliver(waiting.publication);
      waiting.answer({ shared: waiting.isInLog });
    }

    const { dropped } = this.outbox;
    if (gone.length > 0 && (dropped === gone.length || dropped % 1_000 === 0)) {
      this.log.error(`outbox is full: ${dropped} events will not reach the other instances`);
    }
  }
}
