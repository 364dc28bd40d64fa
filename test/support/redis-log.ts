import type { RedisProcess } from './redis.js';

/** The keys of the hub in Redis, by their default prefix. */
export const KEYS = {
  log: '{dogmonitor}:log',
  ids: '{dogmonitor}:ids',
  meta: '{dogmonitor}:meta',
  instances: '{dogmonitor}:instances',
  heard: '{dogmonitor}:heard:',
} as const;

/** The name of the epoch that the log is in. */
export async function epochIn(redis: RedisProcess): Promise<string> {
  return String(await redis.cli('HGET', KEYS.meta, 'epoch')).split('.')[0] ?? '';
}

/** The time of Redis, in ms. */
export async function timeIn(redis: RedisProcess): Promise<number> {
  const [seconds = 0, micros = 0] = ((await redis.cli('TIME')) as string[]).map(Number);

  return Math.floor(seconds * 1_000 + micros / 1_000);
}
