import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Received, TestClient } from '../support/client.js';
import { Cluster, PATIENCE_MS, until } from '../support/cluster.js';
import { post } from '../support/http.js';
import { PATIENT_WITH_REDIS, type RedisProcess, startRedis } from '../support/redis.js';
import { epochIn, KEYS, timeIn } from '../support/redis-log.js';
import { SseClient } from '../support/sse-client.js';

const FUTURE = '99999999999999-0';
const MAX_ID = '18446744073709551615-18446744073709551615';
const event = (id: string, more: object = {}): string =>
  JSON.stringify({ type: 'event', event_type: 'forged', data: {}, id, ...more });

describe('whoever may write to Redis', () => {
  let redis: RedisProcess;
  let cluster: Cluster;
  let sockets: TestClient[];
  let streams: SseClient[];
  let barriers = 0;

  beforeAll(async () => {
    redis = await startRedis();
    cluster = await Cluster.start({ size: 2, redisPorts: [redis.port], environment: PATIENT_WITH_REDIS });
    await cluster.ready();
  });
  afterAll(async () => {
    await cluster?.stop();
    await redis?.stop();
  });
  beforeEach(async () => {
    sockets = await Promise.all(cluster.instances.map(({ wsUrl }) => TestClient.open(wsUrl)));
    streams = await Promise.all(cluster.instances.map(({ url }) => SseClient.open(`${url}/api/events/stream`)));
  });
  afterEach(async () => {
    streams.forEach((stream) => stream.close());
    await Promise.all(sockets.map((socket) => socket.close()));
  });

  const publish = (channel: string, text: string): Promise<unknown> =>
    redis.cli('PUBLISH', `dogmonitor:${channel}`, text);

  async function skipped(reason: string): Promise<number> {
    const texts = await Promise.all(cluster.instances.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
    const counts = texts.map((text) => new RegExp(`skipped_total\\{reason="${reason}"\\} (\\d+)`).exec(text)?.[1]);

    return counts.reduce((sum, count) => sum + Number(count ?? 0), 0);
  }

  /** Posts an event at each instance, waits until all clients have it, and gives what came but for those events. */
  async function shared(): Promise<Received[]> {
    await cluster.ready();
    const names: string[] = [];
    for (const { url } of cluster.instances) {
      // The first may be what shows an instance that something is amiss.
      for (let isShared = false; !isShared;) {
        const name = `barrier_${++barriers}`;
        const { status, body } = await post(`${url}/api/events/broadcast`, { event_type: name, data: {} });
        expect(status).toBe(202);
        names.push(name);
        isShared = body['shared'] === true;
      }
    }
    const all = [
      ...sockets.map((socket) => (): Received[] => socket.messages),
      ...streams.map((stream) => (): Received[] => stream.events.map(({ data }) => data as unknown as Received)),
    ];
    await until(
      PATIENCE_MS,
      () => all.every((messages) => names.every((name) => messages().some(({ event_type }) => event_type === name))),
      () => `not all have ${names.join()}: ${cluster.instances.map((instance) => instance.output()).join('\n')}`,
    );
    for (const instance of cluster.instances) expect(instance.isRunning).toBe(true);

    return all.flatMap((messages) => messages().filter(({ event_type }) => !event_type?.startsWith('barrier_')));
  }

  it.each([
    [
      'an object for an offset',
      '{"type":"telemetry","data":{},"offset":{"toString":1},"origin":"x","at":999999999999999}',
    ],
    ['a state from the future', '{"type":"telemetry","data":{},"origin":"x","at":999999999999999}'],
    ['a name that has no text', '{"type":"telemetry","data":{},"overlay_type":{"toString":1}}'],
    ['an event type that is a list', '{"type":"weather","data":{},"event_type":[1]}'],
    ['a source that is an object', '{"type":"overlay","overlay_type":"zone","source":{"toString":1},"data":{}}'],
    ['a greeting', '{"type":"connection","data":{"status":"connected"}}'],
    ['an error', '{"type":"error","data":{"code":"X","message":"y"}}'],
  ])('brings nobody %s', async (_title, text) => {
    await publish('events', text);
    await publish('adopted', text);

    expect(await shared()).toEqual([]);
  });

  it('gets nothing but known fields into a stream, and no line of its own', async () => {
    const forged = '1-0\n\nevent: forged\ndata: {}\n\n';
    const telemetry = { type: 'telemetry', data: { n: 1 }, offset: forged, id: forged, age_ms: forged, evil: 1 };
    await publish('events', JSON.stringify(telemetry, undefined, 2));
    await publish('events', JSON.stringify({ ...telemetry, type: 'weather', origin: 'x' }));

    for (const message of await shared()) {
      expect(Object.keys(message).sort()).toEqual(
        message.type === 'weather' ? ['data', 'id', 'offset', 'type'] : ['data', 'type'],
      );
      expect(JSON.stringify(message)).not.toContain('forged');
    }
    expect(streams.flatMap(({ events }) => events.map(({ event }) => event))).not.toContain('forged');
  });

  it('cannot make up a logged message on the channel, whatever offset it has', async () => {
    const before = await skipped('forged');
    const now = await timeIn(redis);
    for (const offset of ['999999999999999-0', `${now + 900}-0`, `${now + 60_000}-0`, '1-1']) {
      for (const prev of ['0-0', `${now}-0`, '999999999999999-0']) {
        const end = { offset, prev, log: await epochIn(redis) };
        await publish('events', event('made-up', end));
        await publish('adopted', event('made-up', { ...end, sign: 'a'.repeat(40) }));
      }
    }

    expect(await shared()).toEqual([]);
    expect(await skipped('forged')).toBe(before + 2 * 24);
  });

  it('cannot make instances read the log for ever by entries that are none', async () => {
    const before = await skipped('entry');
    const big = 'x'.repeat(300_000);
    const id = 'some-id';
    const entries: string[][] = [
      ['id', id, 'json', 'no json'],
      ['id', id, 'json', '[]'],
      ['id', id, 'json', 'null'],
      ['id', id, 'json', event('another-id')],
      ['id', id, 'json', '{"type":"connection","data":{},"id":"some-id"}'],
      ['id', id, 'json', '{"type":"telemetry","data":{},"id":"some-id"}'],
      ['id', id, 'json', '{"type":"event","event_type":"x","data":{"__proto__":1},"id":"some-id"}'],
      ['id', id, 'json', event(id, { data: { big } })],
      ['json', event(id), 'id', id],
      ['id', id],
      ['id', id, 'json', event(id), 'more', '1'],
      ['id', 'x'.repeat(100), 'json', event('x'.repeat(100))],
      ['id', '\n', 'json', event('\n')],
    ];
    for (const fields of entries) await redis.cli('XADD', KEYS.log, '*', ...fields);
    // The first message after them shows the followers that they have missed something.
    expect(await shared()).toEqual([]);
    for (const fields of entries) await redis.cli('XADD', KEYS.log, '*', ...fields);
    await cluster.at(1).kill();
    await cluster.at(1).start();
    await cluster.ready();
    await sockets[1]?.close();
    streams[1]?.close();
    sockets[1] = await TestClient.open(cluster.at(1).wsUrl);
    streams[1] = await SseClient.open(`${cluster.at(1).url}/api/events/stream`);

    expect(await shared()).toEqual([]);
    expect(await skipped('entry')).toBeGreaterThan(before);
    const commands = async (): Promise<number> =>
      Number(/total_commands_processed:(\d+)/.exec(String(await redis.cli('INFO', 'stats')))?.[1]);
    const start = await commands();
    expect(await shared()).toEqual([]);
    expect((await commands()) - start).toBeLessThan(1_000);
  });

  it.each([FUTURE, '18446744073709551615-0', MAX_ID])('cannot end the log by an entry at %s', async (offset) => {
    await redis.cli('XADD', KEYS.log, offset, 'id', `future-${offset}`, 'json', event(`future-${offset}`));

    expect(await shared()).toEqual([]);
    expect(await skipped('future')).toBeGreaterThan(0);
    const [[newest]] = (await redis.cli('XREVRANGE', KEYS.log, '+', '-', 'COUNT', 1)) as [[string]];
    expect(Number(newest.split('-')[0])).toBeLessThanOrEqual(await timeIn(redis));
  });

  it('cannot end the log by an entry in the future that is deleted again', async () => {
    await redis.cli('XADD', KEYS.log, FUTURE, 'id', 'x', 'json', 'x');
    await redis.cli('XDEL', KEYS.log, FUTURE);

    expect(await shared()).toEqual([]);
  });

  it('cannot end the log by what it writes beside it', async () => {
    const text = '{"type":"event","event_type":"sat","data":{}}';
    const heard = KEYS.heard + createHash('sha1').update(text).digest('hex');
    const rubbish = ['', 'rubbish', 'nan', 'inf', '1e308', '-1', '\n'];
    for (const value of rubbish) {
      for (const field of ['settle_until', 'floor', 'last', 'count', 'past', 'begun', 'wiped', 'run']) {
        await redis.cli('HSET', KEYS.meta, field, value);
      }
      await shared();
    }
    await redis.cli('SET', heard, 'x');
    await publish('events', text);
    await until(
      PATIENCE_MS,
      () => sockets.every(({ messages }) => messages.some(({ event_type }) => event_type === 'sat')),
      () => 'no sat',
    );
    await redis.cli('DEL', heard);
    await redis.cli('HSET', heard, '#', 'x', '@0', 'y', 'z', '1e300');
    await publish('events', text);

    const got = await shared();
    expect(got.map(({ event_type }) => event_type)).toEqual(Array(8).fill('sat'));
  });

  it('cannot move the log into the future by what it writes beside it', async () => {
    for (const field of ['last', 'floor', 'begun']) {
      await redis.cli('HSET', KEYS.meta, field, FUTURE);
      await redis.cli('XADD', KEYS.log, '*', 'json', event('forged'));

      expect(await shared()).toEqual([]);
    }
    const answer = await fetch(`${cluster.at(0).url}/api/events?limit=1`);
    const { next } = (await answer.json()) as { next: string };
    expect(Number(next.split('-')[0])).toBeLessThan(Date.now() + 3_600_000);
  });

  it.each(['x', '', 'x.y', `${'x'.repeat(5_000)}.y`, '\n.\n', '.'])(
    'cannot end the log by the epoch %j',
    async (epoch) => {
      await redis.cli('HSET', KEYS.meta, 'epoch', epoch);
      await until(
        PATIENCE_MS,
        () => cluster.instances.every(({ stateChanges }) => stateChanges.at(-1)?.to === 'shared'),
        () => 'not shared',
      );

      await shared();
    },
  );

  it('takes the word of nobody that another epoch has begun', async () => {
    await shared();
    const changes = cluster.instances.map(({ stateChanges }) => stateChanges.length);
    for (let n = 0; n < 200; n++) await publish('epochs', n % 2 ? `epoch-${n}` : `\n${'x'.repeat(n * 100)}`);

    expect(await shared()).toEqual([]);
    expect(cluster.instances.map(({ stateChanges }) => stateChanges.length)).toEqual(changes);
    expect(await skipped('record')).toBeGreaterThan(0);
  });

  it('cannot make up instances that no hub would be', async () => {
    const soon = (await timeIn(redis)) + 60_000;
    const records = [
      'x',
      '1:2',
      `5:${soon}:a\nb`,
      `99999999999:${soon}:huge`,
      `5:99999999999999:forever`,
      `5:${soon}:${'x'.repeat(65)}`,
    ];
    for (const [n, record] of records.entries()) await redis.cli('HSET', KEYS.instances, `forged-${n}`, record);
    while ((await redis.cli('HLEN', KEYS.instances)) !== cluster.instances.length) await shared();

    const { body } = await (async () => {
      const response = await fetch(`${cluster.at(0).url}/api/connections`);
      return { body: (await response.json()) as { instances: { instance_id: string }[] } };
    })();
    expect(body.instances.map(({ instance_id }) => instance_id).sort()).toEqual(['hub-0', 'hub-1']);
  });

  it('sends one connection nothing that could not be posted', async () => {
    const to = sockets[0]?.id;
    const good = { type: 'custom', data: { for: 'you' } };
    for (const message of [
      { type: 'connection', data: {} },
      { type: 'error', data: {} },
      { type: 'pong', data: {} },
      { type: 'event', event_type: { toString: 1 }, data: {} },
      { ...good, data: { big: 'x'.repeat(300_000) } },
      { ...good, data: 5 },
      [good],
      'x',
    ]) {
      await publish('sends', JSON.stringify({ to, message }));
    }
    for (const text of ['', 'x', '[]', '{"to":{"toString":1},"message":{"type":"custom","data":{}}}'])
      await publish('sends', text);
    await publish('sends', JSON.stringify({ to, message: { ...good, offset: '1-0', id: '\n', evil: 1 } }));

    expect(await shared()).toEqual([good]);
  });

  it('survives 50 MB on every channel, and tells little of it', async () => {
    const huge = 'x'.repeat(50 * 1024 * 1024);
    for (const channel of ['events', 'adopted', 'sends', 'epochs']) await publish(channel, huge).catch(() => undefined);

    await shared();
    for (const instance of cluster.instances) {
      for (const line of instance.output().split('\n')) expect(line.length).toBeLessThan(1_000);
      expect(instance.output()).not.toMatch(/at .*\.js:\d+/);
    }
  });
});
