import { Cluster, Redis } from 'ioredis';
import type { HubConfig } from '../config/hub-config.js';

export type RedisClient = Redis | Cluster;

/** How long a TCP connection to Redis may take to stand, in ms. */
const CONNECT_TIMEOUT_MS = 2_000;

/** Longest pause between two attempts of a client that heals by itself, in ms. */
const MAX_RETRY_MS = 1_000;

export interface RedisClientOptions {
  /** Whether it reconnects and subscribes again by itself, and keeps commands until then. */
  heals: boolean;
}

/** One connection to the Redis of the configuration, whatever its kind; not connected yet. */
export function createRedisClient(config: HubConfig, { heals }: RedisClientOptions): RedisClient {
  const { redisCluster, redisSentinels, redisSentinelName, redisUrl } = config;
  const retry = heals ? (times: number) => Math.min(MAX_RETRY_MS, 100 * times) : () => null;
  const options = {
    ...credentials(config),
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: heals ? null : 0,
    autoResubscribe: heals,
    autoResendUnfulfilledCommands: false,
    lazyConnect: true,
  };

  if (redisCluster) {
    return new Cluster([...redisCluster], {
      redisOptions: options,
      clusterRetryStrategy: retry,
      enableOfflineQueue: heals,
      lazyConnect: true,
    });
  }

  const alone = { ...options, retryStrategy: retry, enableOfflineQueue: heals };
  if (redisSentinels) {
    return new Redis({
      ...alone,
      sentinels: [...redisSentinels],
      name: redisSentinelName,
      sentinelRetryStrategy: retry,
    });
  }
  if (redisUrl !== undefined) return new Redis(redisUrl, alone);

  return new Redis({ ...alone, host: config.redisHost ?? 'localhost', port: config.redisPort });
}

function credentials({ redisUrl, redisDb, redisUsername, redisPassword, redisTls }: HubConfig) {
  if (redisUrl !== undefined) return {};

  return {
    db: redisDb,
    ...(redisUsername !== undefined && { username: redisUsername }),
    ...(redisPassword !== undefined && { password: redisPassword }),
    ...(redisTls && { tls: {} }),
  };
}
