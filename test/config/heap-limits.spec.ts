import { request, Agent } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Backlogs, fitToHeap, heapLimit, heapProblem, keysThatFit } from '../../src/config/heap-limits.js';
import { TestClient } from '../support/client.js';
import { ROOT, startNode, type TestProcess } from '../support/process.js';

const MiB = 1024 * 1024;
const DEFAULTS: Backlogs = {
  HISTORY_SIZE: 10_000,
  HISTORY_BYTES: 64 * MiB,
  OUTBOX_SIZE: 10_000,
  OUTBOX_BYTES: 64 * MiB,
};
const SMALL_HEAP = ['--max-old-space-size=64', '--max-semi-space-size=4'];

describe('the limits of log and outbox', () => {
  it('have their full defaults in a usual heap, and are less in a small one', () => {
    expect(fitToHeap(DEFAULTS, () => false, 1024 * MiB)).toEqual(DEFAULTS);

    const small = fitToHeap(DEFAULTS, () => false, 64 * MiB);
    expect(small.HISTORY_BYTES).toBeLessThan(8 * MiB);
    expect(small.OUTBOX_SIZE).toBeLessThan(2_000);
  });

  it.each([64, 96, 128, 256, 512])('fit a heap of %i MiB by default, for any length of the log', (heapMiB) => {
    for (const HISTORY_SIZE of [1, 100, 10_000, 1_000_000]) {
      const limits = fitToHeap({ ...DEFAULTS, HISTORY_SIZE }, () => false, heapMiB * MiB);

      expect(heapProblem(limits, true, heapMiB * MiB)).toBeUndefined();
    }
  });

  it('are kept where they are the own choice, and refused with the figure where they cannot fit', () => {
    const isSet = (key: string): boolean => key === 'HISTORY_BYTES';
    const limits = fitToHeap(DEFAULTS, isSet, 64 * MiB);

    expect(limits.HISTORY_BYTES).toBe(64 * MiB);
    expect(heapProblem(limits, false, 64 * MiB)).toMatch(
      /^HISTORY_SIZE and HISTORY_BYTES need a heap of 113 MiB, and Node has 64 MiB: .*--max-old-space-size=113$/,
    );
    expect(heapProblem(limits, false, 113 * MiB)).toBeUndefined();
  });

  it('leave room for idempotency keys', () => {
    expect(keysThatFit(100_000, 4096 * MiB)).toBe(100_000);
    expect(keysThatFit(100_000, 64 * MiB)).toBeLessThan(3_000);
  });

  it('are of a heap that is known without a flag', () => {
    expect(heapLimit()).toBeGreaterThan(64 * MiB);
  });
});

describe('a hub in a heap of 64 MiB', () => {
  let hub: TestProcess | undefined;

  afterEach(async () => {
    await hub?.kill();
    hub = undefined;
  });

  const start = (environment: Record<string, string>): TestProcess =>
    (hub = startNode([...SMALL_HEAP, 'dist/main.js'], { PORT: '0', LOG_LEVEL: 'info', ...environment }, ROOT));

  it.each([
    ['of 6 KB', 20_000, { pad: 'x'.repeat(6_000) }, {}],
    ['of 300 B', 20_000, { pad: 'x'.repeat(200) }, {}],
    ['of 6 KB in two bytes a character', 5_000, { pad: 'ж'.repeat(3_000) }, {}],
    ['of 6 KB that are objects', 5_000, { list: Array.from({ length: 2_000 }, () => ({})) }, {}],
    ['of 200 KB', 300, { pad: 'x'.repeat(200_000) }, {}],
    ['of 6 KB, while Redis is away', 8_000, { pad: 'x'.repeat(6_000) }, { REDIS_HOST: '127.0.0.1', REDIS_PORT: '1' }],
    [
      'of 3 KB that are objects, while Redis is away',
      5_000,
      { list: Array.from({ length: 1_000 }, () => ({})) },
      { REDIS_HOST: '127.0.0.1', REDIS_PORT: '1' },
    ],
  ])(
    'takes any number of events %s, and serves on',
    async (_, count, data, environment) => {
      const running = start(environment);
      const [, port = ''] = await running.printed(/WebSocket\s+ws:\/\/localhost:(\d+)/);

      expect(await flood(port, count, JSON.stringify({ event_type: 'sit', data }))).toEqual({ 202: count });

      const client = await TestClient.open(`ws://127.0.0.1:${port}/ws/ui`);
      running.child.kill('SIGTERM');
      expect((await client.closed).code).toBe(1001);
      expect(await running.exited).toEqual({ code: 0, signal: null });
    },
    600_000,
  );

  it('remembers any number of idempotency keys', async () => {
    const running = start({});
    const [, port = ''] = await running.printed(/WebSocket\s+ws:\/\/localhost:(\d+)/);
    const key = (n: number): string => `${n}-`.padEnd(255, 'k');

    expect(await flood(port, 20_000, '{"event_type":"sit","data":{}}', key)).toEqual({ 202: 20_000 });
    expect(running.child.exitCode).toBeNull();
  }, 600_000);

  it('says at the start what cannot fit', async () => {
    const running = start({ HISTORY_BYTES: String(64 * MiB) });

    expect(await running.exited).toEqual({ code: 1, signal: null });
    expect(running.output()).toMatch(/HISTORY_BYTES need a heap of \d+ MiB, and Node has 64 MiB/);
  });
});

/** How many answers there were of each status. */
async function flood(
  port: string,
  count: number,
  body: string,
  key?: (n: number) => string,
): Promise<Record<number, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const answers: Record<number, number> = {};
  let next = 0;
  const postOne = (n: number): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', ...(key && { 'idempotency-key': key(n) }) };
      request({ host: '127.0.0.1', port, path: '/api/events/broadcast', method: 'POST', agent, headers })
        .on('response', (response) => response.resume().on('end', () => resolve(response.statusCode ?? 0)))
        .on('error', reject)
        .end(body);
    });
  const postAll = async (): Promise<void> => {
    while (next < count) {
      const status = await postOne(next++);
      answers[status] = (answers[status] ?? 0) + 1;
    }
  };

  await Promise.all(Array.from({ length: 8 }, postAll));
  agent.destroy();

  return answers;
}
