// What a page costs with the hook of the guide, with the import swapped for the client's, and with the client's hooks:
// node bench/client.mjs [--seconds 60]. Needs a build (npm run build) and Chromium, or CHROMIUM with its path.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { bundlePage } from '../client/test/support/bundle-page.mjs';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const seconds = Number(values.seconds);

/** Messages a second, for so many seconds. */
const LOADS = [
  { rate: 60, seconds },
  { rate: 300, seconds: Math.ceil(seconds / 3) },
];
const PAGES = {
  guide: 'the hook of the guide',
  swapped: 'the import swapped: `useWebSocket`',
  hooks: '`useLatest` and `useHubEvents`',
};
/** So many messages are events; the others are overlays. */
const EVENT_EVERY = 10;

async function listening(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return server.address().port;
}

async function freePort() {
  const server = createServer();
  const port = await listening(server);
  server.close();

  return port;
}

async function startHub() {
  const port = await freePort();
  const env = { PATH: process.env.PATH, PORT: String(port), HOST: '127.0.0.1', LOG_LEVEL: 'error' };
  const child = spawn(process.execPath, ['dist/main.js'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const host = `127.0.0.1:${port}`;

  for (;;) {
    if (child.exitCode !== null) throw new Error('the hub has ended');
    const answer = await fetch(`http://${host}/health/live`).catch(() => undefined);
    if (answer?.ok) return { host, child };
    await delay(50);
  }
}

async function startSite(script) {
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><body><script type="module" src="/page.js"></script>');
  });

  return { url: `http://127.0.0.1:${await listening(server)}`, server };
}

async function publish(host, n) {
  const box = { x: 100 + (n % 300), y: 150, w: 200, h: 300, label: 'dog', confidence: 0.95 };
  const data = { n, sent_at: Date.now(), width: 1280, height: 720 };
  const isEvent = n % EVENT_EVERY === 0;
  const path = isEvent ? '' : '/overlay';
  const body = isEvent ? { event_type: 'bark', data } : { overlay_type: 'detection', data: { ...data, boxes: [box] } };
  const response = await fetch(`http://${host}/api/events/broadcast${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  if (response.status !== 202) throw new Error(`the hub answered ${response.status}`);
}

/** Sends at this rate; what a timer was late for is sent at once. */
async function load(host, rate, count) {
  const startedAt = performance.now();
  const answers = [];

  for (let n = 0; n < count; n++) {
    await delay(Math.max(0, startedAt + (n * 1000) / rate - performance.now()));
    answers.push(publish(host, n));
  }
  await Promise.all(answers);
}

async function readMetrics(session) {
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');

  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

/** How long the main thread has been at work so far. */
async function taskSeconds(session) {
  const { metrics } = await session.send('Performance.getMetrics');

  return metrics.find(({ name }) => name === 'TaskDuration').value;
}

async function measure(browser, site, host, page, { rate, seconds }) {
  const tab = await browser.newPage();
  const session = await tab.context().newCDPSession(tab);
  await session.send('Performance.enable', { timeDomain: 'timeTicks' });
  // The same in time of the processor: what a busy machine does beside it does not count.
  const cpu = await tab.context().newCDPSession(tab);
  await cpu.send('Performance.enable', { timeDomain: 'threadTicks' });
  await tab.goto(`${site.url}/?hub=${host}&page=${page}`);
  await tab.waitForFunction(() => document.querySelector('p')?.textContent === 'Connected');
  // A list that is full stays as it is from here on: what is looked for is what grows.
  await load(host, rate, 4 * rate);
  await tab.evaluate(() => (globalThis.ages.length = 0));

  const [before, cpuBefore, startedAt] = [await readMetrics(session), await taskSeconds(cpu), performance.now()];
  const count = rate * seconds;
  await load(host, rate, count);
  const [busySeconds, cpuSeconds] = [await taskSeconds(session), await taskSeconds(cpu)];
  const wallSeconds = (performance.now() - startedAt) / 1000;
  // The list of the last page has events only.
  const last = page === 'hooks' ? count - (count % EVENT_EVERY || EVENT_EVERY) : count - 1;
  await tab.waitForFunction((n) => globalThis.shown() === n, last, { timeout: 120_000 });
  const after = await readMetrics(session);
  const ages = (await tab.evaluate(() => globalThis.ages)).sort((a, b) => a - b);
  await tab.close();

  const busy = (busySeconds - before.TaskDuration) / wallSeconds;
  const cpuShare = (cpuSeconds - cpuBefore) / wallSeconds;

  return { busy, cpuShare, before, after, drawn: ages.length, ages };
}

function row(page, { rate, seconds }, { busy, cpuShare, before, after, drawn, ages }) {
  const at = (share) => `${ages[Math.min(ages.length - 1, Math.floor(share * ages.length))] ?? '-'} ms`;
  const change = (name, unit = 1) =>
    `${Math.round(before[name] / unit).toLocaleString('en')} → ${Math.round(after[name] / unit).toLocaleString('en')}`;

  return [
    `${rate}/s for ${seconds} s`,
    PAGES[page],
    `${(100 * busy).toFixed(1)} %`,
    `${(100 * cpuShare).toFixed(1)} %`,
    change('Nodes'),
    change('JSHeapUsedSize', 1000),
    change('JSEventListeners'),
    Math.round(drawn / seconds),
    [0.5, 0.99, 1].map(at).join(', '),
  ];
}

const hub = await startHub();
const site = await startSite(await bundlePage('client/test/react/bench-page.tsx'));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--no-first-run'],
});

try {
  const head = [
    'load',
    'page',
    'main thread busy',
    'of a processor',
    'DOM nodes',
    'heap, kB',
    'listeners',
    'drawn/s',
    'age when drawn: p50, p99, most',
  ];
  console.log(
    `${cpus()[0].model}, ${cpus().length} cores; Chromium ${browser.version()}; ${new Date().toISOString().slice(0, 10)}\n`,
  );
  console.log(`| ${head.join(' | ')} |\n|${head.map(() => ' --- |').join('')}`);
  for (const one of LOADS) {
    for (const page of Object.keys(PAGES)) {
      const result = await measure(browser, site, hub.host, page, one);
      console.log(`| ${row(page, one, result).join(' | ')} |`);
    }
  }
} finally {
  await browser.close();
  site.server.close();
  site.server.closeAllConnections();
  hub.child.kill();
}
