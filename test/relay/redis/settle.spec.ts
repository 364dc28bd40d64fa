import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadHubConfig } from '../../../src/config/hub-config.js';
import { RedisRelay } from '../../../src/relay/redis/redis-relay.js';
import { PATIENCE_MS, until } from '../../support/cluster.js';
import { PATIENT_WITH_REDIS, type RedisProcess, startRedis } from '../../support/redis.js';
import { logged } from '../contract.js';

interface Instance {
  relay: RedisRelay;
  offsets: string[];
}

describe('a log that says it settles for long, as after the clock of Redis was set back', () => {
  let redis: RedisProcess;
  let instances: Instance[];

  beforeEach(async () => {
    Logger.overrideLogger(false);
    redis = await startRedis();
    instances = [];
  });
  afterEach(async () => {
    await Promise.all(instances.map(({ relay }) => relay.close()));
    await redis.stop();
  });

  async function open(): Promise<Instance> {
    const config = loadHubConfig({ REDIS_HOST: '127.0.0.1', REDIS_PORT: String(redis.port), ...PATIENT_WITH_REDIS });
    const relay = await RedisRelay.open(config);
    const offsets: string[] = [];
    const onBroadcast = ({ message }: { message: object }): void => {
      if ('offset' in message) offsets.push(String(message.offset));
    };
    relay.subscribe({ onBroadcast, onSend: () => false });
    instances.push({ relay, offsets });
    await until(
      PATIENCE_MS,
      () => relay.isInStep,
      () => relay.state,
    );

    return { relay, offsets };
  }

  const meta = (field: string): Promise<unknown> => redis.cli('HGET', '{dogmonitor}:meta', field);

  it.each([60_000, 86_400_000, 1e15])('is in use all the same, by who is there and who comes: %d ms', async (ahead) => {
    const here = await open();
    await redis.cli('HSET', '{dogmonitor}:meta', 'settle_until', Date.now() + ahead);
    const there = await open();

    for (let n = 1; n <= 3; n++) {
      const receipt = await here.relay.publish(logged(n));
      expect(receipt).toEqual({ shared: true, offset: expect.any(String) });
      await until(
        PATIENCE_MS,
        () => instances.every(({ offsets }) => offsets.length === n),
        () => instances.map(({ offsets }) => offsets.length).join(),
      );
    }
    expect(there.offsets).toEqual(here.offsets);
    expect((await open()).relay.read({ limit: 10 }).deliveries).toHaveLength(3);
  });

  it.each(['x', '', '-1'])('is in use where that is no time: %p', async (value) => {
    const here = await open();
    await redis.cli('HSET', '{dogmonitor}:meta', 'settle_until', value);
    await open();

    expect(await here.relay.publish(logged(1))).toMatchObject({ shared: true });
  });

  it('gives offsets from its birth on, also while nothing is in it', async () => {
    await open();

    expect(await meta('last')).toBe(`${Number(await meta('settle_until')) - 1_000}-0`);
  });
});
