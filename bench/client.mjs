// What a page costs and how old its overlays are: with the hook of the guide, with the import swapped for the client's,
// and with the client's own. node bench/client.mjs [--seconds 60] [--pages guide,swapped,latest,shown] [--loads 60,300,busy].
// Needs a build (npm run build) and Chromium, or CHROMIUM with its path.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { bundlePage } from '../client/test/support/bundle-page.mjs';
import '../test/chaos/typescript.mjs';

// All that measures shares the cores of the page. With `fetch` a POST takes three times the processor of its sender that it
// takes with `node:http`; this takes less than either, and an overlay is as old as its way makes it.
const { PostConnection } = await import('./load/post-connection.ts');
const { usageOf } = await import('./machine.ts');

const PAGES = {
  guide: 'the hook of the guide',
  swapped: 'the import swapped: `useWebSocket`',
  latest: '`useLatest` and `useHubEvents`',
  shown: '`showOverlays` and `useHubEvents`',
};

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    pages: { type: 'string', default: Object.keys(PAGES).join() },
    loads: { type: 'string', default: '60,300,busy' },
  },
});
const seconds = Number(values.seconds);

/** Messages a second, for so many seconds; and for how many ms the page is busy with each besides. */
const LOADS = {
  60: { rate: 60, seconds, busyMs: 0 },
  300: { rate: 300, seconds: Math.ceil(seconds / 3), busyMs: 0 },
  busy: { rate: 60, seconds: Math.ceil(seconds / 3), busyMs: 50 },
};
/** So many messages are events; the others are overlays. */
const EVENT_EVERY = 10;
/** Messages before it is measured, within 4 s: enough for a list of 100 events to be full. */
const WARM_UP = 1_200;
/** Requests under way at most; a server that is behind makes the next ones old. */
const CONNECTIONS = 8;

async function listening(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return server.address().port;
}

async function startHub() {
  const server = createServer();
  const port = await listening(server);
  server.close();
  const env = { PATH: process.env.PATH, PORT: String(port), HOST: '127.0.0.1', LOG_LEVEL: 'error' };
  const child = spawn(process.execPath, ['dist/main.js'], { env, stdio: ['ignore', 'ignore', 'inherit'] });

  for (;;) {
    if (child.exitCode !== null) throw new Error('the hub has ended');
    const answer = await fetch(`http://127.0.0.1:${port}/health/live`).catch(() => undefined);
    if (answer?.ok) return { port, child };
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

/** Posts on its connections in turn: the hub closes one that is idle for long. */
class Producer {
  constructor(port) {
    this.free = Array.from({ length: CONNECTIONS }, () => new PostConnection(port));
    this.waiting = [];
  }

  /** Sends the messages from `first` on at this rate; what a timer was late for is sent at once. */
  async load(first, count, rate) {
    const startedAt = performance.now();
    const answers = [];

    for (let n = first; n < first + count; n++) {
      await delay(Math.max(0, startedAt + ((n - first) * 1000) / rate - performance.now()));
      answers.push(this.publish(n));
    }
    await Promise.all(answers);
  }

  close() {
    for (const connection of this.free) connection.close();
  }

  publish(n) {
    const box = { x: 100 + (n % 300), y: 150, w: 200, h: 300, label: 'dog', confidence: 0.95 };
    const data = { n, sent_at: Date.now(), width: 1280, height: 720 };
    const [path, body] =
      n % EVENT_EVERY === 0
        ? ['/api/events/broadcast', { event_type: 'bark', data }]
        : ['/api/events/broadcast/overlay', { overlay_type: 'detection', data: { ...data, boxes: [box] } }];

    return new Promise((resolve, reject) => {
      this.waiting.push({ path, body: JSON.stringify(body), resolve, reject });
      this.next();
    });
  }

  next() {
    if (this.free.length === 0 || this.waiting.length === 0) return;

    const connection = this.free.shift();
    const { path, body, resolve, reject } = this.waiting.shift();
    connection.post(path, body, (status) => {
      this.free.push(connection);
      if (status === 202) resolve();
      else reject(new Error(`the hub answered ${status}`));
      this.next();
    });
  }
}

async function metricsOf(session) {
  const { metrics } = await session.send('Performance.getMetrics');

  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

async function afterGc(session) {
  await session.send('HeapProfiler.collectGarbage');

  return metricsOf(session);
}

/** Of two clocks: what the main thread was at work by the wall, and by the processor, where others' work does not count. */
async function openTab(browser, url) {
  const tab = await browser.newPage();
  const [wall, cpu] = [await tab.context().newCDPSession(tab), await tab.context().newCDPSession(tab)];
  await wall.send('Performance.enable', { timeDomain: 'timeTicks' });
  await cpu.send('Performance.enable', { timeDomain: 'threadTicks' });
  await tab.goto(url);
  await tab.waitForFunction(() => document.querySelector('p')?.textContent === 'Connected');

  const busy = async () => [(await metricsOf(wall)).TaskDuration, (await metricsOf(cpu)).TaskDuration];
  return { tab, wall, busy };
}

const toSeconds = ({ user, system }) => (user + system) / 1e6;

async function measure({ browser, site, hub }, page, { rate, seconds, busyMs }) {
  const url = `${site.url}/?hub=127.0.0.1:${hub.port}&page=${page}&busy=${busyMs}`;
  const { tab, wall, busy } = await openTab(browser, url);
  const producer = new Producer(hub.port);
  // The list of a page of the guide has every message, that of the others the events only.
  const hasAll = page === 'guide' || page === 'swapped';
  const shown = (sent) => {
    const last = hasAll ? sent - 1 : EVENT_EVERY * Math.floor((sent - 1) / EVENT_EVERY);
    return tab.waitForFunction((n) => globalThis.seen.list.at(-1) === n, last, { timeout: 120_000 });
  };
  // A list that is full stays as it is from here on: what is looked for is what grows.
  await producer.load(0, WARM_UP, WARM_UP / 4);
  await shown(WARM_UP);
  await tab.evaluate(() => (globalThis.seen.ages.length = 0));

  const before = await afterGc(wall);
  const [busyBefore, hubBefore, ownBefore, startedAt] = [
    await busy(),
    usageOf(hub.child.pid).cpuSeconds,
    toSeconds(process.cpuUsage()),
    performance.now(),
  ];
  const count = rate * seconds;
  await producer.load(WARM_UP, count, rate);
  const wallSeconds = (performance.now() - startedAt) / 1000;
  const used = [
    ...(await busy()).map((at, index) => at - busyBefore[index]),
    usageOf(hub.child.pid).cpuSeconds - hubBefore,
    toSeconds(process.cpuUsage()) - ownBefore,
  ];

  const sent = WARM_UP + count;
  await shown(sent);
  const after = await afterGc(wall);
  const { ages, list, dropped } = await tab.evaluate(() => globalThis.seen);
  await tab.close();
  producer.close();

  ages.sort((a, b) => a - b);
  return { shares: used.map((time) => time / wallSeconds), before, after, ages, list, dropped, sent, hasAll };
}

/** Whether the list has all events that were sent but the oldest, which it says it has left out. */
function eventsOf({ list, dropped, sent, hasAll }) {
  if (hasAll) return '';

  const hasHoles = list.some((n, index) => index > 0 && n !== list[index - 1] + EVENT_EVERY);
  const isWhole = !hasHoles && list.length + dropped === Math.ceil(sent / EVENT_EVERY);
  return isWhole ? `all ${list.length + dropped}, newest ${list.length} shown` : 'some are missing';
}

function row(page, { rate, seconds, busyMs }, result) {
  const { shares, before, after, ages } = result;
  const at = (share) => ages[Math.min(ages.length - 1, Math.floor(share * ages.length))] ?? '-';
  const change = (name, unit = 1) =>
    `${Math.round(before[name] / unit).toLocaleString('en')} → ${Math.round(after[name] / unit).toLocaleString('en')}`;

  return [
    `${rate}/s for ${seconds} s${busyMs > 0 ? `, busy for ${busyMs} ms with each` : ''}`,
    PAGES[page],
    ...shares.map((share) => `${(100 * share).toFixed(1)} %`),
    change('Nodes'),
    change('JSHeapUsedSize', 1000),
    change('JSEventListeners'),
    Math.round(ages.length / seconds),
    [0.5, 0.99, 1].map(at).join(', '),
    eventsOf(result),
  ];
}

const COLUMNS = [
  'load',
  'page',
  'main thread busy',
  'of a processor',
  'the hub',
  'the sender',
  'DOM nodes',
  'heap, kB',
  'listeners',
  'drawn/s',
  'age when drawn, ms: p50, p99, most',
  'events',
];

/** The names of a list with commas between, each of which must be known. */
function namesOf(option, known) {
  const names = values[option].split(',');
  const unknown = names.find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) throw new Error(`--${option}: ${unknown} is none of ${Object.keys(known).join(', ')}`);

  return names;
}

const [loads, pages] = [namesOf('loads', LOADS), namesOf('pages', PAGES)];
const hub = await startHub();
const site = await startSite(await bundlePage('client/test/react/bench-page.tsx'));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--no-first-run'],
});

try {
  const today = new Date().toISOString().slice(0, 10);
  console.log(`${cpus()[0].model}, ${cpus().length} cores; Chromium ${browser.version()}; ${today}\n`);
  console.log(`| ${COLUMNS.join(' | ')} |\n|${COLUMNS.map(() => ' --- |').join('')}`);
  for (const load of loads.map((name) => LOADS[name])) {
    for (const page of pages) {
      const result = await measure({ browser, site, hub }, page, load);
      console.log(`| ${row(page, load, result).join(' | ')} |`);
    }
  }
} finally {
  await browser.close();
  site.server.close();
  site.server.closeAllConnections();
  hub.child.kill();
}
