// One server under one load, for a moment: the step that most scenarios are made of.
import { setTimeout as delay } from 'node:timers/promises';
import { busySeconds, usageOf } from './machine.js';
import { type Arrivals, Clients, Publisher } from './load/load.js';
import type { PublishCommand } from './load/publisher.js';
import type { Server } from './servers.js';

/** How long, after the last answer, a message may take to reach all clients before it counts as lost, in ms. */
const DRAIN_MS = 5_000;
const DRAIN_POLL_MS = 50;

export interface Load {
  /** Messages a second. */
  rate: number;
  warmUpSeconds: number;
  seconds: number;
  connections: number;
  batch?: number;
}

export interface Sample {
  /** Deliveries a second. */
  deliveriesPerSecond: number;
  /** CPU time of the server for one delivery, in microseconds. */
  cpuPerDelivery: number;
  /** Share of one core. */
  cpu: number;
  /** Latency, in ms. */
  p50: number;
  p99: number;
  /** Whether every message that was due reached every client once. */
  isWhole: boolean;
}

/** Publishes to a server that has these clients, and measures for a window of it. */
export async function measure(server: Server, clients: Clients, publisher: Publisher, load: Load): Promise<Sample> {
  const { warmUpSeconds, seconds } = load;
  await clients.reset();
  const published = publisher.publish(publishCommand(server, load));
  await delay(warmUpSeconds * 1000);

  const { arrivals, cpuSeconds, elapsed } = await watch(server, clients, seconds);
  const { due, accepted } = await until(published, DRAIN_MS, () => publisher.stopPublishing());
  const isWhole = accepted === due && accepted >= load.rate * (seconds + warmUpSeconds) * 0.99;
  const haveAll = await reached(clients, accepted);

  return {
    deliveriesPerSecond: arrivals.messages / elapsed,
    cpuPerDelivery: (cpuSeconds * 1e6) / arrivals.messages,
    cpu: cpuSeconds / elapsed,
    p50: arrivals.latency.quantile(0.5) / 1000,
    p99: arrivals.latency.quantile(0.99) / 1000,
    isWhole: isWhole && haveAll,
  };
}

export function publishCommand(
  server: Server,
  { rate, warmUpSeconds, seconds, connections, batch }: Load,
): PublishCommand {
  const { kind, port, paths } = server;

  return {
    port,
    paths: batch !== undefined && kind.batch !== undefined ? { event: kind.batch } : paths,
    rate,
    // A little longer than what is watched, so that the window ends under load.
    seconds: warmUpSeconds + seconds + 0.2,
    connections,
    kinds: ['event'],
    ...(batch !== undefined && { batch }),
    ...(kind.isBare && { isBare: true }),
  };
}

/** The largest share of the server's core that others had while it was watched. */
let mostNoise = 0;

/** Returns it, and begins anew. */
export function takeNoise(): number {
  const noise = mostNoise;
  mostNoise = 0;

  return noise;
}

/** What arrives and what the server uses within a time. */
export async function watch(
  { pid }: Server,
  clients: Clients,
  seconds: number,
): Promise<{ arrivals: Arrivals; cpuSeconds: number; elapsed: number }> {
  await clients.beginWindow();
  const [before, busyBefore, beganAt] = [usageOf(pid), busySeconds(), performance.now()];
  await delay(seconds * 1000);

  const [after, busyAfter, elapsed] = [usageOf(pid), busySeconds(), (performance.now() - beganAt) / 1000];
  const arrivals = await clients.endWindow();
  const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
  if (busyBefore !== undefined && busyAfter !== undefined) {
    mostNoise = Math.max(mostNoise, (busyAfter - busyBefore - cpuSeconds) / elapsed);
  }

  return { arrivals, elapsed, cpuSeconds };
}

/** Waits for the work; after a time it is told to give up. */
async function until<T>(work: Promise<T>, ms: number, giveUp: () => Promise<void>): Promise<T> {
  const timer = setTimeout(() => void giveUp(), ms);
  const result = await work;
  clearTimeout(timer);

  return result;
}

/** Whether every client gets this many messages, and no more. Their order is not looked at: they are posted side by side. */
export async function reached(clients: Clients, messages: number): Promise<boolean> {
  const deadline = performance.now() + DRAIN_MS;
  for (;;) {
    const { fewest, most, closeCodes } = await clients.totals();
    if (most > messages || closeCodes.length > 0) return false;
    if (fewest === messages) return true;
    if (performance.now() > deadline) return false;
    await delay(DRAIN_POLL_MS);
  }
}
