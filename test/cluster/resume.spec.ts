import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Received, TestClient } from '../support/client.js';
import { ResumingClient } from '../support/cluster-client.js';
import { Load } from '../support/cluster-load.js';
import { Cluster, type Instance, PATIENCE_MS, until } from '../support/cluster.js';
import { post } from '../support/http.js';
import { PATIENT_WITH_REDIS, type RedisProcess, startRedis } from '../support/redis.js';

const HISTORY_SIZE = 50;

describe('a client that resumes', () => {
  let redis: RedisProcess;
  let cluster: Cluster;
  let open: { close(): unknown }[];

  beforeEach(async () => {
    open = [];
    redis = await startRedis();
  });
  afterEach(async () => {
    await Promise.all(open.map((client) => client.close()));
    await cluster?.stop();
    await redis?.stop();
  });

  async function startCluster(size: number, environment: Record<string, string> = {}): Promise<void> {
    cluster = await Cluster.start({
      size,
      redisPorts: [redis.port],
      environment: { ...PATIENT_WITH_REDIS, ...environment },
    });
    await cluster.ready();
  }

  async function connect({ wsUrl }: Instance, since?: string): Promise<TestClient> {
    const client = await TestClient.open(since === undefined ? wsUrl : `${wsUrl}?since=${since}`);
    open.push(client);

    return client;
  }

  async function postEvents(instance: Instance, count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      const { status } = await post(`${instance.url}/api/events/broadcast`, { event_type: 'bark', data: { n } });
      expect(status).toBe(202);
    }
  }

  /** What came on this connection before an event that is posted now. */
  async function untilBarrier(client: TestClient, instance: Instance): Promise<Received[]> {
    const { body } = await post(`${instance.url}/api/events/broadcast`, { event_type: 'barrier', data: {} });
    await until(
      PATIENCE_MS,
      () => client.messages.some(({ id }) => id === body['id']),
      () => `${JSON.stringify(body)} did not come after ${JSON.stringify(client.messages)}\n${instance.output()}`,
    );

    return client.messages.filter(({ id }) => id !== body['id']);
  }

  it('misses nothing when its instance is killed and it goes on at another', async () => {
    await startCluster(3);
    const clients = await Promise.all(
      Array.from({ length: 9 }, (_, i) => new ResumingClient({ instance: (n) => cluster.at(i + n) }).open()),
    );
    open.push(...clients);
    const load = new Load({ cluster, name: 'resume', eventsPerSecond: 100, overlaysPerSecond: 0 });
    open.push(load);

    load.start();
    const posted = (count: number): Promise<void> =>
      until(
        PATIENCE_MS,
        () => load.events.length >= count,
        () => `only ${load.events.length} posted`,
      );
    await posted(100);
    await cluster.at(0).kill();
    await posted(300);
    await cluster.at(0).start();
    await cluster.ready();
    await cluster.at(1).kill();
    await posted(500);
    await load.stop();

    const ids = load.events.map(({ id }) => id);
    await until(
      PATIENCE_MS,
      () => clients.every(({ taken }) => taken.length >= ids.length),
      () => clients.map(({ taken }) => taken.length).join(),
    );
    for (const client of clients) {
      expect(new Set(client.byId.keys())).toEqual(new Set(ids));
      expect(client.taken).toHaveLength(ids.length);
      expect([client.doubled, client.disordered, client.moved]).toEqual([[], [], []]);
      expect(client.recovered).toEqual(client.recovered.map(() => true));
    }
    expect(clients.filter(({ connections }) => connections > 1).length).toBeGreaterThanOrEqual(6);
  });

  it('is told that an offset lies before the log, and gets all there is', async () => {
    await startCluster(2, { HISTORY_SIZE: String(HISTORY_SIZE) });
    const witness = await connect(cluster.at(1));
    // The log may be longer than asked for: Redis cuts it by whole blocks of 100.
    await postEvents(cluster.at(0), 5 * HISTORY_SIZE + 200);
    await witness.received(5 * HISTORY_SIZE + 200);
    const offsetOf = (fromEnd: number): string => witness.messages.at(-fromEnd)?.offset ?? '';

    for (const instance of cluster.instances) {
      const early = await connect(instance, witness.messages[0]?.offset);
      expect(early.greeting.data['recovered']).toBe(false);

      const late = await connect(instance, offsetOf(21));
      expect(late.greeting.data['recovered']).toBe(true);
      const expected = witness.messages.slice(-20).map(({ id }) => id);
      await late.received(expected.length);
      expect((await late.settled()).map(({ id }) => id)).toEqual(expected);
    }
  });

  it('is told of no gap at an instance that is younger than it, where there were few events or none', async () => {
    await startCluster(3);
    const [early, late] = [await connect(cluster.at(0)), await connect(cluster.at(1))];
    const since = String(early.greeting.data['offset']);
    await early.close();
    await cluster.at(1).kill();
    await cluster.at(1).start();
    await cluster.ready();
    const withoutAny = await connect(cluster.at(1), since);
    expect(withoutAny.greeting.data['recovered']).toBe(true);

    await postEvents(cluster.at(0), 3);
    await cluster.at(2).kill();
    await cluster.at(2).start();
    await cluster.ready();
    const withThree = await connect(cluster.at(2), String(late.greeting.data['offset']));
    expect(withThree.greeting.data['recovered']).toBe(true);
    await withThree.received(3);
    expect(withThree.messages.map(({ data }) => data['n'])).toEqual([0, 1, 2]);
  });

  it('is told that an offset was never given out here', async () => {
    await startCluster(2);
    const witness = await connect(cluster.at(0));
    await postEvents(cluster.at(0), 5);
    await witness.received(5);

    for (const since of ['1-1', `${Date.now() + 3_600_000}-0`, `${Date.now() - 3_600_000}-0`]) {
      for (const instance of cluster.instances) {
        const client = await connect(instance, since);
        expect([since, client.greeting.data['recovered']]).toEqual([since, false]);
      }
    }
  });

  it('is told the truth after FLUSHALL, and that the log is another one when nobody remembers it', async () => {
    await startCluster(2);
    const witness = await connect(cluster.at(0));
    await postEvents(cluster.at(0), 5);
    await witness.received(5);
    const since = witness.messages[0]?.offset;
    const missed = witness.messages.slice(1).map(({ id }) => id);

    await redis.cli('FLUSHALL');
    for (const instance of cluster.instances) {
      const client = await connect(instance, since);
      const messages = await untilBarrier(client, instance);
      if (client.greeting.data['recovered'] === false) continue;
      // It says that nothing is missing, so nothing may be.
      expect(messages.map(({ id }) => id)).toEqual(expect.arrayContaining(missed));
    }

    await Promise.all(cluster.instances.map((instance) => instance.kill()));
    await redis.cli('FLUSHALL');
    await Promise.all(cluster.instances.map((instance) => instance.start()));
    await cluster.ready();
    for (const instance of cluster.instances) {
      const client = await connect(instance, since);
      expect(client.greeting.data['recovered']).toBe(false);
    }
  });
});
