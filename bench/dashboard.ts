// What the dashboard costs that stays open: three cameras with 60 messages a second each, of all kinds, and the tab behind
// another one for a while: bench/dashboard.ts [--seconds 600] [--hidden 120]. Needs a build (npm run build) and
// Chromium, or CHROMIUM with its path.
import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort, listening, start, stop } from './child.js';
import { Cameras } from './load/cameras.js';
import { Chromium } from './load/chromium.js';
import { DashboardTab } from './load/dashboard-tab.js';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '600' }, hidden: { type: 'string', default: '120' } },
});
const seconds = Number(values.seconds);
const hiddenSeconds = Number(values.hidden);

const SIZE = { width: 1280, height: 900 };
const SOURCES = ['garden', 'hall', 'kitchen'];
/** More than the page holds, so that its list is full from the beginning and what grows is something else. */
const EVENTS_BEFORE = 10_500;
const WARM_UP_S = 10;
/**
 * The time is measured in so many parts; between them the heap, whose collection by force is no part of the cost. It takes
 * compiled code away too, so that short parts would measure how the page warms up.
 */
const PARTS = Math.max(4, Math.min(20, Math.floor(seconds / 10)));
/** An overlay that waited longer than two frames, in ms, has missed one. */
const LATE_MS = 34;

/** After being shown: how long each frame of the first second took, and what the page looked like in the second one. */
const WATCH_RETURN = `globalThis.returned = new Promise((resolve) => {
  document.addEventListener('visibilitychange', () => {
    const steps = [];
    const [startedAt, messages] = [performance.now(), probe.messages];
    let last = startedAt;
    let state;
    const look = () => ({
      connection: document.querySelector('[aria-label^="Connection"]').ariaLabel,
      'newest event': document.querySelector('.timeline-row[aria-posinset="1"] .event-ago')?.textContent,
      'said to be stale': document.querySelector('.stage-stale') !== null,
      notices: [...document.querySelectorAll('.notice span')].map((notice) => notice.textContent),
    });
    const next = () => {
      const now = performance.now();
      steps.push(now - last);
      last = now;
      if (steps.length === 2) state = look();
      if (now - startedAt < 1000) requestAnimationFrame(next);
      else resolve({ steps, state, messages: probe.messages - messages });
    };
    requestAnimationFrame(next);
  }, { once: true });
}); undefined`;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const ms = (time: number | undefined): string => `${time?.toFixed(1) ?? '-'} ms`;
const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
const print = (name: string, text: string): void => console.log(`${name.padEnd(16)} ${text}`);

type Point = [minutes: number, kB: number];

/** Of a line through the points, in kB a minute. */
function slopeOf(points: readonly Point[]): string {
  const [x, y] = [mean(points.map(([at]) => at)), mean(points.map(([, kB]) => kB))];
  const sum = (of: (point: Point) => number): number => points.reduce((total, point) => total + of(point), 0);

  return `${(sum(([at, kB]) => (at - x) * (kB - y)) / sum(([at]) => (at - x) ** 2)).toFixed(0)} kB/min`;
}

async function watch(tab: DashboardTab, cameras: Cameras): Promise<void> {
  await tab.resetProbes();
  const startedAt = performance.now();
  const heaps: Point[] = [];
  const parts: Awaited<ReturnType<DashboardTab['costOf']>>[] = [];
  for (let part = 0; part < PARTS; part++) {
    heaps.push([(performance.now() - startedAt) / 60_000, await tab.heap()]);
    parts.push(await tab.costOf(() => delay((seconds * 1000) / PARTS)));
  }
  const { messages, due, waits } = await tab.probes();
  const rate = (messages * 1000) / (performance.now() - startedAt);

  print('messages', `${rate.toFixed(0)}/s; ${cameras.refused} of ${cameras.sent} refused`);
  const of = (name: keyof (typeof parts)[number]): string => percent(mean(parts.map((part) => part[name])));
  const busiest = percent(Math.max(...parts.map(({ busy }) => busy)));
  print('main thread', `${of('busy')} busy, ${of('cpu')} of a processor; the busiest of ${PARTS} parts ${busiest}`);
  print('', `script ${of('script')}, style ${of('style')}, layout ${of('layout')}`);
  waits.sort((a, b) => a - b);
  const at = (share: number): string => ms(waits[Math.min(waits.length - 1, Math.floor(share * waits.length))]);
  const late = waits.filter((wait) => wait > LATE_MS).length;
  print('overlay frames', `${waits.length} drawn of ${due} due, ${late} of them later than ${LATE_MS} ms`);
  print('', `waited p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)}`);
  print('heap after GC', `${slopeOf(heaps)}; in the second half ${slopeOf(heaps.slice(PARTS >> 1))}`);
  print('', `${heaps.map(([, kB]) => Math.round(kB)).join(' ')} kB`);
}

async function hide(tab: DashboardTab): Promise<void> {
  const before = await tab.heap();
  await tab.hide();
  const hidden = await tab.costOf(() => delay(hiddenSeconds * 1000));
  print(`hidden ${hiddenSeconds} s`, `${percent(hidden.busy)} busy`);

  await tab.evaluate(WATCH_RETURN);
  const first = await tab.costOf(async () => {
    await tab.show();
    await tab.evaluate('returned.then(() => undefined)');
  });
  const { steps, state, messages } = await tab.evaluate<{ steps: number[]; state: unknown; messages: number }>(
    'returned',
  );
  const after = Math.round((await tab.heap()) - before);
  print('shown again', `${steps.length} frames in the first second; the first after ${ms(steps[0])}`);
  print(
    '',
    `the longest ${ms(Math.max(...steps))}; ${percent(first.busy)} busy, ${messages} messages, heap ${after} kB more`,
  );
  print('in its 2nd frame', JSON.stringify(state));
}

const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const hub = start([process.execPath, 'dist/main.js'], {
  env: { PORT: `${port}`, HOST: '127.0.0.1', LOG_LEVEL: 'error', HISTORY_SIZE: '20000' },
});
await listening(hub, port);
const chromium = await Chromium.open(SIZE);
const cameras = new Cameras(url);
try {
  const where = `${cpus()[0]?.model}, ${cpus().length} cores; ${await chromium.version()}`;
  console.log(`${where}; ${new Date().toISOString().slice(0, 10)}\n${SOURCES.length} cameras for ${seconds} s\n`);
  await cameras.sendEvents(EVENTS_BEFORE);
  cameras.start(SOURCES);
  const tab = await DashboardTab.open(chromium, url);
  await delay(WARM_UP_S * 1000);
  await watch(tab, cameras);
  if (hiddenSeconds > 0) await hide(tab);
} finally {
  await cameras.stop();
  await chromium.close();
  await stop(hub);
}
