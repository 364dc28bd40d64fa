import { Logger } from '@nestjs/common';
import { afterAll, beforeAll } from '@jest/globals';
import { loadHubConfig } from '../../../src/config/hub-config.js';
import { RedisRelay } from '../../../src/relay/redis/redis-relay.js';
import { PATIENCE_MS, until } from '../../support/cluster.js';
import { PATIENT_WITH_REDIS, type RedisProcess, startRedis } from '../../support/redis.js';
import { describeRelay, HISTORY_SIZE } from '../contract.js';

let redis: RedisProcess;
let count = 0;

beforeAll(async () => {
  Logger.overrideLogger(['error']);
  redis = await startRedis();
});
afterAll(() => redis.stop());

describeRelay('RedisRelay', async () => {
  const relay = await RedisRelay.open(
    loadHubConfig({
      REDIS_HOST: '127.0.0.1',
      REDIS_PORT: String(redis.port),
      REDIS_PREFIX: `t${count++}`,
      HISTORY_SIZE: String(HISTORY_SIZE),
      ...PATIENT_WITH_REDIS,
    }),
  );

  // A new log settles for a second, and after half a second more a start goes on alone.
  await until(
    PATIENCE_MS,
    () => relay.state === 'shared',
    () => relay.state,
  );

  return { relay, dispose: () => relay.close() };
});
