import { setTimeout as delay } from 'node:timers/promises';
import { type Frame, ResumingClient } from '../support/cluster-client.js';
import { Load, type Posted } from '../support/cluster-load.js';
import { Cluster, until } from '../support/cluster.js';
import { type RedisProcess, startRedis } from '../support/redis.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { type Incident, suffer } from './faults.js';
import { type JudgedPost, quantile, type Run } from './judge.js';
import { CUT_INSTANCE, randomFrom, REDIS_FAULTS, scheduleFrom } from './schedule.js';

const INSTANCES = 3;
const CLIENTS = 60;
const RATE = 100;
const OWN_TICK_MS = 5;
const READY_DEADLINE_MS = 20_000;
const SETTLE_DEADLINE_MS = 20_000;

/** How long a local delivery took, from its POST. */
interface Sample {
  /** When it was posted. */
  at: number;
  ms: number;
}

/** One run of the load under all faults of a seed. `close` ends all that it started, also before it is over. */
export class ChaosRun {
  readonly incidents: Incident[] = [];
  readonly clients: ResumingClient[] = [];
  cluster: Cluster | undefined;
  load: Load | undefined;
  startedAt = 0;
  endedAt = 0;
  private redis: RedisProcess | undefined;
  private proxy: TcpProxy | undefined;
  private readonly eventSamples: Sample[] = [];
  private readonly overlaySamples: Sample[] = [];
  private maxOverlayAgeMs = 0;
  /** How late each tick of a timer of this process was: what it cannot blame on the hub. */
  private readonly ownDelays: Sample[] = [];
  private ownTimer: NodeJS.Timeout | undefined;
  private readonly unsettled: string[] = [];

  constructor(
    private readonly seed: number,
    private readonly seconds: number,
    private readonly tell: (text: string) => void,
  ) {}

  async run(): Promise<Run> {
    const redis = (this.redis = await startRedis());
    const proxy = (this.proxy = await TcpProxy.start({ targetPort: redis.port }));
    const redisPorts = Array.from({ length: INSTANCES }, (_, i) => (i === CUT_INSTANCE ? proxy.port : redis.port));
    const cluster = (this.cluster = await Cluster.start({ size: INSTANCES, redisPorts }));
    await cluster.ready(READY_DEADLINE_MS);

    const rates = { eventsPerSecond: RATE, overlaysPerSecond: RATE };
    const load = (this.load = new Load({ cluster, name: `chaos-${this.seed}-${Date.now()}`, ...rates }));
    await this.connect(cluster, load);

    this.startedAt = performance.now();
    this.watchOwnDelay();
    load.start();
    for (const fault of scheduleFrom(this.seed)) {
      await delay(fault.pauseMs);
      this.tell(`${this.secondsNow()} s: ${fault.kind}`);
      this.incidents.push(await suffer(fault, { redis, proxy, cluster }));
    }
    await delay(Math.max(1_000, this.startedAt + this.seconds * 1_000 - performance.now()));
    await load.stop();
    clearTimeout(this.ownTimer);
    await this.settle(cluster, load);
    this.endedAt = performance.now();

    return this.result(load);
  }

  async close(): Promise<void> {
    clearTimeout(this.ownTimer);
    for (const client of this.clients) client.close();
    // Processes first: they must be gone whatever else goes wrong.
    await Promise.all([this.cluster?.stop(), this.redis?.stop()]);
    await Promise.all([this.load?.close(), this.proxy?.close()]);
  }

  /** All clients, each with a place in the log. */
  private async connect(cluster: Cluster, load: Load): Promise<void> {
    const random = randomFrom(this.seed + 1);
    for (let i = 0; i < CLIENTS; i++) {
      const instance = (connection: number) => cluster.at(i + connection);
      const onFrame = (frame: Frame, client: ResumingClient): void => this.measure(frame, client, load);
      this.clients.push(new ResumingClient({ instance, random, onFrame }));
    }
    await Promise.all(this.clients.map((client) => client.open()));
    await load.event(0);
    await until(
      5_000,
      () => this.clients.every(({ since }) => since !== undefined),
      () => 'no first event',
    );
  }

  /** Waits until all instances are ready, and each client has the last event of each. */
  private async settle(cluster: Cluster, load: Load): Promise<void> {
    try {
      await cluster.ready(READY_DEADLINE_MS);
    } catch (error) {
      this.unsettled.push(String(error));
    }

    const last = await Promise.all(cluster.instances.map(({ index }) => load.event(index)));
    const isSettled = (client: ResumingClient): boolean =>
      client.isOpen && last.every(({ id }) => id !== undefined && client.byId.has(id));
    await until(
      SETTLE_DEADLINE_MS,
      () => this.clients.every(isSettled),
      () => '',
    ).catch(() => undefined);
    this.clients.forEach((client, i) => {
      if (!isSettled(client)) this.unsettled.push(`client ${i}`);
    });
  }

  private measure(frame: Frame, client: ResumingClient, load: Load): void {
    const isOverlay = frame.type === 'overlay';
    if (!isOverlay && frame.type !== 'event') return;

    const posted = (isOverlay ? load.overlays : load.events)[frame.data['n'] as number];
    const attempt = posted?.attempts.at(-1);
    if (!attempt) return;

    const ms = performance.now() - attempt.at;
    if (isOverlay) this.maxOverlayAgeMs = Math.max(this.maxOverlayAgeMs, ms);
    // Who connected later gets it from the log.
    if (client.current !== attempt.instance || client.greetedAt > attempt.at) return;

    (isOverlay ? this.overlaySamples : this.eventSamples).push({ at: attempt.at, ms });
  }

  /** Local deliveries of events that were posted between two times, in ms. */
  localMs(from: number, to: number): number[] {
    return msOf(this.eventSamples.filter(({ at }) => at >= from && at <= to));
  }

  /** What was slow, the hub or this process, in order of time: `[ms since the start, what, ms]`. */
  slowMoments(): [number, string, number][] {
    const slow = (what: string, samples: readonly Sample[], minMs: number): [number, string, number][] =>
      samples
        .filter(({ at, ms }) => at >= this.startedAt && ms >= minMs)
        .map(({ at, ms }) => [Math.round(at - this.startedAt), what, Math.round(ms)]);

    return [
      ...slow('event', this.eventSamples, 80),
      ...slow('overlay', this.overlaySamples, 80),
      ...slow('own delay', this.ownDelays, 20),
    ].sort(([a], [b]) => a - b);
  }

  private watchOwnDelay(): void {
    const dueAt = performance.now() + OWN_TICK_MS;
    this.ownTimer = setTimeout(() => {
      this.ownDelays.push({ at: dueAt, ms: performance.now() - dueAt });
      this.watchOwnDelay();
    }, OWN_TICK_MS);
  }

  private result(load: Load): Run {
    const outages = this.incidents.filter(({ fault }) => REDIS_FAULTS.has(fault.kind));
    const inOutage = ({ at }: Sample): boolean => outages.some(({ from, readyAt }) => at >= from && at <= readyAt);
    // Where nobody listened there was no answer to wait for.
    const posts = [...load.events, ...load.overlays]
      .flatMap(({ attempts }) => attempts)
      .filter(({ outcome }) => typeof outcome === 'number' || outcome === 'timeout');

    return {
      events: load.events.map(judged),
      clients: this.clients,
      kills: this.incidents.flatMap(({ kills }) => kills),
      outageEventMs: msOf(this.eventSamples.filter(inOutage)),
      outageOverlayMs: msOf(this.overlaySamples.filter(inOutage)),
      postMs: posts.map(({ ms = Infinity }) => ms),
      maxOverlayAgeMs: this.maxOverlayAgeMs,
      ownDelayMs: quantile(msOf(this.ownDelays.filter(inOutage)), 0.99),
      unsettled: this.unsettled,
    };
  }

  private secondsNow(): string {
    return ((performance.now() - this.startedAt) / 1_000).toFixed(1);
  }
}

function msOf(samples: readonly Sample[]): number[] {
  return samples.map(({ ms }) => ms);
}

function judged({ n, id, shared, attempts }: Posted): JudgedPost {
  const last = attempts.at(-1);

  return {
    n,
    ...(id !== undefined && { id }),
    ...(shared !== undefined && { shared }),
    instance: last?.instance.index ?? -1,
    start: last?.start ?? 0,
    answeredAt: (last?.at ?? 0) + (last?.ms ?? 0),
  };
}
