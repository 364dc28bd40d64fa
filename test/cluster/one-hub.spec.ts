import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ResumingClient } from '../support/cluster-client.js';
import { Load } from '../support/cluster-load.js';
import { Cluster, PATIENCE_MS, until } from '../support/cluster.js';
import { PATIENT_WITH_REDIS, type RedisProcess, startRedis } from '../support/redis.js';

const SECONDS = 20;
const RATE = 100;

describe('three instances under load', () => {
  let redis: RedisProcess;
  let cluster: Cluster;
  let clients: ResumingClient[];

  beforeEach(async () => {
    clients = [];
    redis = await startRedis();
    cluster = await Cluster.start({ size: 3, redisPorts: [redis.port], environment: PATIENT_WITH_REDIS });
    await cluster.ready();
  });
  afterEach(async () => {
    for (const client of clients) client.close();
    await cluster?.stop();
    await redis?.stop();
  });

  it('give 60 clients the same sequence of all events, and each overlay at most once', async () => {
    clients = await Promise.all(
      Array.from({ length: 60 }, (_, i) => new ResumingClient({ instance: () => cluster.at(i) }).open()),
    );
    const load = new Load({ cluster, name: 'load', eventsPerSecond: RATE, overlaysPerSecond: RATE });

    load.start();
    await until(
      PATIENCE_MS,
      () => load.events.length >= SECONDS * RATE,
      () => `${load.events.length} posted`,
    );
    await load.close();
    const count = load.events.length;
    await until(
      PATIENCE_MS,
      () => clients.every(({ taken }) => taken.length >= count),
      () => `not all of ${count} events came`,
    );

    const [first] = clients;
    const sequence = first?.taken.map(({ id, offset }) => `${id} ${offset}`);
    expect(new Set(first?.taken.map(({ id }) => id))).toEqual(new Set(load.events.map(({ id }) => id)));
    for (const client of clients) {
      expect(client.taken.map(({ id, offset }) => `${id} ${offset}`)).toEqual(sequence);
      expect([client.connections, client.doubled, client.disordered]).toEqual([1, [], []]);
      expect([...client.overlays.values()].filter((times) => times > 1)).toEqual([]);
      // What is conflated is the exception while all keep up.
      expect(client.overlays.size).toBeGreaterThan(load.overlays.length / 2);
    }
  });
});
