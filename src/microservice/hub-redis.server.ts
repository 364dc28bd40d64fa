import { Logger } from '@nestjs/common';
import { type RedisContext, ServerRedis } from '@nestjs/microservices';
import type { Redis } from 'ioredis';
import type { HubConfig } from '../config/hub-config.js';
import { deadline } from '../redis/deadline.js';
import { RedisLink } from '../redis/redis-link.js';
import { ProblemNews, type RedisProblem } from '../redis/redis-problem.js';
import { PacketDeserializer } from './packet.deserializer.js';

/** How long a start waits until Redis has confirmed the subscriptions, in ms. */
const SUBSCRIBE_MS = 1_500;

/**
 * Nest's Redis transport over a link of ours: it starts without Redis, finds by itself that its connection is dead, and
 * takes a refusal for no more than that.
 */
export class HubRedisServer extends ServerRedis {
  private readonly log = new Logger('Microservice');
  private readonly news = new ProblemNews();
  private link: RedisLink | undefined;
  private isDeaf = false;
  private firstContact: () => void = () => undefined;
  private readonly contact = new Promise<void>((resolve) => (this.firstContact = resolve));

  /** @param isInStep whether the relay has its Redis; what stops both is told by the relay */
  constructor(
    private readonly config: HubConfig,
    private readonly isInStep: () => boolean,
  ) {
    super({ deserializer: new PacketDeserializer() });
  }

  override async listen(callback: (error?: unknown) => void): Promise<void> {
    this.link = new RedisLink(this.config, [...this.messageHandlers.keys()], {
      onUp: () => this.handleUp(),
      onDown: (problem) => this.handleDown(problem),
      onMessage: (channel, text, commands) => {
        this.handleMessage(channel, text, commands, channel).catch((error: unknown) => this.log.error(error));
      },
      probe: (commands, channel, nonce) => commands.publish(channel, nonce),
    });
    void this.link.run();
    callback();
  }

  /** Resolves when what other services emit is heard here; after a moment also where Redis does not answer. */
  async listening(): Promise<void> {
    await deadline(SUBSCRIBE_MS, 'no contact yet', this.contact).catch(() => undefined);
  }

  override async close(): Promise<void> {
    this.isManuallyClosed = true;
    this.link?.close();
  }

  /** Nobody waits for the promise of an answer, so it must not reject. */
  override getPublisher(
    client: Redis,
    pattern: string,
    id: string,
    context: RedisContext,
  ): (response: unknown) => Promise<unknown> {
    const publish = super.getPublisher(client, pattern, id, context) as (response: unknown) => Promise<unknown>;

    return (response) => publish(response).catch(() => undefined);
  }

  private handleUp(): void {
    if (this.isDeaf) this.log.log('other services are heard again');
    this.isDeaf = false;
    this.news.clear();
    this.link?.confirm();
    this.firstContact();
  }

  private handleDown(problem: RedisProblem): void {
    this.firstContact();
    if (!problem.isRefusal || !this.isInStep() || !this.news.isNews(problem)) return;

    this.isDeaf = true;
    this.log.warn(`other services are not heard: ${problem.text}`);
  }
}
