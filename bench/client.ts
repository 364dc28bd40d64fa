// What a page costs and how old its overlays are: with the hook of the guide, with the import swapped for the client's,
// and with the client's own. bench/client.ts [--seconds 60] [--pages guide,swapped,latest,shown] [--loads 60,300,busy].
// Needs a build (npm run build) and Chromium, or CHROMIUM with its path.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type Browser, type CDPSession, chromium } from 'playwright-core';
import { bundlePage } from '../client/test/support/bundle-page.js';
import { freePort, listening, start, stop } from './child.js';
import { EVENT_EVERY, Producer } from './load/producer.js';
import { usageOf } from './machine.js';

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

type Page = keyof typeof PAGES;
type Load = (typeof LOADS)[keyof typeof LOADS];

/** Messages before it is measured, within 4 s: enough for a list of 100 events to be full. */
const WARM_UP = 1_200;

interface Hub {
  port: number;
  child: ChildProcess;
}

async function startHub(): Promise<Hub> {
  const port = await freePort();
  const env = { PORT: String(port), HOST: '127.0.0.1', LOG_LEVEL: 'error' };
  const child = start([process.execPath, 'dist/main.js'], { env });
  await listening(child, port);

  return { port, child };
}

async function startSite(script: string): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><body><script type="module" src="/page.js"></script>');
  });

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

interface Metrics {
  TaskDuration: number;
  Nodes: number;
  JSHeapUsedSize: number;
  JSEventListeners: number;
}

async function metricsOf(session: CDPSession): Promise<Metrics> {
  const { metrics } = await session.send('Performance.getMetrics');

  return Object.fromEntries(metrics.map(({ name, value }) => [name, value])) as unknown as Metrics;
}

async function afterGc(session: CDPSession): Promise<Metrics> {
  await session.send('HeapProfiler.collectGarbage');

  return metricsOf(session);
}

/** Of two clocks: what the main thread was at work by the wall, and by the processor, where others' work does not count. */
async function openTab(browser: Browser, url: string) {
  const tab = await browser.newPage();
  const [wall, cpu] = [await tab.context().newCDPSession(tab), await tab.context().newCDPSession(tab)];
  await wall.send('Performance.enable', { timeDomain: 'timeTicks' });
  await cpu.send('Performance.enable', { timeDomain: 'threadTicks' });
  await tab.goto(url);
  await tab.waitForFunction("document.querySelector('p')?.textContent === 'Connected'");

  const busy = async () => [(await metricsOf(wall)).TaskDuration, (await metricsOf(cpu)).TaskDuration];
  return { tab, wall, busy };
}

const toSeconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6;

/** What the page says of itself. */
interface Seen {
  ages: number[];
  list: number[];
  dropped: number;
}

interface Result extends Seen {
  /** Of the main thread by the wall and by the processor, of the hub, of the sender. */
  shares: number[];
  before: Metrics;
  after: Metrics;
  sent: number;
  hasAll: boolean;
}

interface Bench {
  browser: Browser;
  site: { url: string };
  hub: { port: number; pid: number };
}

async function measure({ browser, site, hub }: Bench, page: Page, { rate, seconds, busyMs }: Load): Promise<Result> {
  const url = `${site.url}/?hub=127.0.0.1:${hub.port}&page=${page}&busy=${busyMs}`;
  const { tab, wall, busy } = await openTab(browser, url);
  const producer = new Producer(hub.port);
  // The list of a page of the guide has every message, that of the others the events only.
  const hasAll = page === 'guide' || page === 'swapped';
  const shown = (sent: number): Promise<unknown> => {
    const last = hasAll ? sent - 1 : EVENT_EVERY * Math.floor((sent - 1) / EVENT_EVERY);
    return tab.waitForFunction(`seen.list.at(-1) === ${last}`, undefined, { timeout: 120_000 });
  };
  // A list that is full stays as it is from here on: what is looked for is what grows.
  await producer.load(0, WARM_UP, WARM_UP / 4);
  await shown(WARM_UP);
  await tab.evaluate('seen.ages.length = 0');

  const before = await afterGc(wall);
  const used = async (): Promise<number[]> => [
    ...(await busy()),
    usageOf(hub.pid).cpuSeconds,
    toSeconds(process.cpuUsage()),
  ];
  const [usedBefore, startedAt] = [await used(), performance.now()];
  const count = rate * seconds;
  await producer.load(WARM_UP, count, rate);
  const wallSeconds = (performance.now() - startedAt) / 1000;
  const shares = (await used()).map((at, index) => (at - (usedBefore[index] ?? NaN)) / wallSeconds);

  const sent = WARM_UP + count;
  await shown(sent);
  const after = await afterGc(wall);
  const { ages, list, dropped } = await tab.evaluate<Seen>('seen');
  await tab.close();
  producer.close();

  ages.sort((a, b) => a - b);
  return { shares, before, after, ages, list, dropped, sent, hasAll };
}

/** Whether the list has all events that were sent but the oldest, which it says it has left out. */
function eventsOf({ list, dropped, sent, hasAll }: Result): string {
  if (hasAll) return '';

  const hasHoles = list.some((n, index) => index > 0 && n !== (list[index - 1] ?? NaN) + EVENT_EVERY);
  const isWhole = !hasHoles && list.length + dropped === Math.ceil(sent / EVENT_EVERY);
  return isWhole ? `all ${list.length + dropped}, newest ${list.length} shown` : 'some are missing';
}

function row(page: Page, { rate, seconds, busyMs }: Load, result: Result): (string | number)[] {
  const { shares, before, after, ages } = result;
  const at = (share: number): number | string =>
    ages[Math.min(ages.length - 1, Math.floor(share * ages.length))] ?? '-';
  const change = (name: keyof Metrics, unit = 1): string =>
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
function namesOf<T extends object>(option: 'pages' | 'loads', known: T): (keyof T)[] {
  const names = values[option].split(',');
  const unknown = names.find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) throw new Error(`--${option}: ${unknown} is none of ${Object.keys(known).join(', ')}`);

  return names as (keyof T)[];
}

const [loads, pages] = [namesOf('loads', LOADS), namesOf('pages', PAGES)];
const hub = await startHub();
const site = await startSite(await bundlePage('client/test/react/bench-page.tsx'));
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--no-first-run'],
});

try {
  const today = new Date().toISOString().slice(0, 10);
  console.log(`${cpus()[0]?.model}, ${cpus().length} cores; Chromium ${browser.version()}; ${today}\n`);
  console.log(`| ${COLUMNS.join(' | ')} |\n|${COLUMNS.map(() => ' --- |').join('')}`);
  for (const load of loads.map((name) => LOADS[name])) {
    for (const page of pages) {
      const result = await measure({ browser, site, hub: { port: hub.port, pid: hub.child.pid ?? NaN } }, page, load);
      console.log(`| ${row(page, load, result).join(' | ')} |`);
    }
  }
} finally {
  await browser.close();
  site.server.close();
  site.server.closeAllConnections();
  await stop(hub.child);
}
