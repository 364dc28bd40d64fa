import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestClient } from '../support/client.js';
import { Cluster } from '../support/cluster.js';
import { post } from '../support/http.js';
import { PATIENT_WITH_REDIS, type RedisProcess, startRedis } from '../support/redis.js';
import { KEYS } from '../support/redis-log.js';

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');

describe('whoever knows the secret of the log', () => {
  let redis: RedisProcess;
  let cluster: Cluster;

  beforeAll(async () => {
    redis = await startRedis();
    cluster = await Cluster.start({ size: 2, redisPorts: [redis.port], environment: PATIENT_WITH_REDIS });
    await cluster.ready();
  });
  afterAll(async () => {
    await cluster?.stop();
    await redis?.stop();
  });

  it('cannot make the instances deaf by a signed message of the future', async () => {
    const clients = await Promise.all(cluster.instances.map(({ wsUrl }) => TestClient.open(wsUrl)));
    await post(`${cluster.at(0).url}/api/events/broadcast`, { event_type: 'before', data: {} });
    await Promise.all(clients.map((client) => client.received(1)));
    const [epoch = '', secret = ''] = String(await redis.cli('HGET', KEYS.meta, 'epoch')).split('.');
    const [offset, prev] = ['99999999999999-0', String(await redis.cli('HGET', KEYS.meta, 'last'))];
    const json = '{"type":"event","event_type":"forged","data":{},"id":"forged"}';
    const sign = sha1(secret + sha1(`${secret}${offset} ${prev} ${json}`));
    const end = `,"offset":"${offset}","prev":"${prev}","log":"${epoch}","sign":"${sign}"}`;
    await redis.cli('PUBLISH', 'dogmonitor:events', json.slice(0, -1) + end);

    for (const { url } of cluster.instances) {
      await post(`${url}/api/events/broadcast`, { event_type: 'after', data: {} });
    }

    for (const client of clients) {
      await client.received(3);
      expect(client.messages.map(({ event_type }) => event_type)).toEqual(['before', 'after', 'after']);
    }
    for (const { url } of cluster.instances) {
      expect(await (await fetch(`${url}/metrics`)).text()).toContain('skipped_total{reason="future"} 1');
    }
    await Promise.all(clients.map((client) => client.close()));
  });
});
