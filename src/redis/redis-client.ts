import { Redis, type RedisOptions } from 'ioredis';
import DataHandler from 'ioredis/built/DataHandler.js';
import type { HostPort, HubConfig } from '../config/hub-config.js';

export type RedisClient = Redis;

/** How long a TCP connection to Redis may take to stand, in ms. */
const CONNECT_TIMEOUT_MS = 2_000;

/** The class itself where this is built for `require`, the module that has it everywhere else. */
const found = DataHandler as unknown as { default?: { prototype: object }; prototype: object };

/**
 * ioredis throws to the process what goes wrong while it reads a reply, such as one to no command. Here it costs the
 * connection, as a reply that cannot be read does.
 */
Object.assign((found.default ?? found).prototype, {
  dispatch(this: { returnFatalError(error: Error): void }, handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.returnFatalError(error instanceof Error ? error : new Error(String(error)));
    }
  },
});

/**
 * No client heals by itself: ioredis subscribes again without telling how that ended, and a refusal would be a promise that
 * nobody catches.
 */
const OPTIONS = {
  connectTimeout: CONNECT_TIMEOUT_MS,
  retryStrategy: () => null,
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  enableReadyCheck: false,
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
  disableClientInfo: true,
  lazyConnect: true,
} satisfies RedisOptions;

/**
 * One connection to Redis, not connected yet.
 * @param at where it is; without it `REDIS_URL` says that
 */
export function createRedisClient(config: HubConfig, at?: HostPort): RedisClient {
  const { redisUrl, redisDb, redisUsername, redisPassword, redisTls, redisCluster } = config;
  if (!at) return quiet(new Redis(redisUrl ?? '', OPTIONS));

  return quiet(
    new Redis({
      ...OPTIONS,
      ...at,
      // A Cluster has no other.
      db: redisCluster ? 0 : redisDb,
      ...(redisUsername !== undefined && { username: redisUsername }),
      ...(redisPassword !== undefined && { password: redisPassword }),
      ...(redisTls && { tls: {} }),
    }),
  );
}

/** One connection to a sentinel, not connected yet. */
export function createSentinelClient(config: HubConfig, at: HostPort): RedisClient {
  const { redisSentinelUsername, redisSentinelPassword, redisTls, redisSentinelTls = redisTls } = config;

  return quiet(
    new Redis({
      ...OPTIONS,
      ...at,
      ...(redisSentinelUsername !== undefined && { username: redisSentinelUsername }),
      ...(redisSentinelPassword !== undefined && { password: redisSentinelPassword }),
      ...(redisSentinelTls && { tls: {} }),
    }),
  );
}

/**
 * Connects, and makes sure that what answers is a Redis. Rejects with the first error, which says more than the end that follows from it.
 */
export async function connectRedis(client: RedisClient): Promise<void> {
  const failed = new Promise<never>((_resolve, reject) => client.once('error', reject));
  await Promise.race([client.connect(), failed]);

  const echo = 'dogmonitor-hub';
  if ((await Promise.race([client.ping(echo), failed])) !== echo) throw new Error('what answers is not a Redis');
}

/** Without a listener ioredis prints each error with its stack, and with the arguments of the command. */
function quiet(client: RedisClient): RedisClient {
  client.on('error', () => undefined);

  return client;
}
