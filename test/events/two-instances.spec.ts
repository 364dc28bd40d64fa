import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventsService } from '../../src/events/events.service.js';
import { TestClient } from '../support/client.js';
import { PATIENCE_MS, until } from '../support/cluster.js';
import { get } from '../support/http.js';
import { startSharedHub, type TestHub } from '../support/hub.js';
import { type RedisProcess, startRedis } from '../support/redis.js';

describe('EventsService of one of two instances', () => {
  let redis: RedisProcess;
  let hubs: TestHub[];

  beforeAll(async () => {
    redis = await startRedis();
    const environment = { REDIS_HOST: '127.0.0.1', REDIS_PORT: String(redis.port) };
    hubs = await Promise.all(['a', 'b'].map((INSTANCE_ID) => startSharedHub({ ...environment, INSTANCE_ID })));
  });
  afterAll(async () => {
    await Promise.all(hubs.map((hub) => hub.close()));
    await redis.stop();
  });

  it('sends a personal message to one connection only, on whichever instance it is', async () => {
    const [here, there] = hubs.map((hub) => hub.app.get(EventsService));
    const clients = await Promise.all([...hubs, ...hubs].map(({ wsUrl }) => TestClient.open(wsUrl)));

    for (const [n, client] of clients.entries()) {
      await here?.sendPersonalMessage(client.id, { type: 'custom', data: { from: 'here', n } });
      await there?.sendPersonalMessage(client.id, { type: 'custom', data: { from: 'there', n } });
    }
    // Comes behind all of them, to everybody.
    await here?.broadcastEvent('end', {});

    for (const [n, client] of clients.entries()) {
      const messages = await client.received(3);
      expect(messages.map(({ event_type, data }) => event_type ?? data['from']).sort()).toEqual([
        'end',
        'here',
        'there',
      ]);
      expect(messages.filter(({ type }) => type === 'custom').map(({ data }) => data['n'])).toEqual([n, n]);
    }
  });

  it('counts the connections of both', async () => {
    const events = hubs[0]?.app.get(EventsService);
    // The instances tell each other every two seconds.
    await until(
      PATIENCE_MS,
      () => events?.connectionCount() === 4,
      () => `${events?.connectionCount()} connections`,
    );

    expect(events?.connectionCount()).toBe(4);
    expect((await get(`${hubs[0]?.url}/api/connections`)).body['instances']).toEqual([
      { instance_id: 'a', count: 2 },
      { instance_id: 'b', count: 2 },
    ]);
  });
});
