import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadHubConfig } from '../../../src/config/hub-config.js';
import { RedisRelay } from '../../../src/relay/redis/redis-relay.js';
import { PATIENCE_MS, until } from '../../support/cluster.js';
import { PATIENT_WITH_REDIS, type RedisProcess, startRedis } from '../../support/redis.js';

/** What a service that knows only the guide publishes again and again, byte for byte. */
const SIT = '{"type":"event","event_type":"sit","data":{}}';

interface Instance {
  relay: RedisRelay;
  /** How often it brought that. */
  count: number;
}

describe('what every instance hears on the channel', () => {
  let redis: RedisProcess;
  let instances: Instance[];

  beforeEach(async () => {
    redis = await startRedis();
    instances = [];
  });
  afterEach(async () => {
    await Promise.all(instances.map(({ relay }) => relay.close()));
    await redis.stop();
  });

  async function open(): Promise<Instance> {
    const environment = { REDIS_HOST: '127.0.0.1', REDIS_PORT: String(redis.port), ...PATIENT_WITH_REDIS };
    const instance: Instance = { relay: await RedisRelay.open(loadHubConfig(environment)), count: 0 };
    instance.relay.subscribe({ onBroadcast: () => void instance.count++, onSend: () => false });
    instances.push(instance);
    await wait(() => instance.relay.state === 'shared');

    return instance;
  }

  function wait(condition: () => boolean): Promise<void> {
    return until(PATIENCE_MS, condition, () => instances.map(({ relay, count }) => `${relay.state} ${count}`).join());
  }

  async function publish(times: number): Promise<void> {
    for (let n = 0; n < times; n++) await redis.cli('PUBLISH', 'dogmonitor:events', SIT);
  }

  it('is brought by one that starts anew, however often the one before had heard it', async () => {
    const first = await open();
    await publish(5);
    await wait(() => first.count === 5);
    await first.relay.close();

    const second = await open();
    await publish(2);

    await wait(() => second.count === 2);
  });

  it('is brought by one that came later when the one that was there first is gone', async () => {
    const first = await open();
    await publish(5);
    await wait(() => first.count === 5);
    const second = await open();
    await publish(2);
    await wait(() => first.count === 7 && second.count === 2);
    await first.relay.close();

    await publish(3);

    await wait(() => second.count === 5);
  });

  it('comes as often as it was published, with one that joins in the middle', async () => {
    const first = await open();
    await publish(3);
    await wait(() => first.count === 3);
    const second = await open();
    const publisher = redis.client();
    await Promise.all(Array.from({ length: 50 }, () => publisher.publish('dogmonitor:events', SIT)));
    await publisher.publish('dogmonitor:events', '{"type":"event","event_type":"end","data":{}}');
    await wait(() => first.count >= 54 && second.count >= 51);

    expect([first.count, second.count]).toEqual([54, 51]);
  });
});
