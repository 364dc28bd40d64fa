import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Received, TestClient } from '../support/client.js';
import { startHub, type TestHub } from '../support/hub.js';
import { type HubProcess, ROOT, startHubProcess } from '../support/process.js';
import { startCli } from './start-cli.js';

interface Line {
  at_ms: number;
  path: string;
  body: Record<string, unknown>;
}

const FIXTURE = join(ROOT, 'test/fixtures/dog-fetch.jsonl');
const lines = readFileSync(FIXTURE, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Line);

/** What a client should get for a line of the trace; the hub stamps `id`, `offset` and a missing `timestamp`. */
function expectedFrom({ path, body }: Line): Record<string, unknown> {
  if (path.endsWith('/overlay')) return { type: 'overlay', ...body };
  if (path.endsWith('/telemetry')) return { type: 'telemetry', ...body };
  if (!path.endsWith('/action')) return { type: 'event', ...body };

  const { action, ...data } = body;
  return { type: 'event', event_type: action, data: { timestamp: expect.any(String) as unknown, ...data } };
}

function withoutStamps(message: Received): Partial<Received> {
  return Object.fromEntries(Object.entries(message).filter(([field]) => field !== 'id' && field !== 'offset'));
}

/** A port where nothing listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();

  return port;
}

describe('replay', () => {
  let hub: TestHub;
  let folder: string;

  beforeEach(async () => {
    hub = await startHub();
    folder = mkdtempSync(join(tmpdir(), 'replay-'));
  });

  afterEach(async () => {
    await hub.close();
    rmSync(folder, { recursive: true });
  });

  function traceOf(...entries: readonly unknown[]): string {
    const file = join(folder, 'trace.jsonl');
    writeFileSync(file, entries.map((entry) => JSON.stringify(entry)).join('\n'));

    return file;
  }

  it('brings each of 362 measured requests to every client, in order, unchanged, at the pace of the dog', async () => {
    const clients = await Promise.all([TestClient.open(hub.wsUrl), TestClient.open(hub.wsUrl)]);
    const [first] = clients;
    const arrivals: number[] = [];
    first?.socket.on('message', () => arrivals.push(performance.now()));

    const cli = startCli(['replay', FIXTURE, '--url', hub.url]);
    const { code } = await cli.exited;

    expect(cli.stdout()).toMatch(/^362 sent, 362 accepted, 0 refused, \d+ late, in \d+\.\d s\n$/);
    expect(code).toBe(0);
    for (const client of clients) {
      const messages = await client.settled();
      expect(messages.map(withoutStamps)).toEqual(lines.map(expectedFrom));
      await client.close();
    }

    // The quickest shows the pace. A busy machine is late with some; at any other pace, or all at once, most would be off.
    const lateMs = arrivals.map((at, i) => at - (lines[i]?.at_ms ?? NaN)).sort((a, b) => a - b);
    expect((lateMs[181] ?? NaN) - (lateMs[0] ?? NaN)).toBeLessThan(2_000);
  });

  it('is done sooner with --speed', async () => {
    const telemetry = { path: '/api/events/broadcast/telemetry', body: { data: {} } };
    const hour = traceOf({ at_ms: 0, ...telemetry }, { at_ms: 3_600_000, ...telemetry });

    // Otherwise this takes that hour.
    const cli = startCli(['replay', hour, '--url', hub.wsUrl, '--speed', '3600']);

    expect((await cli.exited).code).toBe(0);
    expect(cli.stdout()).toContain('2 accepted');
  });

  it('starts with the first request, whenever that was recorded', async () => {
    const file = traceOf({ at_ms: 3_600_000, path: '/api/events/broadcast/telemetry', body: { data: {} } });
    const cli = startCli(['replay', file, '--url', hub.url]);

    expect((await cli.exited).code).toBe(0);
    expect(cli.stdout()).toContain('1 sent, 1 accepted');
  });

  it('tells what the hub refused and why, goes on, and exits with 1', async () => {
    const client = await TestClient.open(hub.wsUrl);
    const bad = { at_ms: 0, path: '/api/events/broadcast/action', body: { action: 'sit', confidence: 2 } };
    const good = { at_ms: 0, path: '/api/events/broadcast/action', body: { action: 'lie', confidence: 1 } };

    const cli = startCli(['replay', traceOf(...Array<unknown>(7).fill(bad), good), '--url', hub.url]);
    const { code } = await cli.exited;

    const refusal = 'refused: 400 /api/events/broadcast/action: confidence must be a number from 0 to 1\n';
    expect(code).toBe(1);
    expect(cli.output().split(refusal)).toHaveLength(6);
    expect(cli.output()).toContain('more were refused; the summary has the count');
    expect(cli.stdout()).toContain('8 sent, 1 accepted, 7 refused');
    expect((await client.settled()).map(({ event_type }) => event_type)).toEqual(['lie']);
    await client.close();
  });

  it('sends nothing of a trace with a bad line, and exits with 2', async () => {
    const client = await TestClient.open(hub.wsUrl);
    const good = { at_ms: 0, path: '/api/events/broadcast/action', body: { action: 'lie', confidence: 1 } };
    const file = traceOf(good, good, { ...good, path: '/api/events' });

    const cli = startCli(['replay', file, '--url', hub.url]);
    const { code } = await cli.exited;

    expect(code).toBe(2);
    expect(cli.output()).toMatch(/^\S+trace\.jsonl, line 3: path must be one of \/api\/events\/broadcast, .+\n$/);
    expect(await client.settled()).toEqual([]);
    await client.close();
  });

  it('says that there is no such file, and exits with 2', async () => {
    const cli = startCli(['replay', join(folder, 'none.jsonl')]);

    expect((await cli.exited).code).toBe(2);
    expect(cli.output()).toMatch(/^cannot read \S+none\.jsonl: no such file\n$/);
  });

  it('says that there is no hub, and exits with 1', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const cli = startCli(['replay', FIXTURE, '--url', url]);

    expect((await cli.exited).code).toBe(1);
    expect(cli.output()).toBe(`no hub at ${url}; start one with npm start\n`);
  });

  it('--loop begins again after the end until Ctrl-C, which gives the summary and 130', async () => {
    const client = await TestClient.open(hub.wsUrl);
    const file = traceOf(
      { at_ms: 0, path: '/api/events/broadcast/telemetry', body: { data: { n: 1 } } },
      { at_ms: 40, path: '/api/events/broadcast/telemetry', body: { data: { n: 2 } } },
    );

    const cli = startCli(['replay', file, '--url', hub.url, '--loop']);
    const messages = await client.received(5);
    cli.child.kill('SIGINT');
    const { code } = await cli.exited;

    expect(messages.slice(0, 5).map(({ data }) => data['n'])).toEqual([1, 2, 1, 2, 1]);
    expect(code).toBe(130);
    expect(cli.stdout()).toMatch(/^\d+ sent, \d+ accepted, 0 refused/);
    await client.close();
  });

  it('ends on Ctrl-C while it waits for a late request', async () => {
    const client = await TestClient.open(hub.wsUrl);
    const file = traceOf(
      { at_ms: 0, path: '/api/events/broadcast/telemetry', body: { data: {} } },
      { at_ms: 1e12, path: '/api/events/broadcast/telemetry', body: { data: {} } },
    );

    const cli = startCli(['replay', file, '--url', hub.url]);
    await client.received(1);
    cli.child.kill('SIGINT');

    expect((await cli.exited).code).toBe(130);
    expect(cli.stdout()).toContain('1 sent, 1 accepted');
    await client.close();
  });
});

describe('replay to a hub that goes away', () => {
  let hub: HubProcess;

  beforeEach(async () => {
    hub = await startHubProcess();
  });

  afterEach(() => hub.kill());

  it('goes on where it stopped when the hub is back', async () => {
    const client = await TestClient.open(hub.wsUrl);
    const cli = startCli(['replay', FIXTURE, '--url', hub.url, '--speed', '4']);
    await client.received(100);
    await hub.kill();
    await cli.printed(/the hub went away \(.+\); waiting for it/);

    hub = await startHubProcess({ PORT: new URL(hub.url).port });
    const { code } = await cli.exited;

    expect(cli.output()).toContain('the hub is back');
    expect(cli.stdout()).toContain('362 sent, 362 accepted, 0 refused');
    expect(code).toBe(0);
  });

  it('gives up after --patience, with the summary and 1', async () => {
    const client = await TestClient.open(hub.wsUrl);
    const cli = startCli(['replay', FIXTURE, '--url', hub.url, '--patience', '0.3']);
    await client.received(10);
    await hub.kill();
    const { code } = await cli.exited;

    expect(code).toBe(1);
    expect(cli.output()).toContain(`the hub at ${hub.url} did not come back`);
    expect(cli.stdout()).toMatch(/^(\d+) sent, \1 accepted, 0 refused/);
  });
});
