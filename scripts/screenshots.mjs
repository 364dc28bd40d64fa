// npm run screenshots: runs a real hub with the demo's dog, and shoots its dashboard into docs/, as the README shows it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { buildIfStale } from './build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const BROWSERS = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** @type {{ file: string, colorScheme: 'dark' | 'light', viewport: { width: number, height: number } }[]} */
const SHOTS = [
  { file: 'docs/dashboard-dark.png', colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  { file: 'docs/dashboard-light.png', colorScheme: 'light', viewport: { width: 1280, height: 900 } },
];
/** How long the dog has been there when it is shot, in ms: for the charts and the timeline to have something to show. */
const LIFE_MS = 45_000;

/** @param {string[]} args @param {Record<string, string>} environment */
function start(args, environment = {}) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  process.once('exit', () => child.kill());

  return child;
}

/**
 * Reads on for as long as the hub runs: it would end when nobody takes what it prints.
 * @param {ReturnType<typeof start>} hub
 * @returns {Promise<string>}
 */
function urlOf(hub) {
  let output = '';

  return new Promise((resolve, reject) => {
    hub.stdout.on('data', (/** @type {Buffer} */ chunk) => {
      output += chunk.toString();
      const [, port] = /ws:\/\/localhost:(\d+)/.exec(output) ?? [];
      if (port) resolve(`http://127.0.0.1:${port}`);
    });
    hub.once('exit', () => reject(new Error(`the hub ended:\n${output}`)));
  });
}

buildIfStale();
const hub = start(['dist/main.js'], { PORT: '0' });
const url = await urlOf(hub);
const demo = start(['dist/cli/main.js', 'demo', '--url', url]);
demo.stdout.resume();

const executablePath = BROWSERS.find((path) => path && existsSync(path));
if (!executablePath) throw new Error('no Chromium found: install it, or set CHROMIUM to its path');
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
const pages = [];
for (const { file, colorScheme, viewport } of SHOTS) {
  const page = await browser.newPage({ colorScheme, viewport });
  await page.goto(url);
  pages.push({ file, page });
}

await delay(LIFE_MS);
for (const { file, page } of pages) {
  await page.bringToFront();
  await delay(500);
  await page.screenshot({ path: fileURLToPath(new URL(`../${file}`, import.meta.url)) });
  console.log(file);
}
await browser.close();
hub.removeAllListeners('exit');
for (const child of [demo, hub]) {
  child.kill();
  await once(child, 'close');
}
