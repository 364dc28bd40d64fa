import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { Instance, PATIENCE_MS, until } from '../../test/support/cluster.js';
import { freePort } from '../../test/support/redis.js';
import { createHubClient, type HubClient } from '../src/index.js';
import { Switch } from './support/switch.js';

const CLIENTS = 500;
const BUCKET_MS = 250;

describe(`${CLIENTS} clients that lose their hub at once`, () => {
  let hub: Instance;
  let gate: Switch;
  let clients: HubClient[] = [];

  beforeEach(async () => {
    hub = new Instance(0, await freePort(), {});
    await hub.start();
    gate = await Switch.start(hub.port);
    clients = Array.from({ length: CLIENTS }, () => createHubClient({ url: gate.url, WebSocket }));
    await until(
      PATIENCE_MS,
      () => countOpen(clients) === CLIENTS,
      () => `${countOpen(clients)} clients are open`,
    );
  });
  afterEach(async () => {
    for (const client of clients) client.close();
    await gate.close();
    await hub.kill();
  });

  it.each([
    ['and find it again where it was', async (): Promise<void> => gate.reset()],
    [
      'and find it again when it has started anew',
      async (): Promise<void> => {
        await hub.kill();
        await hub.start();
      },
    ],
  ])('%s, come back spread out', async (_, strike) => {
    const lostAt = Date.now();
    const arrivals: number[] = [];
    for (const client of clients) {
      // A busy machine is late with many at once; the client answers for when it wanted to come.
      let dueAt = lostAt;
      client.on('state', (state) => {
        if (state.name === 'waiting') dueAt = state.retryAt;
        if (state.name === 'open') arrivals.push(dueAt - lostAt);
      });
    }

    await strike();
    await until(
      PATIENCE_MS,
      () => arrivals.length >= CLIENTS,
      () => `${arrivals.length} arrivals`,
    );

    const buckets = new Map<number, number>();
    for (const at of arrivals) {
      const bucket = Math.floor(at / BUCKET_MS);
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
    }
    expect(arrivals).toHaveLength(CLIENTS);
    expect(Math.max(...buckets.values()) / CLIENTS).toBeLessThanOrEqual(0.15);
  });
});

function countOpen(clients: readonly HubClient[]): number {
  return clients.filter(({ state }) => state.name === 'open').length;
}
