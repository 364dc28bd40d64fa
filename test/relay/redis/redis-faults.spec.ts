import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadHubConfig } from '../../../src/config/hub-config.js';
import { RedisRelay } from '../../../src/relay/redis/redis-relay.js';
import type { HubMessage } from '../../../src/protocol/messages.js';
import type { Delivery } from '../../../src/protocol/messages.js';
import type { Publication, Receipt } from '../../../src/relay/relay.js';
import { PATIENT_WITH_REDIS, type RedisProcess, startRedis } from '../../support/redis.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { latest, logged } from '../contract.js';

interface Instance {
  relay: RedisRelay;
  delivered: Delivery[];
}

describe('RedisRelay, when Redis fails', () => {
  let redis: RedisProcess;
  let instances: Instance[];

  beforeEach(async () => {
    Logger.overrideLogger(false);
    redis = await startRedis();
    instances = [];
  });
  afterEach(async () => {
    redis.thaw();
    await Promise.all(instances.map(({ relay }) => relay.close()));
    await redis.stop();
  });

  async function open(environment: Record<string, string> = {}): Promise<Instance> {
    const config = loadHubConfig({ REDIS_HOST: '127.0.0.1', REDIS_PORT: String(redis.port), ...environment });
    const relay = await RedisRelay.open(config);
    const delivered: Delivery[] = [];
    relay.subscribe({ onBroadcast: (delivery) => void delivered.push(delivery), onSend: () => false });
    const instance = { relay, delivered };
    instances.push(instance);

    return instance;
  }

  async function until(condition: () => boolean): Promise<void> {
    const deadline = performance.now() + 60_000;
    while (!condition()) {
      if (performance.now() > deadline) throw new Error(`did not hold: ${String(condition)}`);
      await delay(10);
    }
  }

  /** In step with all that was opened before. */
  async function openShared(environment: Record<string, string> = {}): Promise<Instance> {
    const instance = await open(environment);
    await until(() => instance.relay.state === 'shared');

    return instance;
  }

  const areShared = (): boolean => instances.every(({ relay }) => relay.state === 'shared');
  const numbers = ({ delivered }: Instance): unknown[] =>
    delivered.map(({ json }) => (JSON.parse(json) as HubMessage).data['n']);
  const inLog = ({ relay }: Instance): number => relay.read({ limit: 100 }).deliveries.length;
  const offsets = ({ delivered }: Instance): (string | undefined)[] =>
    delivered.map(({ message }) => ('id' in message ? message.offset : undefined));
  const publishAll = (instance: Instance, publications: Publication[]): Promise<Receipt[]> =>
    Promise.all(publications.map((publication) => instance.relay.publish(publication)));

  it('delivers here what a frozen Redis does not take, and brings it to the others once, in order', async () => {
    const [a, b] = [await openShared(), await openShared()];
    redis.freeze();

    const receipts = await publishAll(
      a,
      [1, 2, 3].map((n) => logged(n)),
    );
    expect(receipts).toEqual([{ shared: false }, { shared: false }, { shared: false }]);
    expect(numbers(a)).toEqual([1, 2, 3]);
    await until(() => a.relay.state === 'local-only');
    await publishAll(a, [logged(4)]);
    expect(
      a.relay.read({ since: '1-0', limit: 10 }).ahead.map(({ json }) => (JSON.parse(json) as HubMessage).data['n']),
    ).toEqual([1, 2, 3, 4]);

    redis.thaw();
    await until(areShared);
    await publishAll(b, [logged(5)]);
    await until(() => instances.every((instance) => numbers(instance).length === 5 && inLog(instance) === 5));

    expect(numbers(a)).toEqual([1, 2, 3, 4, 5]);
    expect(numbers(b)).toEqual([1, 2, 3, 4, 5]);
    expect(a.relay.read({ limit: 10 }).deliveries).toEqual(b.relay.read({ limit: 10 }).deliveries);
    expect(a.relay.read({ limit: 10 }).ahead).toEqual([]);
  });

  it('does not bring an overlay late', async () => {
    const [a, b] = [await openShared(), await openShared()];
    await a.relay.publish(latest(0));
    await until(() => numbers(b).length === 1);
    redis.freeze();
    for (let n = 1; n <= 200; n++) await a.relay.publish(latest(n));
    expect(numbers(a)).toHaveLength(201);

    await delay(1_500);
    redis.thaw();
    await until(areShared);
    await a.relay.publish(logged(1_000));
    await until(() => numbers(b).includes(1_000));

    expect(numbers(b)).toEqual([0, 1_000]);
  });

  it('gives a Redis that forgot its log back, at the same offsets', async () => {
    const [a, b] = [await openShared(), await openShared()];
    await publishAll(
      a,
      Array.from({ length: 30 }, (_, n) => logged(n)),
    );
    await until(() => numbers(b).length === 30);
    const before = offsets(a);

    await redis.restart();
    await until(() => instances.some(({ relay }) => relay.state !== 'shared'));
    const [receipt] = await publishAll(b, [logged(30)]);
    await until(areShared);
    const c = await openShared();
    await until(() => numbers(a).length === 31);

    expect(receipt).toEqual({ shared: false });
    expect(numbers(a)).toEqual(Array.from({ length: 31 }, (_, n) => n));
    expect(numbers(b)).toEqual(numbers(a));
    const page = c.relay.read({ since: before[9] ?? '', limit: 100 });
    expect(page.complete).toBe(true);
    expect(page.deliveries.map(({ json }) => (JSON.parse(json) as HubMessage).data['n'])).toEqual(
      Array.from({ length: 21 }, (_, n) => n + 10),
    );
    expect(offsets({ ...c, delivered: [...page.deliveries] }).slice(0, 20)).toEqual(before.slice(10));
  });

  it('notices a flush of a connection that stands, and heals', async () => {
    const [a, b] = [await openShared(), await openShared()];
    await publishAll(a, [logged(1)]);
    await redis.cli('FLUSHALL');

    await publishAll(b, [logged(2)]);
    await until(() => areShared() && instances.every((instance) => inLog(instance) === 2));

    expect(numbers(a)).toEqual([1, 2]);
    expect(numbers(b)).toEqual([1, 2]);
    expect(a.relay.read({ limit: 10 }).deliveries).toEqual(b.relay.read({ limit: 10 }).deliveries);
  });

  it('takes one id at two instances at the same moment as one message', async () => {
    const [a, b] = [await openShared(PATIENT_WITH_REDIS), await openShared(PATIENT_WITH_REDIS)];

    for (let n = 0; n < 20; n++) {
      const publication = { ...logged(n), idempotencyKey: `key-${n}` };
      const [[first], [second]] = await Promise.all([publishAll(a, [publication]), publishAll(b, [publication])]);
      expect(first?.shared).toBe(true);
      expect(second?.shared).toBe(true);
    }
    await publishAll(a, [logged(99)]);
    await until(() => numbers(b).includes(99));

    expect(numbers(a)).toEqual([...Array.from({ length: 20 }, (_, n) => n), 99]);
    expect(numbers(b)).toEqual(numbers(a));
    expect(a.relay.read({ limit: 100 }).deliveries).toHaveLength(21);
  });

  it('sends again what Redis took and forgot before it came back', async () => {
    const proxy = await TcpProxy.start({ targetPort: redis.port });
    // Long enough for Redis to say that it has it.
    const a = await openShared({ REDIS_PORT: String(proxy.port), SHARE_DEADLINE_MS: '2000' });
    proxy.holdPublished(true);

    // Redis has answered, so it counts as in the log, and is delivered here without having come back.
    expect(await publishAll(a, [logged(1)])).toEqual([{ shared: true }]);
    await redis.restart();
    proxy.holdPublished(false);
    await until(() => a.relay.state !== 'shared');
    await until(areShared);
    const b = await openShared();

    expect(
      b.relay.read({ limit: 10 }).deliveries.map(({ json }) => (JSON.parse(json) as HubMessage).data['n']),
    ).toEqual([1]);
    expect(numbers(a)).toEqual([1]);
    await proxy.close();
  });

  it('comes in step where messages come faster than Redis answers', async () => {
    const proxy = await TcpProxy.start({ targetPort: redis.port });
    proxy.delay(100);
    const a = await openShared();
    let count = 0;
    const timer = setInterval(() => void publishAll(a, [logged(count++)]), 10);
    try {
      const b = await openShared({ REDIS_PORT: String(proxy.port) });
      const soFar = count;
      await until(() => numbers(b).at(-1) === soFar + 10);
      const first = Number(numbers(b)[0]);

      expect(numbers(b)).toEqual(Array.from({ length: numbers(b).length }, (_, n) => first + n));
    } finally {
      clearInterval(timer);
      await proxy.close();
    }
  });

  it('drops the oldest when the outbox is full, and keeps the rest', async () => {
    const [a, b] = [await openShared({ OUTBOX_SIZE: '5' }), await openShared()];
    await redis.kill();
    await until(() => a.relay.state === 'local-only');

    await publishAll(
      a,
      Array.from({ length: 8 }, (_, n) => logged(n)),
    );
    await redis.restart();
    await until(areShared);
    await until(() => numbers(b).length >= 5);

    expect(numbers(a)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(numbers(b)).toEqual([3, 4, 5, 6, 7]);
  });

  it('begins alone without Redis, and is shared when it comes', async () => {
    await redis.kill();
    const a = await open();
    expect(a.relay.state).toBe('local-only');
    expect(await publishAll(a, [logged(1)])).toEqual([{ shared: false }]);

    await redis.restart();
    await until(areShared);
    const b = await openShared();

    expect(
      b.relay.read({ limit: 10 }).deliveries.map(({ json }) => (JSON.parse(json) as HubMessage).data['n']),
    ).toEqual([1]);
    expect(numbers(a)).toEqual([1]);
  });

  it('keeps out what is no message, and takes what is one from any publisher', async () => {
    const [a, b] = [await openShared(), await openShared()];
    const bad = [
      '',
      'x',
      '[]',
      '{}',
      '{"type":"event"}',
      '{"type":"connection","data":{}}',
      `["${'x'.repeat(300_000)}"]`,
    ];
    for (const text of [...bad, '{"type":"event","event_type":"sit","data":{},"prev":"0-0","log":"x"}']) {
      await redis.cli('PUBLISH', 'dogmonitor:events', text);
    }
    await redis.cli('PUBLISH', 'dogmonitor:events', '{"type":"event","event_type":"bark","data":{"n":7},"extra":1}');
    await redis.cli('PUBLISH', 'dogmonitor:events', '{"type":"telemetry","data":{"n":8}}');
    await until(() => numbers(a).length === 3 && numbers(b).length === 3);

    expect(a.delivered.filter(({ message }) => message.type === 'event')).toEqual(
      b.delivered.filter(({ message }) => message.type === 'event'),
    );
    expect(numbers(a).sort()).toEqual([7, 8, undefined].sort());
    expect(areShared()).toBe(true);
  });
});
