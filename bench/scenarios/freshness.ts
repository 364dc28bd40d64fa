import { setTimeout as delay } from 'node:timers/promises';
import { TcpProxy } from '../../test/support/tcp-proxy.js';
import { findChromium, openPage } from '../load/browser-page.js';
import { Publisher, Readers } from '../load/load.js';
import type { Age } from '../load/reader.js';
import type { ReaderResult } from '../load/reader-worker.js';
import { type Server, type ServerKind, startServer } from '../servers.js';
import type { Row, Scenario } from './scenario.js';

const RATE = 60;
const SLOW_BYTES_PER_SECOND = 60 * 1024;
const BUSY_MS = 50;
const ONE_WAY_MS = 100;

/** How much later than the last message the last event may come, in ms. */
const LATE_MS = 3_000;

/** What comes before this is not counted: the server has yet to see how fast the client is, in ms. */
const SETTLED_MS = 2_000;

/** Ages over time of the first round, by server and case: what the chart shows. */
export const courses = new Map<string, Age[]>();

export const freshness: Scenario = {
  name: 'freshness',
  title: 'How old an overlay is when it comes',
  what:
    'Overlays of 4 KB, 60 a second, and an event a second, to clients with default socket buffers: two that read 60 KB/s, ' +
    `one with a fast link and a round trip of ${2 * ONE_WAY_MS} ms, and a page in Chromium that is busy ${BUSY_MS} ms with ` +
    'each message. The age on arrival, after the first 2 s.',
  columns: [
    { key: 'p50', title: 'age p50, ms', digits: 0 },
    { key: 'p99', title: 'age p99, ms', digits: 0 },
    { key: 'overlays', title: 'overlays, % of those sent', digits: 1 },
    { key: 'link', title: 'link used, %', digits: 0 },
    { key: 'hasEvents', title: `every event in order, ${LATE_MS / 1000} s after the last` },
  ],
  servers: ['hub', 'nest'],
  async run(kind, context) {
    const seconds = context.isQuick ? 3 : 20;
    const rows = await readers(kind, seconds);
    if (context.isQuick || findChromium() === undefined) return rows;

    rows[`Chromium, busy ${BUSY_MS} ms a message`] = await page(kind, { seconds, acks: false });
    if (kind.isHub) rows['the same, with acks=1'] = await page(kind, { seconds, acks: true });
    return rows;
  },
};

/** All at the same time: together they are no load. */
async function readers(kind: ServerKind, seconds: number): Promise<Record<string, Row>> {
  const group = new Readers();
  const server = await startServer(kind);
  const proxy = await TcpProxy.start({ targetPort: server.port });
  proxy.delay(ONE_WAY_MS);
  const { path, isHub = false } = kind;
  const common = { path, isGreeted: isHub, count: 1 };
  const slow = { ...common, port: server.port, bytesPerSecond: SLOW_BYTES_PER_SECOND };
  try {
    await group.open({ ...slow, client: 'bare' });
    await group.open({ ...slow, client: 'ws' });
    await group.open({ ...common, port: proxy.port, client: 'bare' });
    const events = await publish(server, seconds);
    const links = (await group.report()).map(({ bytes }) => (bytes / (SLOW_BYTES_PER_SECOND * seconds)) * 100);
    await delay(LATE_MS);
    const results = await group.report();

    courseOf(kind, 'a socket that reads 60 KB/s', results[0]?.ages ?? []);
    const names = ['a bare socket, 60 KB/s', 'a ws client, 60 KB/s', 'far away, fast link'];
    const rows = results.map((result, n) => ({
      ...rowOf(result, seconds, events),
      ...(n < 2 && { link: links[n] }),
    }));
    return Object.fromEntries(names.map((name, n) => [name, rows[n] ?? {}]));
  } finally {
    await Promise.all([group.close(), proxy.close()]);
    await server.stop();
  }
}

/** Returns how many events were sent. */
async function publish({ port, paths }: Server, seconds: number): Promise<number> {
  const [states, facts] = [new Publisher(), new Publisher()];
  const common = { port, paths, seconds, connections: 2 };
  const [, { events }] = await Promise.all([
    states.publish({ ...common, rate: RATE, kinds: ['overlay'] }),
    facts.publish({ ...common, rate: 1, kinds: ['event'] }),
  ]);
  await Promise.all([states.close(), facts.close()]);

  return events;
}

async function page(kind: ServerKind, { seconds, acks }: { seconds: number; acks: boolean }): Promise<Row> {
  const server = await startServer(kind);
  const publisher = new Publisher();
  try {
    const url = `ws://127.0.0.1:${server.port}${kind.path}${acks ? '?acks=1' : ''}`;
    const finish = await openPage({ url, busyMs: BUSY_MS, acks });
    const { port, paths } = server;
    await publisher.publish({ port, paths, rate: RATE, kinds: ['overlay'], seconds, connections: 2 });
    const ages = await finish();

    courseOf(kind, `a page that is busy${acks ? ', with acks' : ''}`, ages);
    return { ...agesOf(ages), overlays: (ages.length / (RATE * seconds)) * 100 };
  } finally {
    await publisher.close();
    await server.stop();
  }
}

function courseOf({ title }: ServerKind, name: string, ages: Age[]): void {
  const key = `${title}: ${name}`;
  if (!courses.has(key)) courses.set(key, ages);
}

function rowOf({ ages, overlays, events }: ReaderResult, seconds: number, sent: number): Row {
  return { ...agesOf(ages), overlays: (overlays / (RATE * seconds)) * 100, hasEvents: isWhole(events, sent) };
}

function agesOf(ages: readonly Age[]): Row {
  const settled = ages.flatMap(([at, age]) => (at >= SETTLED_MS ? [age] : [])).sort((a, b) => a - b);
  const quantile = (share: number): number | undefined => settled[Math.ceil(share * settled.length) - 1];

  return { p50: quantile(0.5), p99: quantile(0.99) };
}

function isWhole(events: readonly number[], sent: number): boolean {
  return events.length === sent && events.every((seq, n) => seq === n);
}
