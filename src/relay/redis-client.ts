import { Cluster, Redis } from 'ioredis';
import type { HubConfig } from '../config/hub-config.js';

export type RedisClient = Redis | Cluster;

/** How long a TCP connection to Redis may take to stand, in ms. */
const CONNECT_TIMEOUT_MS = 2_000;

/**
 * One connection to Redis, not connected yet. It never reconnects or queues by itself: a link is made anew as a whole,
 * so that what was under way when it broke is known.
 */
export function createRedisClient(config: HubConfig): RedisClient {
  const { redisCluster, redisSentinels, redisSentinelName, redisUrl } = config;
  const options = {
    ...credentials(config),
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    lazyConnect: true,
  };

  if (redisCluster) {
    return new Cluster([...redisCluster], {
      redisOptions: options,
      clusterRetryStrategy: null,
      enableOfflineQueue: false,
      lazyConnect: true,
    });
  }

  const alone = { ...options, retryStrategy: null, enableOfflineQueue: false };
  if (redisSentinels) {
    return new Redis({
      ...alone,
      sentinels: [...redisSentinels],
      name: redisSentinelName,
      sentinelRetryStrategy: () => null,
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
