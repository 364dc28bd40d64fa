import { setTimeout as delay } from 'node:timers/promises';
import { type Clients, type Publisher, Readers } from '../load/load.js';
import type { Kind } from '../load/messages.js';
import type { PublishResult } from '../load/publisher.js';
import type { ReaderResult } from '../load/reader-worker.js';
import { kernelTcpBytes, usageOf } from '../machine.js';
import { watch } from '../measure.js';
import { type Server } from '../servers.js';
import type { Row, Scenario } from './scenario.js';
import { withServer } from './with-server.js';

/** How often memory is looked at, in ms. */
const LOOK_MS = 200;

/** How long those who read again may take until they have all, in ms. */
const CATCH_UP_MS = 15_000;

/**
 * The same traffic to the 900 alone, before any of it is watched: a process that has just started is slow by itself, and
 * grows until its log is full.
 */
const WARM_UP_SECONDS = 12;

/** Each has an overlay that is its newest. */
const CAMERAS = 4;

const SLOW_CLOSE = 4008;
const RESET = 1006;

/** Messages of one kind and another, in turn. */
interface Traffic {
  name: string;
  rate: number;
  kinds: Kind[];
}

/** Nine events of 300 bytes to one overlay of 4 KB; and overlays alone, as many a second. */
const TRAFFIC: readonly Traffic[] = [
  { name: 'mixed', rate: 1_000, kinds: [...new Array<Kind>(9).fill('event'), 'overlay'] },
  { name: 'overlays only', rate: 100, kinds: ['overlay'] },
];

interface Size {
  good: number;
  stalled: number;
  seconds: number;
}

export const slow: Scenario = {
  name: 'slow',
  title: 'Clients that stop reading',
  what:
    'After a warm-up, for 10 s to 900 clients that read, without and with 100 that have stopped: 900 events of 300 bytes ' +
    'and 100 overlays of 4 KB a second, or the overlays only. Then the 100 read on, and those that were closed resume. ' +
    "Memory is what the process and the kernel's TCP buffers grew by at most, beyond the run without the 100, for each of " +
    'them.',
  columns: [
    { key: 'p50', title: 'p50, ms', digits: 1 },
    { key: 'p99', title: 'p99, ms', digits: 1 },
    { key: 'isWhole', title: 'all delivered to the 900' },
    { key: 'kilobytes', title: 'memory a stalled client, KiB', digits: 0 },
    { key: 'closed', title: 'closed 4008 or reset', digits: 0 },
    { key: 'hasEvents', title: 'then every event, once, in order' },
    { key: 'hasNewest', title: 'and the newest overlay of each camera' },
  ],
  servers: ['hub'],
  async run(kind, { isQuick }) {
    const good = isQuick ? 40 : 900;
    const stalled = isQuick ? 5 : 100;
    const seconds = isQuick ? 1.5 : 10;
    const rows: Record<string, Row> = {};
    for (const traffic of isQuick ? TRAFFIC.slice(0, 1) : TRAFFIC) {
      const run = (count: number): Promise<Row & { grown: number }> =>
        withServer(kind, (...parts) => once(parts, traffic, { good, stalled: count, seconds }));
      const without = await run(0);
      const grownWithout = without.grown;
      const { grown, ...row } = await run(stalled);
      rows[`${traffic.name}, all read`] = { ...without, grown: undefined };
      rows[`${traffic.name}, ${stalled} stopped`] = { ...row, kilobytes: (grown - grownWithout) / stalled / 1024 };
    }

    return rows;
  },
};

async function once(
  [server, clients, publisher]: [Server, Clients, Publisher],
  { rate, kinds }: Traffic,
  { good, stalled, seconds }: Size,
): Promise<Row & { grown: number }> {
  const readers = new Readers();
  const { port, paths, kind } = server;
  try {
    const publish = (seconds: number): Promise<PublishResult> =>
      publisher.publish({ port, paths, rate, kinds, seconds, connections: 16, cameras: CAMERAS });
    await clients.open({ port, path: kind.path, count: good });
    await publish(Math.min(WARM_UP_SECONDS, seconds));
    // The first one reads all along, and is the witness of the order.
    await readers.open({ port, path: kind.path, count: 1 + stalled, client: 'bare', isGreeted: true });
    await readers.pause(1);
    await clients.reset();

    const memory = watchMemory(server);
    const published = publish(seconds);
    const { arrivals } = await watch(server, clients, seconds);
    const sent = await published;
    const grown = memory.stop();
    await delay(1_000);
    const { fewest, closeCodes } = await clients.totals();

    return {
      p50: arrivals.latency.quantile(0.5) / 1000,
      p99: arrivals.latency.quantile(0.99) / 1000,
      isWhole: fewest === sent.accepted && sent.accepted === sent.due && closeCodes.length === 0,
      grown,
      ...(stalled > 0 && (await readOn(readers, sent))),
    };
  } finally {
    await readers.close();
  }
}

/** How much the server's memory and the kernel's for TCP grew from now on, at most, in bytes. */
function watchMemory({ pid }: Server): { stop(): number } {
  const used = (): number => usageOf(pid).residentBytes + (kernelTcpBytes() ?? 0);
  const before = used();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, used())), LOOK_MS);

  return {
    stop() {
      clearInterval(timer);
      return Math.max(most, used()) - before;
    },
  };
}

/** Those that stopped read what there is for them; those that were closed resume. */
async function readOn(readers: Readers, sent: PublishResult): Promise<Row> {
  await readers.resume();
  // Long enough for a close to arrive, behind all that the kernel has kept.
  await delay(2_000);
  const codes = (await readers.report()).map(({ closeCode }) => closeCode);
  await readers.resumeClosed();

  const deadline = performance.now() + CATCH_UP_MS;
  let results: ReaderResult[];
  do {
    await delay(LOOK_MS);
    results = await readers.report();
  } while (results.some(({ events }) => events.length < sent.events) && performance.now() < deadline);

  const [witness, ...stalled] = results;
  const overlays = sent.accepted - sent.events;
  return {
    closed: codes.filter((code) => code === SLOW_CLOSE || code === RESET).length,
    hasEvents: stalled.every(({ events }) => isSame(events, witness?.events ?? [])),
    hasNewest: stalled.every(({ newest }) => hasNewest(newest, overlays)),
  };
}

/** They were posted side by side, so the order is whatever the hub made of them; but it is the same for all. */
function isSame(some: readonly number[], others: readonly number[]): boolean {
  return some.length === others.length && some.every((seq, n) => seq === others[n]);
}

function hasNewest(newest: Readonly<Record<string, number>>, overlays: number): boolean {
  const seqs = Object.values(newest);

  return seqs.length === CAMERAS && seqs.every((seq) => seq >= overlays - CAMERAS);
}
