import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { TestClient } from '../support/client.js';
import { PATIENCE_MS, until } from '../support/cluster.js';
import { ROOT, startProgram, type TestProcess } from '../support/process.js';
import { freePort } from '../support/redis.js';

/** All that `npm run dev` reads. */
const FILES = ['package.json', 'tsconfig.json', 'src', 'client', 'dashboard', 'scripts', 'test/chaos'];

interface Member {
  pid: number;
  command: string;
}

describe('npm run dev', () => {
  let folder: string;
  let url: string;
  let dev: TestProcess;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hub-dev-'));
    for (const file of FILES) cpSync(join(ROOT, file), join(folder, file), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));

    const port = `${await freePort()}`;
    url = `http://127.0.0.1:${port}`;
    dev = startProgram(['npm', 'run', 'dev'], { PORT: port }, { cwd: folder, detached: true });
    await ready(1);
  });

  afterEach(async () => {
    for (const { pid } of members()) process.kill(pid, 'SIGKILL');
    await dev.exited;
    rmSync(folder, { recursive: true, force: true });
  });

  /** Waits until the hub has come up so many times. */
  const ready = (times: number): Promise<unknown> =>
    dev.printed(new RegExp(`(health +http://localhost:${new URL(url).port}/[^]*){${times}}`));

  /** All that it has started and that still runs, itself included. */
  function members(): Member[] {
    return execFileSync('ps', ['-A', '-o', 'pgid=,pid=,stat=,args='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([group, , state]) => group === `${dev.child.pid}` && !state?.startsWith('Z'))
      .map(([, pid, , ...args]) => ({ pid: Number(pid), command: args.join(' ') }));
  }

  function pidOfScript(): number {
    const script = members().find(({ command }) => /^\S*node scripts\/dev\.mjs/.test(command));
    if (!script) throw new Error(`no script in ${JSON.stringify(members())}`);

    return script.pid;
  }

  function edit(file: string, from: string, to: string): void {
    const text = readFileSync(join(folder, file), 'utf8');
    expect(text).toContain(from);
    writeFileSync(join(folder, file), text.replace(from, to));
  }

  it('serves the page and all that the hub has at one address', async () => {
    const [page, health] = await Promise.all([fetch(`${url}/`), fetch(`${url}/health/live`)]);

    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<div id="root">')]);
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }]);

    const client = await TestClient.open(`${url.replace('http', 'ws')}/ws/ui`);
    expect(client.greeting).toMatchObject({ type: 'connection' });
    await client.close();
  });

  describe('in a browser', () => {
    let browser: Browser;

    beforeEach(async () => {
      browser = await openBrowser();
    });
    afterEach(() => browser.close());

    it('reloads the page when its source changes', async () => {
      const page = await browser.newPage();
      await page.goto(url);
      await page.getByLabel(/^Connection: /).waitFor();

      edit('dashboard/index.html', '<title>Dog monitor', '<title>Changed');

      await page.waitForFunction("document.title === 'Changed'", undefined, { timeout: PATIENCE_MS });
    });
  });

  it('starts the hub again when a source changes, also after one that does not run', async () => {
    edit('src/main.ts', 'is ready', 'is changed');
    await dev.printed(/is changed/);
    await ready(2);

    edit('src/main.ts', "'node:net';", "'node:net'; throw new Error('broken');");
    await dev.printed(/broken[^]*it starts again when a file changes/);
    expect((await fetch(`${url}/`)).status).toBe(200);

    edit('src/main.ts', "throw new Error('broken');", '');
    await ready(3);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
  });

  it('starts the hub again when there is another .env', async () => {
    writeFileSync(join(folder, '.env'), 'INSTANCE_ID=from-the-file\n');

    await dev.printed(/instance from-the-file is ready/);
  });

  it.each([
    ['npm', 'SIGTERM'],
    ['npm', 'SIGKILL'],
    ['it', 'SIGTERM'],
    ['it', 'SIGHUP'],
    ['it', 'SIGKILL'],
    ['the whole group, as at Ctrl-C,', 'SIGINT'],
  ] as const)('leaves no child when %s gets %s', async (whom, signal) => {
    const npm = dev.child.pid ?? NaN;
    process.kill(whom === 'it' ? pidOfScript() : whom === 'npm' ? npm : -npm, signal);

    await until(
      PATIENCE_MS,
      () => members().length === 0,
      () => JSON.stringify(members()),
    );
    await dev.exited;
  });
});
