// One attack on one hub that has just been started and has good clients.
import { setTimeout as delay } from 'node:timers/promises';
import { startScript, stop } from '../child.js';
import { Clients, Publisher } from '../load/load.js';
import { CORES, usageOf } from '../machine.js';
import { Caller } from '../rpc.js';
import { type Server, SERVERS, startServer } from '../servers.js';
import type { AttackHandlers } from './attacker.js';
import { causesIn, type Measured } from './judge.js';

const CLIENTS = 100;
const RATE = 100;
const BASELINE_SECONDS = 5;
const WARM_UP_SECONDS = 3;
/** How long after the attack memory and messages may take to be where they should be, in ms. */
const SETTLE_MS = 3_000;
const DRAIN_MS = 10_000;
const LOOK_MS = 100;
const SCRAPE_MS = 2_000;
const MiB = 1024 * 1024;

/** As many as the log keeps: a log that has been there for a while is full. */
const FILLING = JSON.stringify(
  Array.from({ length: 500 }, (_, n) => ({
    type: 'event',
    event_type: 'filling',
    data: { n, note: 'x'.repeat(200) },
  })),
);
const FILLING_TIMES = 20;

export async function withstand(name: string, seconds: number): Promise<Measured> {
  const kind = SERVERS.find((server) => server.name === 'hub');
  if (!kind) throw new Error('there is no hub to attack');
  const [clients, publisher] = [Clients.start(), new Publisher()];
  const attacker = startScript('attacks/attacker.ts', { cores: CORES.load });
  const server = await startServer(kind);

  try {
    await fill(server);
    // Some attacks broadcast: what they say is not what is measured.
    await clients.open({ port: server.port, path: `${kind.path}?types=event&event_types=bark`, count: CLIENTS });
    return await measure(server, { clients, publisher, attacker: new Caller<AttackHandlers>(attacker) }, name, seconds);
  } finally {
    await Promise.all([clients.close(), publisher.close(), stop(attacker)]);
    await server.stop();
  }
}

interface Hands {
  clients: Clients;
  publisher: Publisher;
  attacker: Caller<AttackHandlers>;
}

async function measure(
  server: Server,
  { clients, publisher, attacker }: Hands,
  name: string,
  seconds: number,
): Promise<Measured> {
  const { port, paths } = server;
  const total = WARM_UP_SECONDS + BASELINE_SECONDS + seconds + 1;
  const published = publisher.publish({ port, paths, rate: RATE, kinds: ['event'], seconds: total, connections: 8 });
  await delay(WARM_UP_SECONDS * 1_000);
  await clients.beginWindow();
  await delay(BASELINE_SECONDS * 1_000);
  const baseline = (await clients.endWindow()).latency.quantile(0.99) / 1_000;

  const before = await scrape(server);
  const memory = watchMemory(server);
  await clients.beginWindow();
  const attack = attacker.call('attack', { name, port, seconds });
  await delay(seconds * 500);
  const during = await scrape(server);
  await attack;
  const { latency } = await clients.endWindow();
  const giveUp = setTimeout(() => void publisher.stopPublishing(), DRAIN_MS);
  const { due } = await published;
  clearTimeout(giveUp);
  await delay(SETTLE_MS);
  const causes = causesIn(before, during, await scrape(server));
  const memoryMiB = memory.stop();

  return {
    ...(memoryMiB === undefined && { ended: 'the hub ended' }),
    lost: await lostOf(clients, due),
    baselineP99: baseline,
    p99: latency.quantile(0.99) / 1_000,
    peakMiB: memoryMiB?.peak ?? Infinity,
    afterMiB: memoryMiB?.after ?? Infinity,
    causes,
  };
}

async function fill({ port }: Server): Promise<void> {
  for (let times = 0; times < FILLING_TIMES; times++) {
    const headers = { 'content-type': 'application/json' };
    const url = `http://127.0.0.1:${port}/api/events/broadcast/batch`;
    const { status } = await fetch(url, { method: 'POST', headers, body: FILLING });
    if (status !== 202) throw new Error(`the hub answers ${status} to a batch`);
  }
}

/** How many of the messages that were due some good client lacks; all, where one was closed. */
async function lostOf(clients: Clients, due: number): Promise<number> {
  const deadline = performance.now() + DRAIN_MS;
  for (;;) {
    const { fewest, open } = await clients.totals();
    const lost = open < CLIENTS ? due : Math.abs(due - fewest);
    if (lost === 0 || performance.now() > deadline) return lost;
    await delay(LOOK_MS);
  }
}

/** `undefined` from `stop`: the process has ended. */
function watchMemory({ pid }: Server): { stop(): { peak: number; after: number } | undefined } {
  const used = (): number | undefined => {
    try {
      return usageOf(pid).residentBytes / MiB;
    } catch {
      return undefined;
    }
  };
  const start = used() ?? 0;
  let peak = start;
  const timer = setInterval(() => (peak = Math.max(peak, used() ?? 0)), LOOK_MS);

  return {
    stop() {
      clearInterval(timer);
      const after = used();
      return after === undefined ? undefined : { peak: Math.max(peak, after) - start, after: after - start };
    },
  };
}

/** The metrics, or nothing where the hub does not answer in time. */
async function scrape({ port }: Server): Promise<string> {
  try {
    return await (await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(SCRAPE_MS) })).text();
  } catch {
    return '';
  }
}
