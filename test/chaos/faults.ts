import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../support/cluster.js';
import type { RedisProcess } from '../support/redis.js';
import type { TcpProxy } from '../support/tcp-proxy.js';
import type { Fault } from './schedule.js';

const READY_DEADLINE_MS = 15_000;
/** Readiness counts when it lasts this long: right after a fault it may be of before. */
const STEADY_MS = 400;

export interface Site {
  redis: RedisProcess;
  proxy: TcpProxy;
  cluster: Cluster;
}

/** A start of an instance that was ended with `kill -9`. */
export interface Kill {
  instance: number;
  start: number;
  at: number;
  /** What its relay said last. */
  state: string;
}

/** What a fault did. Times of `performance.now()`, in ms. */
export interface Incident {
  fault: Fault;
  from: number;
  /** When it was repaired. */
  repairedAt: number;
  /** When all instances were ready again, for good. */
  readyAt: number;
  kills: Kill[];
}

/** Makes one fault happen, repairs it, and waits until all instances are ready. */
export async function suffer(fault: Fault, site: Site): Promise<Incident> {
  const incident: Incident = { fault, from: performance.now(), repairedAt: 0, readyAt: 0, kills: [] };
  await inject(fault, site, incident.kills);
  incident.repairedAt = performance.now();
  incident.readyAt = await steadilyReady(site.cluster);

  return incident;
}

async function inject({ kind, lastsMs, instance, direction }: Fault, site: Site, kills: Kill[]): Promise<void> {
  const { redis, proxy, cluster } = site;

  switch (kind) {
    case 'redis killed':
      await redis.kill();
      await delay(lastsMs);
      return redis.restart();
    case 'redis frozen':
      redis.freeze();
      await delay(lastsMs);
      return redis.thaw();
    case 'subscribers killed':
      await redis.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
      return;
    case 'publishers killed':
      await redis.cli('CLIENT', 'KILL', 'TYPE', 'normal');
      return;
    case 'network cut':
      proxy.blackhole(direction);
      await delay(lastsMs);
      return proxy.blackhole(null);
    case 'instance killed':
      kills.push(killOf(cluster, instance));
      await cluster.at(instance).kill();
      await delay(lastsMs);
      return cluster.at(instance).start();
    case 'rolling restart':
      for (const each of cluster.instances) {
        await each.terminate();
        await each.start();
        await steadilyReady(cluster);
      }
  }
}

function killOf(cluster: Cluster, index: number): Kill {
  const { starts, stateChanges } = cluster.at(index);

  return { instance: index, start: starts, at: performance.now(), state: stateChanges.at(-1)?.to ?? 'unknown' };
}

/** When all became ready, and stayed so for a while. */
async function steadilyReady(cluster: Cluster): Promise<number> {
  await cluster.ready(READY_DEADLINE_MS);
  let since = performance.now();
  while (performance.now() - since < STEADY_MS) {
    await delay(50);
    const all = await Promise.all(cluster.instances.map((instance) => instance.health()));
    if (all.every(({ status }) => status === 200)) continue;

    await cluster.ready(READY_DEADLINE_MS);
    since = performance.now();
  }

  return since;
}
