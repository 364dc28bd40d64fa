import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ClientProxy, ClientProxyFactory, Transport } from '@nestjs/microservices';
import { Redis } from 'ioredis';
import { lastValueFrom } from 'rxjs';
import { EventsService } from '../../src/events/events.service.js';
import { TestClient } from '../support/client.js';
import { startHub, startSharedHub, type TestHub } from '../support/hub.js';
import { PATIENT_WITH_REDIS, type RedisProcess, startRedis } from '../support/redis.js';
import { TcpProxy } from '../support/tcp-proxy.js';

describe('another Nest service, over Redis', () => {
  let redis: RedisProcess;
  let hubs: TestHub[];
  let clients: TestClient[];
  let service: ClientProxy;

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  beforeEach(async () => {
    const environment = { REDIS_HOST: '127.0.0.1', REDIS_PORT: String(redis.port), ...PATIENT_WITH_REDIS };
    hubs = await Promise.all([startSharedHub(environment), startSharedHub(environment)]);
    clients = await Promise.all(hubs.map(({ wsUrl }) => TestClient.open(wsUrl)));
    service = ClientProxyFactory.create({
      transport: Transport.REDIS,
      options: { host: '127.0.0.1', port: redis.port, retryAttempts: 100, retryDelay: 50 },
    });
    await service.connect();
  });
  afterEach(async () => {
    await service.close();
    await Promise.all(hubs.map((hub) => hub.close()));
  });

  async function emit(pattern: string, body: unknown): Promise<void> {
    await lastValueFrom(service.emit(pattern, body), { defaultValue: undefined });
  }

  it('is heard once by every client of every instance, with each of the five bodies', async () => {
    await emit('dogmonitor.broadcast', { event_type: 'x', data: { n: 1 }, source: 'cam-1' });
    await emit('dogmonitor.action', { action: 'sit', confidence: 0.5 });
    await emit('dogmonitor.overlay', { overlay_type: 'zone', data: { points: [] } });
    await emit('dogmonitor.telemetry', { data: { fps: 30 } });
    await emit('dogmonitor.dog-detection', { box: { x: 1, y: 2, w: 3, h: 4 }, confidence: 1 });
    await Promise.all(clients.map((client) => client.received(5)));
    // Comes behind all that would come twice.
    await hubs[0]?.app.get(EventsService).broadcastEvent('end', {});

    for (const client of clients) {
      await client.until(() => client.messages.some(({ event_type }) => event_type === 'end'));
      const kinds = client.messages.map(({ type, event_type, overlay_type }) => event_type ?? overlay_type ?? type);
      expect(kinds.sort()).toEqual(['dog_detected', 'end', 'sit', 'telemetry', 'x', 'zone']);
    }
    const [a, b] = clients.map(({ messages }) => messages.filter(({ id }) => id).map(({ id, offset }) => [id, offset]));
    expect(a).toEqual(b);
  });

  it('refuses what a POST would refuse, and delivers it to nobody', async () => {
    const good = { event_type: 'x', data: {} };
    const bodies: [string, unknown][] = [
      ['dogmonitor.broadcast', { ...good, heardByAll: 'forged' }],
      ['dogmonitor.broadcast', { ...good, type: 'connection' }],
      ['dogmonitor.broadcast', { ...good, offset: '1-0\n\ndata: x' }],
      ['dogmonitor.broadcast', { ...good, content: {} }],
      ['dogmonitor.broadcast', { ...good, source: { toString: 1 } }],
      ['dogmonitor.broadcast', { ...good, idempotencyKey: {} }],
      ['dogmonitor.broadcast', { event_type: ['x'], data: {} }],
      ['dogmonitor.broadcast', 'x'],
      ['dogmonitor.broadcast', { event_type: 'x', data: { text: 'x'.repeat(300_000) } }],
      ['dogmonitor.action', { action: 'sit', confidence: 2 }],
      ['dogmonitor.action', { action: 'sit', confidence: 1, more: 1 }],
      ['dogmonitor.overlay', { overlay_type: 'nothing', data: {} }],
      ['dogmonitor.telemetry', { data: [] }],
      ['dogmonitor.dog-detection', { box: { x: '1' }, confidence: 1 }],
    ];
    for (const [pattern, body] of bodies) await emit(pattern, body);
    await emit('dogmonitor.broadcast', { event_type: 'end', data: {} });

    for (const client of clients) {
      await client.until(() => client.messages.some(({ event_type }) => event_type === 'end'));
      expect(client.messages).toHaveLength(1);
    }
  });

  it('is heard from the moment a hub has started, however far away Redis is', async () => {
    const proxy = await TcpProxy.start({ targetPort: redis.port });
    proxy.delay(50);
    const late = await startHub({ REDIS_HOST: '127.0.0.1', REDIS_PORT: String(proxy.port), REDIS_PREFIX: 'late' });
    try {
      await emit('dogmonitor.broadcast', { event_type: 'whine', data: {} });
      const client = await TestClient.open(`${late.wsUrl}?recent=1`);

      expect((await client.received(1)).map(({ event_type }) => event_type)).toEqual(['whine']);
    } finally {
      await late.close();
      await proxy.close();
    }
  });

  it('is heard as often as it says the same', async () => {
    for (let n = 0; n < 20; n++) await emit('dogmonitor.broadcast', { event_type: 'bark', data: {} });

    for (const client of clients) expect(await client.received(20)).toHaveLength(20);
    await hubs[1]?.app.get(EventsService).broadcastEvent('end', {});
    for (const client of clients) expect(await client.received(21)).toHaveLength(21);
  });

  it('is heard also with a bare body that only has the fields of the route', async () => {
    const plain = new Redis(redis.port, '127.0.0.1');
    await plain.publish('dogmonitor.broadcast', '{"event_type":"howl","data":{"hz":440}}');

    for (const client of clients) {
      expect(await client.received(1)).toMatchObject([{ type: 'event', event_type: 'howl', data: { hz: 440 } }]);
    }
    await plain.quit();
  });

  it('reaches nobody with a body that breaks a rule, and goes on', async () => {
    for (const body of [5, 'x', [], {}, { event_type: '', data: {} }, { event_type: 'x', data: [] }]) {
      await emit('dogmonitor.broadcast', body);
    }
    await emit('dogmonitor.action', { action: 'sit', confidence: 7 });
    await emit('dogmonitor.broadcast', { event_type: 'good', data: {} });

    for (const client of clients) {
      expect((await client.received(1)).map(({ event_type }) => event_type)).toEqual(['good']);
    }
  });

  it('gets the count of connections over all instances', async () => {
    const count = async (): Promise<number> => lastValueFrom(service.send<number>('dogmonitor.connections', {}));

    // The instances tell each other every two seconds.
    while ((await count()) !== 2) await delay(100);
  });

  it('is heard again after Redis was gone', async () => {
    await redis.restart();
    while (!clients.every(({ messages }) => messages.length > 0)) {
      await emit('dogmonitor.telemetry', { data: { at: Date.now() } }).catch(() => undefined);
      await delay(100);
    }
  });
});
