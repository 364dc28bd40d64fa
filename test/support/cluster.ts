import { setTimeout as delay } from 'node:timers/promises';
import { ROOT, startNode, type TestProcess } from './process.js';
import { freePort } from './redis.js';

/**
 * How long to wait for what must come, in ms: enough for a machine that is many times slower than one's own, and less than
 * a test has, so that what was waited for is named.
 */
export const PATIENCE_MS = 60_000;
const HEALTH_TIMEOUT_MS = 2_000;
const POLL_MS = 50;

/** What a look at all instances takes at most on a machine that has time for it, in ms. */
const LOOK_MS = 250;

/** `relay: <from> -> <to>`, as an instance logged it. */
export interface StateChange {
  /** Time of `performance.now()`, in ms. */
  at: number;
  from: string;
  to: string;
}

export interface Health {
  status: number;
  /** State of the relay; `undefined` when the instance does not answer. */
  state: string | undefined;
}

/** One hub as a process of its own, that keeps its port and environment when it is started again. */
export class Instance {
  readonly stateChanges: StateChange[] = [];
  /** How often it was started. */
  starts = 0;
  private running: TestProcess | undefined;
  private printedBefore = '';

  constructor(
    readonly index: number,
    readonly port: number,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get wsUrl(): string {
    return `ws://127.0.0.1:${this.port}/ws/ui`;
  }

  /** Resolves when it serves. */
  async start(): Promise<void> {
    const hub = startNode(['dist/main.js'], { ...this.environment, PORT: String(this.port) }, ROOT);
    this.running = hub;
    this.starts++;
    hub.child.stdout?.on('data', (chunk: Buffer) => this.noteStateChanges(chunk.toString()));

    try {
      await within(PATIENCE_MS, hub.printed(/WebSocket\s+ws:/), () => `no start:\n${hub.output()}`);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    const hub = this.running;
    this.running = undefined;
    if (!hub) return;

    this.printedBefore += hub.output();
    await hub.kill();
  }

  /** SIGTERM; resolves when it has ended by itself, which must be with code 0. */
  async terminate(): Promise<void> {
    const hub = this.running;
    if (!hub) return;

    hub.child.kill('SIGTERM');
    const { code } = await within(PATIENCE_MS, hub.exited, () => `no end after SIGTERM:\n${hub.output()}`);
    this.running = undefined;
    this.printedBefore += hub.output();
    if (code !== 0) throw new Error(`instance ${this.index} ended with ${code}:\n${hub.output()}`);
  }

  /** SIGSTOP: it keeps its connections, and says nothing more. */
  freeze(): void {
    this.running?.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.running?.child.kill('SIGCONT');
  }

  get isRunning(): boolean {
    return this.running !== undefined && this.running.child.exitCode === null && this.running.child.signalCode === null;
  }

  /** All it has printed, over all its starts. */
  output(): string {
    return this.printedBefore + (this.running?.output() ?? '');
  }

  /** What `GET /health/ready?shared=1` says; never rejects. */
  async health(): Promise<Health> {
    try {
      const response = await fetch(`${this.url}/health/ready?shared=1`, {
        signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS),
      });
      const body = (await response.json()) as { relay?: { state?: string } };

      return { status: response.status, state: body.relay?.state };
    } catch {
      return { status: 0, state: undefined };
    }
  }

  private noteStateChanges(text: string): void {
    for (const [, from = '', to = ''] of text.matchAll(/relay: ([\w-]+) -> ([\w-]+)/g)) {
      this.stateChanges.push({ at: performance.now(), from, to });
    }
  }
}

export interface ClusterOptions {
  size: number;
  /** Port of Redis, or of the proxy before it, for each instance; the last one counts for the rest. */
  redisPorts: readonly number[];
  environment?: Record<string, string>;
}

/** Some hubs that share one Redis. */
export class Cluster {
  private constructor(readonly instances: readonly Instance[]) {}

  /** Resolves when all serve; they need not be ready. */
  static async start({ size, redisPorts, environment = {} }: ClusterOptions): Promise<Cluster> {
    const instances: Instance[] = [];
    for (let index = 0; index < size; index++) {
      const redisPort = redisPorts[index] ?? redisPorts.at(-1);
      instances.push(
        new Instance(index, await freePort(), {
          INSTANCE_ID: `hub-${index}`,
          REDIS_HOST: '127.0.0.1',
          REDIS_PORT: String(redisPort),
          ...environment,
        }),
      );
    }

    const cluster = new Cluster(instances);
    try {
      await Promise.all(instances.map((instance) => instance.start()));
    } catch (error) {
      await cluster.stop();
      throw error;
    }

    return cluster;
  }

  at(index: number): Instance {
    const instance = this.instances[index % this.instances.length];
    if (!instance) throw new Error('no instance');

    return instance;
  }

  /** Waits until every instance says that it is ready. Returns how long that took, in ms; rejects after `deadlineMs`. */
  async ready(deadlineMs = PATIENCE_MS): Promise<number> {
    return this.untilHealth(deadlineMs, ({ status }) => status === 200);
  }

  /** Waits until every instance says that it is not ready. */
  async degraded(deadlineMs: number): Promise<number> {
    return this.untilHealth(deadlineMs, ({ status }) => status === 503);
  }

  /** Ends all without mercy. Stopping twice does nothing. */
  async stop(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.kill()));
  }

  private async untilHealth(deadlineMs: number, holds: (health: Health) => boolean): Promise<number> {
    const startedAt = performance.now();
    for (let lookedAt = startedAt, countedMs = 0; ; await delay(POLL_MS)) {
      const all = await Promise.all(this.instances.map((instance) => instance.health()));
      const now = performance.now();
      if (all.every(holds)) return now - startedAt;

      // What the deadline is for is a promise of the hub. A look that takes long tells of the machine.
      countedMs += Math.min(now - lookedAt, LOOK_MS);
      lookedAt = now;
      if (countedMs > deadlineMs)
        throw new Error(`after ${deadlineMs} ms: ${JSON.stringify(all)}\n${this.lastLines()}`);
    }
  }

  private lastLines(): string {
    return this.instances
      .map((instance) => `--- instance ${instance.index}\n${instance.output().split('\n').slice(-15).join('\n')}`)
      .join('\n');
  }
}

/** The result of `work`, if it comes in time. */
export async function within<T>(ms: number, work: Promise<T>, explain: () => string): Promise<T> {
  const over = new AbortController();
  const late = delay(ms, undefined, { signal: over.signal }).then(
    () => Promise.reject(new Error(`not within ${ms} ms: ${explain()}`)),
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}

/** Waits until `holds`, looking often; rejects after `ms` with what `explain` says. */
export async function until(ms: number, holds: () => boolean, explain: () => string): Promise<void> {
  const deadline = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${explain()}`);
    await delay(10);
  }
}
