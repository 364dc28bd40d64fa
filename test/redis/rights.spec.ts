import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { EventsService } from '../../src/events/events.service.js';
import { TestClient } from '../support/client.js';
import { post } from '../support/http.js';
import { startSharedHub, type TestHub } from '../support/hub.js';
import { ROOT } from '../support/process.js';
import { type RedisProcess, startRedis } from '../support/redis.js';

const [HUB = []] = Array.from(
  readFileSync(join(ROOT, 'docs/operations.md'), 'utf8').matchAll(/^ACL SETUSER (hub .*)$/gm),
  ([, rules = '']) => rules.split(' '),
);

describe('the rights that the docs give the Redis user', () => {
  let redis: RedisProcess;
  let hubs: TestHub[] = [];

  afterEach(async () => {
    await Promise.all(hubs.splice(0).map((hub) => hub.close()));
    await redis.stop();
  });

  async function startHubs(environment: Record<string, string>): Promise<void> {
    await redis.cli('ACL', 'SETUSER', ...HUB);
    await redis.cli('ACL', 'LOG', 'RESET');
    const login = { REDIS_USERNAME: 'hub', REDIS_PASSWORD: 'PASSWORD', SHARE_DEADLINE_MS: '10000' };
    hubs = await Promise.all([1, 2].map(() => startSharedHub({ ...login, ...environment })));
  }

  const connectAll = (): Promise<TestClient[]> => Promise.all(hubs.map(({ wsUrl }) => TestClient.open(wsUrl)));
  const denied = (): Promise<unknown> => redis.cli('ACL', 'LOG');

  it('are enough for all that two hubs do, and refuse nothing that they try', async () => {
    redis = await startRedis();
    await startHubs({ REDIS_HOST: '127.0.0.1', REDIS_PORT: String(redis.port), REDIS_DB: '2' });
    const [here, there] = await connectAll();
    const url = `${hubs[0]?.url}/api/events/broadcast`;
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'once' };

    for (let n = 0; n < 2; n++) await post(url, { event_type: 'sit', data: {} }, headers);
    await post(`${url}/overlay`, { overlay_type: 'zone', data: {} }, { ...headers, 'idempotency-key': 'zone' });
    await post(`${url}/telemetry`, { data: { fps: 1 } });
    await redis.cli('PUBLISH', 'dogmonitor:events', '{"type":"event","event_type":"bark","data":{}}');
    await redis.cli('PUBLISH', 'dogmonitor:events', '{"type":"telemetry","data":{"fps":2}}');
    await redis.cli('PUBLISH', 'dogmonitor.broadcast', '{"event_type":"howl","data":{}}');
    await redis.cli('PUBLISH', 'dogmonitor.telemetry', '{"data":{"fps":3}}');
    await redis.cli('PUBLISH', 'dogmonitor.connections', '{"pattern":"dogmonitor.connections","id":"1","data":{}}');
    await hubs[0]?.app.get(EventsService).sendPersonalMessage(there?.id ?? '', { type: 'custom', data: {} });
    await here?.received(7);
    await there?.received(8);

    // Begins a new life of the log, which the hubs fill again.
    await redis.cli('FLUSHALL');
    await post(url, { event_type: 'end', data: {} });
    for (const client of [here, there]) {
      await client?.until(() => client.messages.some(({ event_type }) => event_type === 'end'));
    }
    expect(await denied()).toEqual([]);
  });

  it('are enough in a Cluster', async () => {
    redis = await startRedis({ args: ['--cluster-enabled', 'yes'] });
    await redis.cli('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
    await startHubs({ REDIS_CLUSTER: `127.0.0.1:${redis.port}` });
    const [here, there] = await connectAll();

    await post(`${hubs[0]?.url}/api/events/broadcast`, { event_type: 'sit', data: {} });
    await Promise.all([here?.received(1), there?.received(1)]);
    expect(await denied()).toEqual([]);
  });
});
