import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { HubConfig } from '../../config/hub-config.js';
import { HubError } from '../../protocol/errors.js';
import { type Delivery, isLogged, type MessageDraft } from '../../protocol/messages.js';
import { guarded } from '../guard.js';
import { Skipped } from '../skipped.js';
import { Subscribers } from '../subscribers.js';
import { withOrigin } from './channel.js';
import { deadline } from '../../redis/deadline.js';
import type { RedisClient } from '../../redis/redis-client.js';
import { RedisLink } from '../../redis/redis-link.js';
import { ProblemNews, problemOf, type RedisProblem } from '../../redis/redis-problem.js';
import { RedisClock } from './redis-clock.js';
import { type Channels, RedisInbox } from './inbox.js';
import { RedisLog } from './redis-log.js';
import { RedisPresence } from './redis-presence.js';
import { LatestWriter, type Up } from './latest-writer.js';
import { LogMirror } from './log-mirror.js';
import { LogWriter } from './log-writer.js';
import {
  type Page,
  type Publication,
  type ReadOptions,
  type Receipt,
  Relay,
  type RelayState,
  type Subscriber,
} from '../relay.js';

/** How long the start waits for Redis, and the end for what is on its way into the log, in ms. */
const OPEN_MS = 1_500;
const CLOSE_MS = 1_000;

/**
 * The relay over Redis: a stream is the log, pub/sub makes it fast. This class is the state of an instance towards the
 * others: `local-only`, then `catching-up` when the link is up, then `shared`. The mirror follows the log, the writer
 * brings messages into it, the inbox sorts what comes in.
 */
export class RedisRelay extends Relay {
  readonly presence = new RedisPresence();
  isStarted = false;
  readonly skipped = new Skipped();
  private current: RelayState = 'local-only';
  private readonly log = new Logger('Relay');
  private readonly origin = randomUUID().slice(0, 8);
  private readonly channels: Channels;
  private readonly subscribers = new Subscribers();
  private readonly clock = new RedisClock();
  private readonly mirror: LogMirror;
  private readonly writer: LogWriter;
  private readonly latest: LatestWriter;
  private readonly link: RedisLink;
  private readonly news = new ProblemNews();
  /** What stands, also while Redis refuses. */
  private connection: Pick<Up, 'commands' | 'log'> | undefined;
  private up: Up | undefined;
  /** The last `join`; the next one waits for it, since two would take each entry twice. */
  private joined: Promise<void> = Promise.resolve();
  /** Whether the last `join` failed: the next one is not told before it is done. */
  private hasFailed = false;
  private closed = false;
  /** Whether somebody has said that another epoch has begun, and whether that is being looked at. */
  private epochCheck: 'none' | 'wanted' | 'running' = 'none';
  private firstContact: () => void = () => undefined;

  /** Use `open`. */
  constructor(private readonly config: HubConfig) {
    super();
    const { redisPrefix: prefix, maxMessageBytes } = config;
    this.channels = {
      events: `${prefix}:events`,
      adopted: `${prefix}:adopted`,
      sends: `${prefix}:sends`,
      epochs: `${prefix}:epochs`,
    };
    const deliver = (delivery: Delivery): void => this.subscribers.deliver(delivery);
    const onBehind = (reason: string): void => this.fallBehind(reason);

    const options = { ...config, channels: this.channels };
    this.mirror = new LogMirror(options, this.clock, this.skipped, (id, offset, delivery, isKnown) => {
      const isDelivered = this.writer.entered(id, offset);
      if (!isKnown && !isDelivered) deliver(delivery);
    });
    this.writer = new LogWriter(config, this.mirror, {
      deliver,
      onBehind,
      onLate: () => this.link.probeNow(),
      onFailed: (error) => this.handleFailed(error),
    });
    this.latest = new LatestWriter(
      { shareDeadlineMs: config.shareDeadlineMs, channel: this.channels.events },
      { deliver, envelope: (json) => this.envelope(json) },
    );
    const inbox = new RedisInbox(
      { channels: this.channels, origin: this.origin, maxMessageBytes },
      this.mirror,
      this.clock,
      this.skipped,
      {
        onLatest: deliver,
        onForeign: (publication) => void this.writer.publish(publication, this.channels.adopted),
        onSend: (connectionId, json) => this.subscribers.send(connectionId, json),
        onBehind,
        onEpoch: () => void this.checkEpoch(),
      },
    );
    this.link = new RedisLink(config, Object.values(this.channels), {
      onUp: () => this.handleUp(),
      onDown: (problem) => this.handleDown(problem),
      onMessage: (channel, text) => guarded('a message of Redis', () => inbox.handle(channel, text), undefined),
      probe: (commands, channel, nonce) => this.probe(commands, channel, nonce),
    });
  }

  /** Starts, and waits a moment for Redis; without it the relay begins alone. */
  static async open(config: HubConfig): Promise<RedisRelay> {
    const relay = new RedisRelay(config);
    const contact = new Promise<void>((resolve) => (relay.firstContact = resolve));
    void relay.link.run();
    await deadline(OPEN_MS, 'no contact yet', contact).catch(() => undefined);

    return relay;
  }

  override get state(): RelayState {
    return this.current;
  }

  override get isInStep(): boolean {
    return this.current === 'shared';
  }

  override async publish(publication: Publication): Promise<Receipt> {
    if (this.closed) throw new HubError('SHUTTING_DOWN', 'the relay is closed');
    const { message } = publication;

    if (isLogged(message)) return this.writer.publish({ ...publication, message }, this.channels.events);

    const known = await this.latest.publish(publication, this.up);
    return known ? { shared: true, ...known } : { shared: this.isInStep };
  }

  override async send(connectionId: string, draft: MessageDraft): Promise<void> {
    if (this.subscribers.send(connectionId, JSON.stringify(draft))) return;

    const envelope = JSON.stringify({ to: connectionId, message: draft });
    await this.up?.commands.publish(this.channels.sends, envelope).catch(() => undefined);
  }

  override subscribe(subscriber: Subscriber): () => void {
    return this.subscribers.add(subscriber);
  }

  override read(options: ReadOptions): Page {
    const { writer } = this;

    return {
      ...this.mirror.read(options),
      // Gathered only for those who ask: the slices of a long replay do not.
      get ahead() {
        return writer.ahead;
      },
    };
  }

  override async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;

    const giveUpAt = performance.now() + CLOSE_MS;
    while (this.current === 'shared' && this.writer.isWaiting && performance.now() < giveUpAt) await delay(10);
    if (this.up) await deadline(CLOSE_MS, 'no answer', this.up.log.leave()).catch(() => undefined);
    this.link.close();
    this.up = undefined;
    this.writer.shut();
    this.subscribers.clear();
  }

  private envelope(json: string): string | undefined {
    const at = this.clock.now();

    return at === undefined ? undefined : withOrigin(json, this.origin, at, this.mirror.epoch);
  }

  private handleUp(): void {
    if (!this.connection) return;

    // Of its own for each time that the link is up, so that a `join` of before sees that it is over.
    this.up = { ...this.connection, latestUnderWay: 0 };
    if (!this.hasFailed) this.become('catching-up', 'connected to Redis');
    this.join(this.up);
  }

  private handleDown(problem: RedisProblem): void {
    const wasAlone = this.current === 'local-only';
    this.up = undefined;
    this.mirror.stopFollowing();
    if (problem.isRefusal) this.hasFailed = true;

    const isNews = this.news.isNews(problem);
    this.become('local-only', problem.text);
    if (wasAlone && isNews && !this.closed) this.log.warn(`relay: local-only (${problem.text})`);
    this.start();
  }

  /** The first contact is over, one way or the other. */
  private start(): void {
    this.isStarted = true;
    this.firstContact();
  }

  /** Something did not go into the log. A Redis that forgot only its scripts gets them again from a `join`. */
  private handleFailed(error: unknown): void {
    if (problemOf(error).code === 'NOSCRIPT') this.fallBehind('Redis forgot the scripts');
    else this.link.report(error);
  }

  private join(up: Up): void {
    this.joined = this.joined.then(() => this.comeInStep(up));
  }

  /** Comes in step with the log, sends what waits, and is shared. Never rejects. */
  private async comeInStep(up: Up): Promise<void> {
    if (this.up !== up) return;

    try {
      do {
        await this.mirror.catchUp(up.log);
        await this.writer.open(up.log);
      } while (!this.mirror.isFollowing);
      if (this.up !== up) return;

      this.hasFailed = false;
      this.news.clear();
      this.become('shared', 'in step with the log');
      this.link.confirm();
      this.start();
    } catch (error) {
      this.hasFailed = true;
      if (this.up === up) this.link.report(error);
    }
  }

  /** What is missing is read from the log; a `join` that is under way sees that by itself. */
  private fallBehind(reason: string): void {
    this.mirror.stopFollowing();
    if (!this.up || this.current !== 'shared') return;

    this.become('catching-up', reason);
    this.join(this.up);
  }

  private become(next: RelayState, reason: string): void {
    if (this.current === next) return;

    if (!this.closed) this.log[next === 'shared' ? 'log' : 'warn'](`relay: ${this.current} -> ${next} (${reason})`);
    this.current = next;
    if (next !== 'shared') this.writer.shut();
  }

  private async probe(commands: RedisClient, channel: string, nonce: string): Promise<void> {
    if (this.connection?.commands !== commands) {
      const { redisPrefix: prefix, historySize: maxLength, maxMessageBytes, instanceId } = this.config;
      const options = { prefix, maxLength, maxMessageBytes, origin: this.origin, instanceId };
      this.connection = { commands, log: new RedisLog(commands, this.clock, this.skipped, options) };
    }

    const { token, past, others } = await this.connection.log.probe(channel, nonce, this.presence.local);
    this.presence.elsewhere = others;
    if (token !== this.mirror.currentToken) this.fallBehind('the log is a new one');
    else this.mirror.learnPast(past);
  }

  /** Anybody may say that the log is a new one, as often as he likes: one look at a time. */
  private async checkEpoch(): Promise<void> {
    const isRunning = this.epochCheck !== 'none';
    this.epochCheck = 'wanted';
    if (isRunning) return;

    while (this.epochCheck === 'wanted') {
      this.epochCheck = 'running';
      const token = await this.up?.log.epoch().catch(() => undefined);
      if (token !== undefined && token !== this.mirror.currentToken) this.fallBehind('the log is a new one');
    }
    this.epochCheck = 'none';
  }
}
