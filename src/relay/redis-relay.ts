import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { HubConfig } from '../config/hub-config.js';
import { HubError } from '../protocol/errors.js';
import { type HubMessage, isLogged, type MessageDraft, pickMessage } from '../protocol/messages.js';
import { isJsonObject, messageViolations } from '../protocol/rules.js';
import { readArrival, StaleGuard, withOrigin } from './redis-channel.js';
import type { RedisClient } from './redis-client.js';
import { RedisLink } from './redis-link.js';
import { RedisLog } from './redis-log.js';
import { LogMirror } from './redis-mirror.js';
import { Outbox, type Waiting } from './redis-outbox.js';
import {
  type Delivery,
  type Page,
  Presence,
  type Publication,
  type Receipt,
  Relay,
  type RelayState,
  type Subscriber,
} from './relay.js';

/** Most overlays and readings that Redis has not taken yet; what comes on top is for the connections here only. */
const MAX_LATEST_UNDER_WAY = 64;

/** How many messages of the outbox are sent before their answers are waited for. */
const FLUSH_BATCH = 200;

/** How long the start waits for Redis, and the end for what is on its way into the log, in ms. */
const OPEN_MS = 1_500;
const CLOSE_MS = 1_000;

/** How often at most the log tells of rubbish on the channel, in ms. */
const RUBBISH_LOG_MS = 60_000;

/** The relay over Redis: a stream is the log, pub/sub makes it fast. See `docs/reliability.md`. */
export class RedisRelay extends Relay {
  readonly presence = new RedisPresence();
  private current: RelayState = 'local-only';
  private readonly log = new Logger('Relay');
  private readonly origin = randomUUID().slice(0, 8);
  private readonly channels: { events: string; adopted: string; sends: string; lives: string };
  private readonly subscribers = new Set<Subscriber>();
  private readonly mirror: LogMirror;
  private readonly outbox: Outbox;
  private readonly stale = new StaleGuard();
  private readonly link: RedisLink;
  private redis: { commands: RedisClient; log: RedisLog } | undefined;
  private deadlineTimer: NodeJS.Timeout | undefined;
  private latestUnderWay = 0;
  private rubbish = 0;
  private rubbishToldAt = -Infinity;
  private closed = false;
  private wakeOpener: () => void = () => undefined;

  /** Use `open`. */
  constructor(private readonly config: HubConfig) {
    super();
    const { redisPrefix: prefix, outboxSize, outboxBytes } = config;
    this.channels = {
      events: `${prefix}:events`,
      adopted: `${prefix}:adopted`,
      sends: `${prefix}:sends`,
      lives: `${prefix}:lives`,
    };
    this.outbox = new Outbox(outboxSize, outboxBytes);
    this.mirror = new LogMirror(config, this.channels, (id, delivery, isKnown) => this.enter(id, delivery, isKnown));
    this.link = new RedisLink(config, Object.values(this.channels), {
      onUp: (commands) => this.handleUp(commands),
      onDown: (reason) => this.handleDown(reason),
      onMessage: (channel, text) => this.handleMessage(channel, text),
      probe: (_commands, channel, nonce) => this.probe(channel, nonce),
    });
  }

  /** Starts, and waits a moment for Redis; without it the relay begins alone. */
  static async open(config: HubConfig): Promise<RedisRelay> {
    const relay = new RedisRelay(config);
    const settled = new Promise<void>((resolve) => (relay.wakeOpener = resolve));
    void relay.link.run();
    await Promise.race([settled, delay(OPEN_MS, undefined, { ref: false })]);

    return relay;
  }

  override get state(): RelayState {
    return this.current;
  }

  override async publish(publication: Publication): Promise<Receipt> {
    if (this.closed) throw new HubError('SHUTTING_DOWN', 'the relay is closed');
    const { message } = publication;
    if (!isLogged(message)) return this.publishLatest(publication);

    return this.publishLogged({ ...publication, message }, this.channels.events);
  }

  override async send(connectionId: string, draft: MessageDraft): Promise<void> {
    const json = JSON.stringify(draft);
    const isHere = [...this.subscribers].some((subscriber) => subscriber.onSend(connectionId, json));
    if (isHere || !this.redis) return;

    const envelope = JSON.stringify({ to: connectionId, message: draft });
    await this.redis.commands.publish(this.channels.sends, envelope).catch(() => undefined);
  }

  override subscribe(subscriber: Subscriber): () => void {
    this.subscribers.add(subscriber);

    return () => this.subscribers.delete(subscriber);
  }

  override read(options: { since?: string; limit: number }): Page {
    return this.mirror.read(options);
  }

  override async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;

    const deadline = performance.now() + CLOSE_MS;
    while (this.current === 'shared' && this.outbox.notInLog(1).length > 0 && performance.now() < deadline) {
      await delay(10);
    }
    await Promise.race([this.redis?.log.leave().catch(() => undefined), delay(CLOSE_MS, undefined, { ref: false })]);
    this.link.close();
    this.deliverWaiting(Infinity);
    clearTimeout(this.deadlineTimer);
    this.subscribers.clear();
  }

  // Publishing

  private publishLogged(publication: Waiting['publication'], channel: string): Promise<Receipt> {
    const { id } = publication.message;
    const offset = this.mirror.offsetOf(id);
    if (offset !== undefined) return Promise.resolve({ offset, shared: true });
    const before = this.outbox.get(id);
    if (before) return before.receipt;

    let answer: (receipt: Receipt) => void = () => undefined;
    const receipt = new Promise<Receipt>((resolve) => (answer = resolve));
    const deadline = performance.now() + this.config.shareDeadlineMs;
    const waiting = { publication, channel, deadline, receipt, answer, isDelivered: false, isInLog: false };
    this.makeRoom(this.outbox.add(waiting));

    if (this.current === 'shared') void this.append(waiting);
    // What waits is delivered in the order it was published, so this one's turn comes with or after the others'.
    else this.deliverWaiting(Infinity);
    this.armDeadline();

    return receipt;
  }

  /** Sends one message to the log. Returns `false` when the log is not the one this instance knows. */
  private async append({ publication, channel }: Waiting): Promise<boolean> {
    const { message, json, idempotencyKey, heardByAll } = publication;
    const { id } = message;
    const append = {
      id,
      json,
      channel,
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(heardByAll !== undefined && { heardByAll }),
    };

    try {
      const [outcome, offset = ''] = (await this.redis?.log.append(this.mirror.currentLife, append)) ?? ['moved'];
      if (outcome === 'moved') return this.fallBehind('the log is a new one');

      const waiting = this.outbox.get(id);
      if (waiting) waiting.isInLog = true;
      // Nothing comes on the channel for these, so they are answered here.
      if (outcome === 'heard' || (outcome === 'known' && this.mirror.hasPassed(offset))) {
        this.outbox.remove(id)?.answer({ shared: true });
      }
      return true;
    } catch {
      // The link is lost, which is told elsewhere; whether Redis took it is found out when it is back.
      return false;
    }
  }

  private async publishLatest({ message, json, idempotencyKey, heardByAll }: Publication): Promise<Receipt> {
    if (idempotencyKey !== undefined && this.redis && this.current === 'shared') {
      const claim = this.redis.log.claim(idempotencyKey).catch(() => true);
      if (!(await Promise.race([claim, delay(this.config.shareDeadlineMs, true)]))) return { shared: true };
    }

    this.deliver({ message, json });
    if (heardByAll !== undefined) return { shared: true };
    if (this.redis && this.latestUnderWay < MAX_LATEST_UNDER_WAY) {
      this.latestUnderWay++;
      this.redis.commands
        .publish(this.channels.events, withOrigin(json, this.origin, monotonicNow()))
        .catch(() => undefined)
        .finally(() => this.latestUnderWay--);
    }

    return { shared: this.current === 'shared' };
  }

  // Delivering

  private deliver(delivery: Delivery): void {
    for (const subscriber of this.subscribers) subscriber.onBroadcast(delivery);
  }

  /** A message has its place in the log. */
  private enter(id: string, delivery: Delivery, isKnown: boolean): void {
    const waiting = this.outbox.remove(id);
    if (!isKnown && !waiting?.isDelivered) this.deliver(delivery);

    const { offset } = delivery.message as { offset?: string };
    waiting?.answer({ ...(offset !== undefined && { offset }), shared: true });
  }

  /** Delivers, here and without an offset, what Redis had until `now` to bring. */
  private deliverWaiting(now: number): void {
    for (const waiting of this.outbox) {
      if (waiting.isDelivered || waiting.publication.heardByAll !== undefined) continue;
      if (waiting.deadline > now) return;

      waiting.isDelivered = true;
      this.deliver(waiting.publication);
      waiting.answer({ shared: waiting.isInLog });
    }
  }

  /** One timer for all that wait: the first in line has the first deadline. */
  private armDeadline(): void {
    if (this.deadlineTimer || this.current !== 'shared') return;

    this.deadlineTimer = setTimeout(() => {
      this.deadlineTimer = undefined;
      const before = performance.now();
      const isLate = [...this.outbox].some(({ isDelivered, deadline }) => !isDelivered && deadline <= before);
      this.deliverWaiting(before);
      if (isLate) this.link.probeNow();
      if (this.outbox.size > 0) this.armDeadline();
    }, this.config.shareDeadlineMs / 4);
  }

  private makeRoom(gone: readonly Waiting[]): void {
    if (gone.length === 0) return;

    for (const waiting of gone) {
      if (!waiting.isDelivered) this.deliver(waiting.publication);
      waiting.answer({ shared: waiting.isInLog });
    }
    if (this.outbox.dropped === gone.length || this.outbox.dropped % 1_000 === 0) {
      this.log.error(`outbox is full: ${this.outbox.dropped} events will not reach the other instances`);
    }
  }

  // The link

  private handleUp(commands: RedisClient): void {
    const { redisPrefix: prefix, historySize: maxLength } = this.config;
    const redis = { commands, log: new RedisLog(commands, { prefix, maxLength, origin: this.origin }) };
    this.redis = redis;
    this.latestUnderWay = 0;
    void this.join(redis);
  }

  private handleDown(reason: string): void {
    this.redis = undefined;
    this.become('local-only', reason);
    this.wakeOpener();
  }

  /** Comes in step with the log, sends what waits, and is shared. */
  private async join(redis: NonNullable<typeof this.redis>): Promise<void> {
    this.become('catching-up', 'connected to Redis');

    try {
      do {
        await this.mirror.catchUp(redis.log);
        for (let batch = this.notInLog(); batch.length > 0 && this.mirror.isFollowing; batch = this.notInLog()) {
          await Promise.all(batch.map((waiting) => this.append(waiting)));
          if (this.redis !== redis) return;
        }
      } while (!this.mirror.isFollowing);
      if (this.redis !== redis) return;

      this.become('shared', 'in step with the log');
      this.wakeOpener();
    } catch (error) {
      if (this.redis === redis) this.link.reset(error instanceof Error ? error.message : String(error));
    }
  }

  private notInLog(): Waiting[] {
    return this.outbox.notInLog(FLUSH_BATCH);
  }

  private fallBehind(reason: string): false {
    this.mirror.stopFollowing();
    if (this.redis && this.current === 'shared') {
      this.become('catching-up', reason);
      void this.join(this.redis);
    }

    return false;
  }

  private become(next: RelayState, reason: string): void {
    if (this.current === next) return;

    this.log[next === 'shared' ? 'log' : 'warn'](`relay: ${this.current} -> ${next} (${reason})`);
    this.current = next;
    if (next !== 'shared') this.deliverWaiting(Infinity);
  }

  private async probe(channel: string, nonce: string): Promise<void> {
    if (!this.redis) throw new Error('not connected');

    const { life, others } = await this.redis.log.probe(channel, nonce, this.presence.local);
    this.presence.others = others;
    if (life !== this.mirror.currentLife) this.fallBehind('the log is a new one');
  }

  // What comes in

  private handleMessage(channel: string, text: string): void {
    if (channel === this.channels.sends) this.handleSend(text);
    else if (channel === this.channels.lives) {
      if (text !== this.mirror.currentLife) this.fallBehind('the log is a new one');
    } else this.handleArrival(text);
  }

  private handleArrival(text: string): void {
    const arrival = readArrival(text);

    if (arrival.kind === 'logged' && arrival.life === this.mirror.currentLife) {
      const { json, offset, prev, life } = arrival;
      if (!this.mirror.follow(json, offset, prev, life)) this.fallBehind('missed a message on the channel');
      return;
    }
    if (arrival.kind === 'latest') {
      const { json, origin, at } = arrival;
      if (origin === this.origin || this.stale.isStale(origin, at, monotonicNow())) return;
      const message = this.validated(json);
      if (message && !isLogged(message)) this.deliver({ message, json });
      return;
    }
    // A log that is not ours: either this instance is behind, and will read it, or somebody made it up.
    if (arrival.kind === 'logged') return;
    this.adopt(arrival.json);
  }

  /** Takes a message of a publisher that knows only the guide. */
  private adopt(text: string): void {
    const draft = this.validated(text);
    if (!draft) return;

    const picked = pickMessage(draft);
    if (!isLogged(draft)) {
      this.deliver({ message: picked as HubMessage, json: JSON.stringify(picked) });
      return;
    }
    // All instances hear it; the first one puts it in the log. Those who listen on the channel have it already.
    const message = { ...picked, id: randomUUID() } as Waiting['publication']['message'];
    const heardByAll = createHash('sha1').update(text).digest('hex');
    void this.publishLogged({ message, json: JSON.stringify(message), heardByAll }, this.channels.adopted);
  }

  private handleSend(text: string): void {
    try {
      const { to, message } = JSON.parse(text) as { to: string; message: MessageDraft };
      if (typeof to !== 'string' || !isJsonObject(message) || messageViolations(message).length > 0) throw new Error();
      const json = JSON.stringify(pickMessage(message));
      for (const subscriber of this.subscribers) subscriber.onSend(to, json);
    } catch {
      this.ignore('not a personal message');
    }
  }

  private validated(json: string): HubMessage | undefined {
    if (json.length > this.config.maxMessageBytes) return this.ignore('too large');

    try {
      const value = JSON.parse(json) as MessageDraft;
      if (!isJsonObject(value)) return this.ignore('not a JSON object');
      const [violation] = messageViolations(value);
      return violation ? this.ignore(violation.message) : (value as unknown as HubMessage);
    } catch {
      return this.ignore('not JSON');
    }
  }

  private ignore(reason: string): undefined {
    this.rubbish++;
    if (performance.now() - this.rubbishToldAt < RUBBISH_LOG_MS) return;

    this.rubbishToldAt = performance.now();
    this.log.warn(`ignored ${this.rubbish} messages on the channel so far; the last one: ${reason}`);
  }
}

/** Counts of connections, as the instances tell each other with each probe. */
class RedisPresence extends Presence {
  local = 0;
  others = 0;

  override report(connections: number): void {
    this.local = connections;
  }

  override total(): number {
    return this.local + this.others;
  }
}

/** ms since 1970 on a clock that is never set. */
function monotonicNow(): number {
  return Math.floor(performance.timeOrigin + performance.now());
}
