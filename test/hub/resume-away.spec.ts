import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventsService } from '../../src/events/events.service.js';
import { Relay } from '../../src/relay/relay.js';
import { type Received, TestClient } from '../support/client.js';
import { startHub, type TestHub } from '../support/hub.js';
import { type RedisProcess, startRedis } from '../support/redis.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const numbersOf = (messages: readonly Received[]) => messages.map(({ data }) => data['n']);

describe('/ws/ui?since= while Redis is frozen', () => {
  // Together more than a connection may have queued.
  const AHEAD = 800;
  const text = 'x'.repeat(4_000);
  let redis: RedisProcess;
  let hub: TestHub;
  let since: string;

  const publish = (from: number, to: number) =>
    Promise.all(range(from, to).map((n) => hub.app.get(EventsService).broadcastEvent('bark', { n, text })));
  const untilState = async (...states: string[]): Promise<void> => {
    while (!states.includes(hub.app.get(Relay).state)) await turn();
  };

  beforeEach(async () => {
    redis = await startRedis();
    hub = await startHub({ REDIS_HOST: '127.0.0.1', REDIS_PORT: `${redis.port}`, SHARE_DEADLINE_MS: '2000' });
    await untilState('shared');
    await publish(0, 10);
    const [first] = hub.app.get(Relay).read({ limit: 10 }).deliveries;
    since = (JSON.parse(first?.json ?? '{}') as Received).offset ?? '';
    redis.freeze();
    await publish(10, 10 + AHEAD);
  });
  afterEach(async () => {
    redis.thaw();
    await hub.close();
    await redis.stop();
  });

  it('brings the log, then what is ahead of it, and nothing again when that has its place', async () => {
    const client = await TestClient.open(`${hub.wsUrl}?since=${since}`);
    await client.received(9 + AHEAD);
    expect(client.greeting.data).toMatchObject({ recovered: true });
    expect(client.messages.map(({ offset }) => offset !== undefined)).toEqual(range(1, 10 + AHEAD).map((n) => n < 10));

    redis.thaw();
    await untilState('shared');
    await publish(10 + AHEAD, 20 + AHEAD);

    await client.received(19 + AHEAD);
    expect(numbersOf(await client.settled())).toEqual(range(1, 20 + AHEAD));
  });

  it('brings it once when it finds its place in the log meanwhile', async () => {
    const client = await TestClient.open(`${hub.wsUrl}?since=${since}`);
    client.socket.pause();
    await turn();

    redis.thaw();
    await untilState('shared');
    await publish(10 + AHEAD, 20 + AHEAD);
    client.socket.resume();

    await client.received(19 + AHEAD);
    expect(numbersOf(await client.settled())).toEqual(range(1, 20 + AHEAD));
  });
});
