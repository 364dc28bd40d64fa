import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { TestClient } from './support/client.js';
import { freePort } from './support/redis.js';
import { ROOT, startHubProcess, startNode, type TestProcess } from './support/process.js';

type Output = 'pipe' | number;

const FULL = '/dev/full';
const FORMATS = ['text', 'json'] as const;

/** Fails each write from the first on. */
function fullDisk(): number {
  return openSync(FULL, 'w');
}

describe('the log of a hub', () => {
  let child: ChildProcess | undefined;
  let other: TestProcess | undefined;
  const opened: number[] = [];

  afterEach(async () => {
    child?.kill('SIGKILL');
    await other?.kill();
    opened.splice(0).forEach((fd) => closeSync(fd));
    child = other = undefined;
  });

  /** A hub whose output goes there, when it answers. */
  async function startWith(
    stdout: Output,
    stderr: Output,
    environment: Record<string, string>,
    onStart?: (child: ChildProcess) => void,
  ): Promise<{ running: ChildProcess; exited: Promise<unknown[]>; url: string }> {
    const port = await freePort();
    const env = { PATH: process.env['PATH'], PORT: String(port), LOG_LEVEL: 'debug', ...environment };
    const running = spawn(process.execPath, ['dist/main.js'], { cwd: ROOT, env, stdio: ['ignore', stdout, stderr] });
    child = running;
    const exited = once(running, 'exit');
    onStart?.(running);
    const url = `http://127.0.0.1:${port}`;
    let isUp = false;
    // It cannot say that it is ready where nobody reads.
    while (!isUp && running.exitCode === null) {
      isUp = await fetch(`${url}/health/live`).then(
        ({ ok }) => ok,
        () => delay(50, false),
      );
    }
    expect(isUp).toBe(true);

    return { running, exited, url };
  }

  async function holdsOn({ running, exited, url }: Awaited<ReturnType<typeof startWith>>): Promise<void> {
    const client = await TestClient.open(`${url.replace('http', 'ws')}/ws/ui`);
    await fetch(`${url}/api/events/broadcast`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"event_type":"sit","data":{}}',
    });
    await client.received(1);

    running.kill('SIGTERM');

    expect(await client.closed).toEqual({ code: 1001, reason: 'going away' });
    expect(await exited).toEqual([0, null]);
  }

  describe.each(FORMATS)('as %s', (LOG_FORMAT) => {
    it('may be on a full disk: the hub lives on, and closes its clients', async () => {
      opened.push(fullDisk(), fullDisk());

      await holdsOn(await startWith(opened[0] ?? 0, opened[1] ?? 0, { LOG_FORMAT }));
    });

    it('may have lost its reader before the first line', async () => {
      const hub = await startWith('pipe', 'pipe', { LOG_FORMAT }, ({ stdout, stderr }) => {
        stdout?.destroy();
        stderr?.destroy();
      });

      await holdsOn(hub);
    });

    it('may lose its reader while the hub runs', async () => {
      const hub = await startWith('pipe', 'pipe', { LOG_FORMAT });
      hub.running.stdout?.destroy();
      hub.running.stderr?.destroy();

      await holdsOn(hub);
    });
  });

  it('may have a reader that has stalled: nothing waits for it', async () => {
    // Never read: Node reads a pipe of a child only for who asks.
    await holdsOn(await startWith('pipe', 'pipe', { LOG_FORMAT: 'json' }));
  });

  it('is one line, with its reason, where the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };

    other = startNode(['dist/main.js'], { PORT: String(port) });
    expect(await other.exited).toEqual({ code: 1, signal: null });

    expect(other.output().trim().split('\n')).toEqual([
      expect.stringMatching(new RegExp(`FATAL \\[Hub\\] PORT ${port} is in use on 127\\.0\\.0\\.1 \\(EADDRINUSE\\)$`)),
    ]);
    taken.close();
  });

  it.each(['nowhere.invalid', '192.0.2.1'])('is one line that names HOST where that is %s', async (HOST) => {
    other = startNode(['dist/main.js'], { PORT: '0', HOST });

    expect(await other.exited).toEqual({ code: 1, signal: null });
    expect(other.output().trim().split('\n')).toEqual([
      expect.stringMatching(
        /FATAL \[Hub\] HOST \S+ is no address of this machine \((EADDRNOTAVAIL|ENOTFOUND|EAI_AGAIN)\)$/,
      ),
    ]);
  });

  it('names keys that look like those of the hub, once, and none of others', async () => {
    const hub = await startHubProcess({
      HISTORY_SIZ: '5',
      REDIS_HSOT: 'redis',
      MAX_CONECTIONS: '10',
      REQUEST_TIMEOUT: '5',
      REDIS_TLS_URL: 'rediss://x',
      REDIS_SERVICE_HOST: '10.0.0.1',
      REDIS_MASTER_PORT: 'tcp://10.0.0.1:6379',
      REDIS_PORT_6379_TCP_ADDR: '10.0.0.1',
      MAIL_HOST: 'x',
    });
    other = hub;
    const [warning = '', ...more] = hub.output().match(/.*WARN.*/g) ?? [];

    expect(more).toEqual([]);
    for (const pair of [
      /HISTORY_SIZ \(nearest: HISTORY_SIZE\)/,
      /REDIS_HSOT \(nearest: REDIS_HOST\)/,
      /MAX_CONECTIONS \(nearest: MAX_\w+\)/,
      /REQUEST_TIMEOUT \(nearest: REQUEST_TIMEOUT_MS\)/,
    ]) {
      expect(warning).toMatch(pair);
    }
    expect(warning).not.toMatch(/TLS_URL|SERVICE|MASTER|6379|MAIL/);
  });
});
