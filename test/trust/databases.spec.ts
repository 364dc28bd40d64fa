import { afterEach, describe, expect, it } from '@jest/globals';
import { TestClient } from '../support/client.js';
import { Cluster, PATIENCE_MS, until } from '../support/cluster.js';
import { post } from '../support/http.js';
import { type HubProcess, startHubProcess } from '../support/process.js';
import { PATIENT_WITH_REDIS, type RedisProcess, startRedis } from '../support/redis.js';

describe('a hub', () => {
  let redis: RedisProcess | undefined;
  let cluster: Cluster | undefined;
  let alone: HubProcess | undefined;

  afterEach(async () => {
    await alone?.kill();
    await cluster?.stop();
    await redis?.stop();
  });

  it('keeps overlays and telemetry of a hub of another database out', async () => {
    redis = await startRedis();
    const hubs = (cluster = await Cluster.start({
      size: 2,
      redisPorts: [redis.port],
      environment: PATIENT_WITH_REDIS,
    }));
    await hubs.ready();
    const other = (alone = await startHubProcess({
      REDIS_HOST: '127.0.0.1',
      REDIS_PORT: String(redis.port),
      REDIS_DB: '1',
      ...PATIENT_WITH_REDIS,
    }));
    await until(
      PATIENCE_MS,
      () => /-> shared/.test(other.output()),
      () => other.output(),
    );
    const [here, there, elsewhere] = await Promise.all([
      TestClient.open(hubs.at(0).wsUrl),
      TestClient.open(hubs.at(1).wsUrl),
      TestClient.open(other.wsUrl),
    ]);
    const overlay = { overlay_type: 'zone', data: { n: 1 } };
    await post(`${other.url}/api/events/broadcast/overlay`, overlay);
    await post(`${other.url}/api/events/broadcast/telemetry`, { data: { n: 2 } });
    await elsewhere.received(2);
    await post(`${hubs.at(0).url}/api/events/broadcast/telemetry`, { data: { n: 3 } });
    await Promise.all([here.received(1), there.received(1)]);
    await post(`${hubs.at(0).url}/api/events/broadcast`, { event_type: 'end', data: {} });
    await Promise.all([here.received(2), there.received(2)]);

    for (const { messages } of [here, there])
      expect(messages.map(({ event_type, data }) => event_type ?? data['n'])).toEqual([3, 'end']);
    expect(elsewhere.messages).toHaveLength(2);
  });
});
