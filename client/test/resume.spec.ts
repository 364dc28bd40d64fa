import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cluster, type Instance, PATIENCE_MS, until, within } from '../../test/support/cluster.js';
import { post } from '../../test/support/http.js';
import { PATIENT_WITH_REDIS, type RedisProcess, startRedis } from '../../test/support/redis.js';
import { Switch } from './support/switch.js';
import { WatchedClient } from './support/watched-client.js';

const SEED = 20_261_123;
const DISCONNECTS = 50;
const EVENTS = 10_000;
const BATCHES = 4;

const FAST = { backoff: { minMs: 5, maxMs: 200, stableMs: 100 }, heartbeatMs: 400 };

/** Numbers from 0 to 1, the same for the same seed. Source: the "mulberry32" generator, which is in the public domain. */
function randomFrom(seed: number): () => number {
  let state = seed;

  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;

    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Posts numbered events, one batch after the other. */
class Producer {
  readonly ids: string[] = [];

  async postBatches(instance: Instance, batches: number, count: number): Promise<void> {
    for (let n = 0; n < batches; n++) await this.post(instance, count);
  }

  private async post(instance: Instance, count: number): Promise<void> {
    const from = this.ids.length;
    const batch = Array.from({ length: count }, (_, i) => ({
      type: 'event',
      event_type: 'bark',
      data: { n: from + i },
    }));
    const { status, body } = await post(`${instance.url}/api/events/broadcast/batch`, batch);
    expect([status, body['refused']]).toEqual([202, 0]);
    this.ids.push(...(body['results'] as { id: string }[]).map(({ id }) => id));
  }
}

describe('a client whose hub goes away', () => {
  let redis: RedisProcess;
  let cluster: Cluster | undefined;
  let gate: Switch;
  let watched: WatchedClient | undefined;

  beforeEach(async () => {
    redis = await startRedis();
    gate = await Switch.start();
  });
  afterEach(async () => {
    watched?.client.close();
    await gate.close();
    await cluster?.stop();
    await redis.stop();
  });

  it(`has had ${EVENTS} events exactly once and in order after ${DISCONNECTS} disconnects`, async () => {
    const random = randomFrom(SEED);
    const pick = (count: number): number => Math.floor(random() * count);
    cluster = await Cluster.start({ size: 3, redisPorts: [redis.port], environment: PATIENT_WITH_REDIS });
    await cluster.ready();
    const producer = new Producer();
    const healing = new Map<Instance, Promise<void>>();
    let current = cluster.at(0);
    gate.target = current.port;
    const following = (watched = new WatchedClient({ url: gate.url, ...FAST }));
    await watched.untilState('open');
    // An offset of a log without a message is another one at each instance.
    await producer.postBatches(current, 1, 1);
    await watched.until(({ ids }) => ids.length === 1);

    for (let n = 0; n < DISCONNECTS; n++) {
      const { losses } = following;
      const other = cluster.at(current.index + 1 + pick(2));
      await healing.get(other);

      const fault = FAULTS[pick(FAULTS.length)];
      if (!fault?.stays) gate.target = other.port;
      const load = producer.postBatches(other, BATCHES, EVENTS / DISCONNECTS / BATCHES);
      await fault?.strike(current, gate);
      await load;
      await within(
        PATIENCE_MS,
        following.until((now) => now.losses > losses),
        () => `disconnect ${n}, ${fault?.name}: ${JSON.stringify(following.states.slice(-5))}`,
      );
      healing.set(current, heal(current, fault));
      await within(PATIENCE_MS, following.untilState('open'), () => `no reconnect after disconnect ${n}`);
      if (!fault?.stays) current = other;
    }

    await until(
      PATIENCE_MS,
      () => following.ids.length >= producer.ids.length,
      () => `${following.ids.length} of ${EVENTS}: ${JSON.stringify(following.client.stats)}`,
    );
    expect(producer.ids.length).toBeGreaterThan(EVENTS);
    expect(following.ids).toEqual(producer.ids);
    expect(following.messages.map(({ data }) => data['n'])).toEqual(producer.ids.map((_, n) => n));
    await Promise.all(healing.values());
    expect([following.gaps, following.wrongs]).toEqual([[], []]);
    expect(following.client.stats.reconnects).toBeGreaterThanOrEqual(DISCONNECTS);
    expect(following.recovered.length).toBeGreaterThan(0);
  }, 300_000);

  it('tells of a gap when it was away for longer than the log, and goes on', async () => {
    cluster = await Cluster.start({
      size: 1,
      redisPorts: [redis.port],
      environment: { ...PATIENT_WITH_REDIS, HISTORY_SIZE: '50' },
    });
    const hub = cluster.at(0);
    const producer = new Producer();
    gate.target = hub.port;
    watched = new WatchedClient({ url: gate.url, ...FAST });
    await watched.untilState('open');
    await producer.postBatches(hub, 1, 10);
    await watched.until(({ ids }) => ids.length === 10);
    const { offset } = watched.client;

    gate.target = undefined;
    gate.reset();
    await watched.untilState('waiting');
    await producer.postBatches(hub, 5, 100);
    gate.target = hub.port;
    await watched.until(({ gaps }) => gaps.length === 1);
    await producer.postBatches(hub, 1, 10);
    await watched.until(({ ids }) => ids.length === 20);

    expect(watched.gaps).toEqual([{ since: offset, until: expect.any(String) }]);
    expect(watched.ids).toEqual([...producer.ids.slice(0, 10), ...producer.ids.slice(-10)]);
    expect(watched.recovered).toEqual([]);
  });
});

/** Something that takes the hub away from its client, and what brings it back. */
interface Fault {
  readonly name: string;
  strike(instance: Instance, gate: Switch): unknown;
  heal(instance: Instance): unknown;
  /** Whether the client comes back to the same instance, and not to another. */
  stays?: true;
}

const start = (instance: Instance): Promise<void> => instance.start();

const MOVE: Fault = { name: 'move', strike: (_, gate) => gate.reset(), heal: () => undefined };

/** One that costs no start of a process is as frequent as three others. */
const FAULTS: readonly Fault[] = [
  MOVE,
  MOVE,
  MOVE,
  { name: 'kill', strike: (instance) => instance.kill(), heal: start },
  { name: 'restart', strike: (instance) => instance.kill(), heal: start, stays: true },
  { name: 'stop', strike: (instance) => instance.terminate(), heal: start },
  { name: 'freeze', strike: (instance) => instance.freeze(), heal: (instance) => instance.thaw() },
  { name: 'hang', strike: (instance) => instance.freeze(), heal: (instance) => instance.thaw(), stays: true },
];

async function heal(instance: Instance, fault: Fault | undefined): Promise<void> {
  await fault?.heal(instance);
  while ((await instance.health()).status !== 200) await delay(20);
}
