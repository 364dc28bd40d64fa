import { setTimeout as delay } from 'node:timers/promises';
import { collectDefaultMetrics, Registry } from 'prom-client';

/** How often the event loop is looked at, in ms. */
const LOOP_LOOK_MS = 10;

/** They go through every socket at each scrape, or tell names instead of counts. */
const LEFT_OUT = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources',
  'nodejs_active_resources_total',
  'nodejs_version_info',
];

let started: Promise<Registry> | undefined;

/**
 * CPU, memory, garbage collection and event-loop lag of the process. They are of the process and not of a hub, so there is
 * one set of them; and it is begun by the first scrape, since they cost a little whoever reads them.
 */
export async function processMetrics(): Promise<string> {
  return (await (started ??= start())).metrics();
}

async function start(): Promise<Registry> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_LOOK_MS });
  for (const name of LEFT_OUT) registry.removeSingleMetric(name);
  // Nothing is known of the event loop before it was looked at.
  await delay(LOOP_LOOK_MS * 3);

  return registry;
}
