import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { TestClient } from '../support/client.js';
import { ResumingClient } from '../support/cluster-client.js';
import { Load } from '../support/cluster-load.js';
import { Cluster, type Instance, PATIENCE_MS, until } from '../support/cluster.js';
import { type Answer, post } from '../support/http.js';
import { quantile } from '../chaos/judge.js';
import { type HubProcess, startHubProcess } from '../support/process.js';
import { freePort, PATIENT_WITH_REDIS, type RedisProcess, startRedis } from '../support/redis.js';
import { TcpProxy } from '../support/tcp-proxy.js';

/** What is promised, in ms. */
const BOOT_MS = 2_000;
const NOTICED_MS = 5_000;
const SHARED_AGAIN_MS = 6_000;
const LOCAL_MS = 100;

describe('while Redis is away', () => {
  let redis: RedisProcess | undefined;
  let cluster: Cluster | undefined;
  let alone: HubProcess | undefined;
  let open: { close(): unknown }[] = [];

  afterEach(async () => {
    await Promise.all(open.map((client) => client.close()));
    open = [];
    await alone?.kill();
    await cluster?.stop();
    await redis?.stop();
  });

  async function connect({ wsUrl }: Pick<Instance, 'wsUrl'>): Promise<TestClient> {
    const client = await TestClient.open(wsUrl);
    open.push(client);

    return client;
  }

  const postEvent = ({ url }: Pick<Instance, 'url'>, eventType: string): Promise<Answer> =>
    post(`${url}/api/events/broadcast`, { event_type: eventType, data: {} });

  const eventTypes = ({ messages }: TestClient): unknown[] =>
    messages.filter(({ type }) => type === 'event').map(({ event_type }) => event_type);

  /** From a POST to its event at a client of the same hub, in ms. */
  async function roundTripMs(
    hub: Pick<Instance, 'url'>,
    client: TestClient,
    eventType: string,
    body: object = {},
  ): Promise<number> {
    const startedAt = performance.now();
    const answer = postEvent(hub, eventType);
    await client.until(() => eventTypes(client).includes(eventType));
    const tookMs = performance.now() - startedAt;
    expect(await answer).toMatchObject({ status: 202, body });

    return tookMs;
  }

  /** From the start of the process to the first answer to a POST, in ms. */
  async function bootMs(environment: Record<string, string>): Promise<number> {
    const startedAt = performance.now();
    const one = await Cluster.start({ size: 1, redisPorts: [6379], environment });
    try {
      await postEvent(one.at(0), 'boot');
      return performance.now() - startedAt;
    } finally {
      await one.stop();
    }
  }

  it('starts without it, serves at once, and shares within 6 s after it comes', async () => {
    const port = await freePort();
    // On a slow machine every start is slow, now more and now less; a Redis that is not there must not add to it.
    let withoutRedisMs = 0;
    let redisDownMs = Infinity;
    for (let n = 0; n < 5 && redisDownMs >= Math.max(BOOT_MS, withoutRedisMs + 500); n++) {
      withoutRedisMs = Math.max(withoutRedisMs, await bootMs({ REDIS_HOST: '' }));
      redisDownMs = Math.min(redisDownMs, await bootMs({ REDIS_PORT: String(port) }));
    }
    expect(redisDownMs).toBeLessThan(Math.max(BOOT_MS, withoutRedisMs + 500));

    const hubs = (cluster = await Cluster.start({ size: 2, redisPorts: [port], environment: PATIENT_WITH_REDIS }));
    const [here, there] = [hubs.at(0), hubs.at(1)];
    expect(await here.health()).toEqual({ status: 503, state: 'local-only' });
    const [local, remote] = [await connect(here), await connect(there)];
    expect(await postEvent(here, 'early')).toMatchObject({ status: 202, body: { shared: false } });
    await local.received(1);

    redis = await startRedis({ port });
    await cluster.ready(SHARED_AGAIN_MS);
    await remote.received(1);
    expect(await postEvent(here, 'late')).toMatchObject({ status: 202, body: { shared: true } });
    await Promise.all([local.received(2), remote.received(2)]);

    for (const client of [local, remote]) expect(eventTypes(client)).toEqual(['early', 'late']);
    expect(local.messages[0]).toMatchObject({ id: remote.messages[0]?.id });
  });

  it('notices a frozen one within 5 s, delivers locally meanwhile, and no stale overlay after it thaws', async () => {
    redis = await startRedis();
    cluster = await Cluster.start({ size: 2, redisPorts: [redis.port] });
    await cluster.ready();
    const [here, there] = [cluster.at(0), cluster.at(1)];
    const [local, remote] = [await connect(here), await connect(there)];
    const postOverlay = (n: number): Promise<Answer> =>
      post(`${here.url}/api/events/broadcast/overlay`, { overlay_type: 'zone', source: `cam-${n}`, data: { n } });

    // What this machine takes at the same time where there is no Redis to wait for.
    alone = await startHubProcess();
    const control = await connect(alone);

    redis.freeze();
    const noticed = cluster.degraded(NOTICED_MS);
    const [localMs, controlMs]: [number[], number[]] = [[], []];
    for (let n = 0; n < 40; n++) {
      await postOverlay(n);
      controlMs.push(await roundTripMs(alone, control, `control_${n}`));
      localMs.push(await roundTripMs(here, local, `frozen_${n}`, { shared: false }));
      await delay(50);
    }
    await noticed;
    expect((await here.health()).state).toBe('local-only');
    expect(remote.messages).toEqual([]);

    redis.thaw();
    await cluster.ready(SHARED_AGAIN_MS);
    await remote.received(40);
    await postOverlay(99);
    await postEvent(here, 'barrier');
    await Promise.all([local, remote].map((each) => each.until(() => eventTypes(each).includes('barrier'))));

    const expected = [...Array.from({ length: 40 }, (_, n) => `frozen_${n}`), 'barrier'];
    expect([eventTypes(local), eventTypes(remote)]).toEqual([expected, expected]);
    const overlays = remote.messages.filter(({ type }) => type === 'overlay');
    expect(overlays.map(({ data }) => data['n'])).toEqual([99]);
    // A machine that is busy may be late; Redis may not make it so.
    expect(quantile(localMs, 0.9)).toBeLessThanOrEqual(LOCAL_MS + quantile(controlMs, 0.9));
  });

  it('brings no overlay late out of a freeze that is too short to be noticed', async () => {
    redis = await startRedis();
    cluster = await Cluster.start({ size: 2, redisPorts: [redis.port] });
    await cluster.ready();
    const [here, there] = [cluster.at(0), cluster.at(1)];
    const remote = await connect(there);
    const postOverlay = (n: number): Promise<Answer> =>
      post(`${here.url}/api/events/broadcast/overlay`, { overlay_type: 'zone', source: `cam-${n}`, data: { n } });
    const overlays = (): unknown[] =>
      remote.messages.filter(({ type }) => type === 'overlay').map(({ data }) => data['n']);

    redis.freeze();
    for (let n = 0; n < 10; n++) await postOverlay(n);
    await delay(1_200);
    redis.thaw();
    await postEvent(here, 'barrier');
    await remote.until(() => eventTypes(remote).includes('barrier'));
    while (!overlays().includes(200)) await postOverlay(200);

    expect(new Set(overlays())).toEqual(new Set([200]));
  });

  it('loses nothing at any instance when one that keeps nothing is killed and restarted under load', async () => {
    const server = (redis = await startRedis());
    const hubs = (cluster = await Cluster.start({ size: 2, redisPorts: [server.port] }));
    await hubs.ready();
    const clients = await Promise.all(
      Array.from({ length: 6 }, (_, i) => new ResumingClient({ instance: () => hubs.at(i) }).open()),
    );
    const load = new Load({ cluster: hubs, name: 'kills', eventsPerSecond: 100, overlaysPerSecond: 100 });
    open.push(...clients, load);

    load.start();
    for (const downMs of [0, 300, 1_000]) {
      await delay(500);
      await server.kill();
      await delay(downMs);
      await server.restart();
      await delay(100);
      await hubs.ready(SHARED_AGAIN_MS);
    }
    await delay(500);
    await load.stop();

    const ids = load.events.map(({ id }) => id);
    await until(
      PATIENCE_MS,
      () => clients.every(({ taken }) => taken.length >= ids.length),
      () => `of ${ids.length} came ${clients.map(({ taken }) => taken.length).join()}`,
    );
    for (const client of clients) {
      expect(new Set(client.byId.keys())).toEqual(new Set(ids));
      expect([client.taken.length, client.connections]).toEqual([ids.length, 1]);
      expect([client.doubled, client.disordered, client.moved]).toEqual([[], [], []]);
      expect([...client.overlays.values()].filter((times) => times > 1)).toEqual([]);
    }
    expect(load.events.some(({ shared }) => shared === false)).toBe(true);
  });

  it('loses nothing that Redis had answered and not yet published when it was killed', async () => {
    const server = (redis = await startRedis());
    const proxy = await TcpProxy.start({ targetPort: server.port });
    open.push(proxy);
    const hubs = (cluster = await Cluster.start({ size: 2, redisPorts: [proxy.port] }));
    await hubs.ready();
    const clients = await Promise.all(hubs.instances.map((instance) => connect(instance)));

    proxy.holdPublished(true);
    expect(await postEvent(hubs.at(0), 'answered')).toMatchObject({ status: 202 });
    await server.kill();
    // What was held is lost.
    proxy.reset();
    proxy.holdPublished(false);
    await hubs.degraded(NOTICED_MS);
    await server.restart();
    await hubs.ready(SHARED_AGAIN_MS);
    await postEvent(hubs.at(0), 'barrier');
    await Promise.all(clients.map((client) => client.until(() => eventTypes(client).includes('barrier'))));

    for (const client of clients) expect(eventTypes(client)).toEqual(['answered', 'barrier']);
  });
});
