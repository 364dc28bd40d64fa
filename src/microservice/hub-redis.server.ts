import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { ServerRedis } from '@nestjs/microservices';
import type { Redis } from 'ioredis';
import type { HubConfig } from '../config/hub-config.js';
import { createRedisClient } from '../redis/redis-client.js';
import { PacketDeserializer } from './packet.deserializer.js';

/** How often the connection that listens is asked whether it is alive, and how long it may take, in ms. */
const PING_EVERY_MS = 3_000;
const PING_TIMEOUT_MS = 1_500;

/** How long a start waits until Redis has confirmed the subscriptions, in ms. */
const SUBSCRIBE_MS = 1_500;

/** Nest's Redis transport, but one that starts without Redis, and finds by itself that its connection is dead. */
export class HubRedisServer extends ServerRedis {
  private readonly log = new Logger('Microservice');
  private watch: NodeJS.Timeout | undefined;
  private isDown = false;

  constructor(private readonly config: HubConfig) {
    super({ deserializer: new PacketDeserializer() });
  }

  override start(callback?: () => void): void {
    const [subClient, pubClient] = [this.subClient as Redis, this.pubClient as Redis];
    // Rejects when the first attempt fails; the client goes on by itself, and its commands wait for it.
    for (const client of [subClient, pubClient]) client.connect().catch(() => undefined);
    this.bindEvents(subClient, pubClient);
    this.watch = setInterval(() => this.ping(subClient), PING_EVERY_MS);
    callback?.();
  }

  /** Resolves when what other services emit is heard here; after a moment also where Redis does not answer. */
  async listening(): Promise<void> {
    const subClient = this.subClient as Redis;
    // Redis answers in order: behind the subscriptions.
    const answered = subClient.ping().catch(() => undefined);
    const over = new AbortController();
    const { signal } = over;
    const failed = once(subClient, 'close', { signal }).catch(() => undefined);
    const late = delay(SUBSCRIBE_MS, undefined, { signal }).catch(() => undefined);

    await Promise.race([answered, failed, late]);
    over.abort();
  }

  override async close(): Promise<void> {
    clearInterval(this.watch);
    this.isManuallyClosed = true;
    for (const client of [this.subClient, this.pubClient]) (client as Redis | undefined)?.disconnect();
  }

  override createRedisClient(): Promise<Redis> {
    return Promise.resolve(createRedisClient(this.config, { heals: true }) as Redis);
  }

  /** Each failed attempt is an error of the client; one line for the outage is enough, and the relay has that too. */
  override registerErrorListener(client: Redis): void {
    client.on('error', (error) => {
      if (!this.isDown) this.log.warn(`Redis is away: ${error.message}`);
      this.isDown = true;
    });
  }

  override registerReadyListener(client: Redis): void {
    client.on('ready', () => (this.isDown = false));
  }

  override registerReconnectListener(): void {
    // Told by the relay.
  }

  private ping(client: Redis): void {
    if (client.status !== 'ready') return;

    const timer = setTimeout(() => client.disconnect(true), PING_TIMEOUT_MS);
    client.ping().then(
      () => clearTimeout(timer),
      () => clearTimeout(timer),
    );
  }
}
