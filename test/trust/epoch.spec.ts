import { afterEach, describe, expect, it } from '@jest/globals';
import { type Received, TestClient } from '../support/client.js';
import { Cluster, type Instance, PATIENCE_MS, until } from '../support/cluster.js';
import { get, post } from '../support/http.js';
import { type HubProcess, startHubProcess } from '../support/process.js';
import { PATIENT_WITH_REDIS, type RedisProcess, startRedis } from '../support/redis.js';
import { epochIn, KEYS } from '../support/redis-log.js';
import { SseClient } from '../support/sse-client.js';

type Hub = Pick<Instance, 'url' | 'wsUrl'>;

/** What a page's storage, or another server's stream, may hold by mistake. */
const GARBAGE = [
  'undefined',
  'null',
  '42',
  '',
  'NaN',
  '[object Object]',
  '1-',
  '-1',
  '1.5-0',
  '9999999999999999-0',
  'a:b',
  ':',
  '%00',
  '1-0&since=1-0',
  'x'.repeat(2_000),
];

describe('an offset', () => {
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
    [alone, cluster, redis] = [undefined, undefined, undefined];
  });

  async function startCluster(
    size: number,
    environment: Record<string, string> = {},
    persistent = false,
  ): Promise<Cluster> {
    redis ??= await startRedis({ persistent });
    cluster = await Cluster.start({
      size,
      redisPorts: [redis.port],
      environment: { ...PATIENT_WITH_REDIS, ...environment },
    });
    await cluster.ready();

    return cluster;
  }

  async function connect({ wsUrl }: Hub, query = ''): Promise<TestClient> {
    const client = await TestClient.open(wsUrl + query);
    open.push(client);

    return client;
  }

  async function postEvents({ url }: Hub, count: number): Promise<void> {
    for (let n = 0; n < count; n++) await post(`${url}/api/events/broadcast`, { event_type: 'bark', data: { n } });
  }

  /** Posts so many, and gives them with the epoch that they are of. */
  async function log(hub: Hub, count: number): Promise<{ messages: Received[]; epoch: string }> {
    const client = await connect(hub);
    await postEvents(hub, count);

    return { messages: [...(await client.received(count))], epoch: String(client.greeting.data['epoch']) };
  }

  async function recovered(hub: Hub, since: string | undefined, epoch?: string): Promise<unknown> {
    const client = await connect(hub, `?since=${since}${epoch === undefined ? '' : `&epoch=${epoch}`}`);
    const { data } = client.greeting;
    // What it says over HTTP is the same.
    const { body } = await get(`${hub.url}/api/events?since=${since}${epoch === undefined ? '' : `&epoch=${epoch}`}`);
    expect([since, epoch, body['complete']]).toEqual([since, epoch, data['recovered']]);

    return data['recovered'];
  }

  it.each(GARBAGE)('of garbage is none that the log knows: %j', async (since) => {
    const hub = (alone = await startHubProcess());
    await postEvents(hub, 3);

    for (const epoch of [undefined, 'undefined', '', 'a b', 'x'.repeat(1_000)]) {
      expect(await recovered(hub, since, epoch)).toBe(false);
    }
    const stream = await SseClient.open(`${hub.url}/api/events/stream`, { 'last-event-id': since || '42' });
    open.push(stream);
    expect(stream.greeting.data).toMatchObject({ data: { recovered: false } });
    expect((await get(`${hub.url}/api/events?before=${since.split('&')[0]}`)).body).toMatchObject({
      complete: false,
      events: [],
    });
    await postEvents(hub, 1);
    await stream.received(1);
  });

  it('is good with its epoch, over the socket, the stream and HTTP, and not with another', async () => {
    const hub = (alone = await startHubProcess());
    const { messages, epoch } = await log(hub, 5);
    const since = messages[1]?.offset;

    for (const good of [epoch, undefined]) expect(await recovered(hub, since, good)).toBe(true);
    expect(await recovered(hub, `${epoch}:${since}`)).toBe(true);
    expect(await recovered(hub, since, 'another')).toBe(false);
    expect(await recovered(hub, `another:${since}`)).toBe(false);
    const { body } = await get(`${hub.url}/api/events`);
    expect(body).toMatchObject({ epoch, next: messages[4]?.offset });

    const first = await SseClient.open(`${hub.url}/api/events/stream?since=${since}&epoch=${epoch}`);
    open.push(first);
    const ids = (await first.received(3)).map(({ id }) => id);
    expect(ids).toEqual(messages.slice(2).map(({ offset }) => `${epoch}:${offset}`));
    for (const id of [ids[0] ?? '', messages[2]?.offset ?? '']) {
      const second = await SseClient.open(`${hub.url}/api/events/stream`, { 'last-event-id': id });
      open.push(second);
      expect(second.greeting.data).toMatchObject({ data: { recovered: true, epoch } });
      expect(await second.received(2)).toEqual(first.events.slice(1));
    }
  });

  it('of the process before is none of this one, whatever its time is', async () => {
    const before = (alone = await startHubProcess());
    const { messages, epoch } = await log(before, 3);
    await before.kill();
    const hub = (alone = await startHubProcess());
    const now = await log(hub, 3);

    for (const { offset } of messages) {
      expect(await recovered(hub, offset)).toBe(false);
      expect(await recovered(hub, offset, epoch)).toBe(false);
    }
    // The times of a machine without a clock chip come again: an offset between those of this process.
    const [ms, count] = (now.messages[0]?.offset ?? '').split('-').map(Number);
    for (const strange of [`${ms}-${(count ?? 0) + 500_000}`, `${(ms ?? 0) + 1}-0`]) {
      expect([strange, await recovered(hub, strange)]).toEqual([strange, false]);
      expect(await recovered(hub, strange, epoch)).toBe(false);
    }
  });

  it('from before what was kept with a smaller HISTORY_SIZE is not vouched for by an instance with a larger one', async () => {
    const small = await startCluster(1, { HISTORY_SIZE: '50' });
    const { messages, epoch } = await log(small.at(0), 500);
    await small.stop();
    const large = await startCluster(1, { HISTORY_SIZE: '10000' });

    const kept = Number(await redis?.cli('XLEN', KEYS.log));
    expect(kept).toBeLessThan(450);
    for (const asked of [epoch, undefined]) {
      for (const n of [0, 60, 500 - kept - 2])
        expect(await recovered(large.at(0), messages[n]?.offset, asked)).toBe(false);
      const client = await connect(large.at(0), `?since=${messages[460]?.offset}`);
      expect(client.greeting.data['recovered']).toBe(true);
      await client.received(39);
    }
  });

  it.each([
    ['deleted', (server: RedisProcess) => server.cli('DEL', KEYS.log)],
    ['trimmed', (server: RedisProcess) => server.cli('XTRIM', KEYS.log, 'MAXLEN', '3')],
    [
      'cut off at its end',
      async (server: RedisProcess) => {
        const [[newest]] = (await server.cli('XREVRANGE', KEYS.log, '+', '-', 'COUNT', 1)) as [[string]];
        await server.cli('XDEL', KEYS.log, newest);
      },
    ],
    [
      'robbed of one in the middle',
      async (server: RedisProcess) => {
        const entries = (await server.cli('XRANGE', KEYS.log, '-', '+')) as [string][];
        await server.cli('XDEL', KEYS.log, entries[5]?.[0] ?? '');
      },
    ],
    ['left without what is known of it', (server: RedisProcess) => server.cli('DEL', KEYS.meta)],
    ['robbed of its floor', (server: RedisProcess) => server.cli('HDEL', KEYS.meta, 'floor', 'count')],
  ])('is not vouched for by an instance that found the log %s by hand', async (_title, spoil) => {
    const hubs = await startCluster(1);
    const { messages, epoch } = await log(hubs.at(0), 20);
    expect(await recovered(hubs.at(0), messages[2]?.offset, epoch)).toBe(true);
    await hubs.at(0).kill();
    if (redis) await spoil(redis);
    await hubs.at(0).start();
    await hubs.ready();

    for (const asked of [epoch, undefined]) {
      for (const n of [0, 2, 4]) expect(await recovered(hubs.at(0), messages[n]?.offset, asked)).toBe(false);
    }
    const later = await log(hubs.at(0), 5);
    expect(await recovered(hubs.at(0), later.messages[0]?.offset, later.epoch)).toBe(true);
  });

  it('is not vouched for by an instance that comes after the log was cut while others wrote on', async () => {
    const hubs = await startCluster(2);
    const { messages, epoch } = await log(hubs.at(0), 20);
    await hubs.at(1).kill();
    await redis?.cli('DEL', KEYS.log);
    const later = await log(hubs.at(0), 30);
    await hubs.at(1).start();
    await hubs.ready();

    // One has it all in its memory, the other cannot have.
    expect(await recovered(hubs.at(0), messages[2]?.offset, epoch)).toBe(true);
    expect(await recovered(hubs.at(1), messages[2]?.offset, epoch)).toBe(false);
    expect(await recovered(hubs.at(1), later.messages[2]?.offset, later.epoch)).toBe(true);
  });

  it('still holds after Redis forgot its log and the instances put it back, also for who stayed connected', async () => {
    const hubs = await startCluster(2);
    const { messages, epoch } = await log(hubs.at(0), 10);
    const stayed = await connect(hubs.at(1));
    await redis?.restart();
    await until(
      PATIENCE_MS,
      () => hubs.instances.every(({ stateChanges }) => stateChanges.some(({ from }) => from === 'shared')),
      () => 'nobody noticed',
    );
    await hubs.ready();
    await postEvents(hubs.at(0), 5);
    await stayed.received(5);
    expect(redis && (await epochIn(redis))).not.toBe(epoch);

    for (const hub of hubs.instances) {
      for (const asked of [epoch, undefined]) {
        const client = await connect(hub, `?since=${messages[3]?.offset}${asked ? `&epoch=${asked}` : ''}`);
        expect(client.greeting.data['recovered']).toBe(true);
        expect((await client.received(11)).map(({ id }) => id)).toEqual(
          [...messages.slice(4), ...stayed.messages].map(({ id }) => id),
        );
      }
      // It was greeted in the epoch before, and has an offset of this one.
      expect(await recovered(hub, stayed.messages[1]?.offset, String(stayed.greeting.data['epoch']))).toBe(true);
    }
    await hubs.at(1).kill();
    await hubs.at(1).start();
    await hubs.ready();
    expect(await recovered(hubs.at(1), messages[3]?.offset, epoch)).toBe(true);
    expect(await recovered(hubs.at(1), messages[3]?.offset, 'another')).toBe(false);
  });

  it('still holds after a restart of a Redis that keeps its log on disk', async () => {
    const hubs = await startCluster(1, {}, true);
    const { messages, epoch } = await log(hubs.at(0), 10);
    await hubs.at(0).kill();
    await redis?.restart();
    await hubs.at(0).start();
    await hubs.ready();

    for (const asked of [epoch, undefined]) expect(await recovered(hubs.at(0), messages[3]?.offset, asked)).toBe(true);
    expect(redis && (await epochIn(redis))).not.toBe(epoch);
  });

  it('of a log that nobody remembers is not vouched for, nor one of another log', async () => {
    const hubs = await startCluster(1);
    const other = (alone = await startHubProcess({
      REDIS_HOST: '127.0.0.1',
      REDIS_PORT: String(redis?.port),
      REDIS_DB: '1',
    }));
    await until(
      PATIENCE_MS,
      () => /-> shared/.test(other.output()),
      () => other.output(),
    );
    const { messages, epoch } = await log(hubs.at(0), 5);
    const theirs = await log(other, 5);
    expect(await recovered(other, messages[1]?.offset, epoch)).toBe(false);
    expect(await recovered(other, messages[1]?.offset)).toBe(false);
    expect(await recovered(hubs.at(0), theirs.messages[1]?.offset, theirs.epoch)).toBe(false);

    await hubs.at(0).kill();
    await redis?.cli('FLUSHALL');
    await hubs.at(0).start();
    await hubs.ready();
    for (const asked of [epoch, undefined]) expect(await recovered(hubs.at(0), messages[1]?.offset, asked)).toBe(false);
  });
});
