import { setTimeout as delay } from 'node:timers/promises';
import { Faults } from './faults.js';
import type { Memory } from './hub-under-test.js';
import { inputAt, type InputClass } from './inputs/inputs.js';
import { World } from './world.js';

export interface FuzzOptions {
  seed: number;
  /** Number of the first input. */
  from: number;
  /** Most inputs. */
  count: number;
  /** Most time to send them, in seconds. */
  seconds: number;
  classes: readonly InputClass[];
  /** What Node is to run as a hub. */
  command: readonly string[];
  hasRedis: boolean;
  /** How long memory and state may take to be again as they were, in ms; a tenth of it is waited in any case. */
  patienceMs: number;
}

/** How many inputs are made before others get a turn. */
const BATCH = 128;
/** Part of the time, and of the inputs, after which a hub is warm: its log is full, its code compiled. */
const WARM_UP = 0.4;
/** A run of fewer inputs than this says nothing of memory. */
const MIN_INPUTS_FOR_MEMORY = 5_000;
const MAX_GROWTH = 1.1;
const LOOK_EVERY_MS = 500;

/** Sends the inputs of a seed to hubs, and finds out whether anything was wrong with them. `close` ends all. */
export class FuzzRun {
  readonly faults: Faults;
  readonly world: World;
  readonly sent: Partial<Record<InputClass, number>> = {};
  /** Of each hub, in order: before and after. */
  readonly memory: { before: Memory; after: Memory }[] = [];
  /** Time in which inputs were sent, in ms. */
  sendingMs = 0;
  private next: number;
  /** Resolves at the first fault. */
  private readonly broken: Promise<void>;

  constructor(private readonly options: FuzzOptions) {
    this.faults = new Faults(options.seed, options.classes);
    this.broken = this.faults.first;
    this.world = new World(this.faults, options.command, options.hasRedis, (input) => {
      this.sent[input.class] = (this.sent[input.class] ?? 0) + 1;
    });
    this.next = options.from;
  }

  get total(): number {
    return Object.values(this.sent).reduce((sum, count) => sum + count, 0);
  }

  async run(): Promise<void> {
    const { count, seconds } = this.options;
    await this.world.open();
    for (const canaries of this.world.canaries) canaries.start();

    await this.sendUntil(Math.floor(count * WARM_UP), seconds * WARM_UP * 1_000);
    const before = await this.calm();
    await this.sendUntil(count, seconds * 1_000);
    await this.finish(before);
  }

  /** Sends these alone, to see whether they are enough. Resolves to whether something was wrong. */
  async replay(indices: readonly number[]): Promise<boolean> {
    await this.world.open();
    for (const canaries of this.world.canaries) canaries.start();
    for (const index of indices) {
      this.next = index;
      await this.sendNext();
    }
    await Promise.race([delay(this.options.patienceMs / 10), this.broken]);

    return !this.isSound;
  }

  async close(): Promise<void> {
    await this.world.close();
  }

  private get isSound(): boolean {
    return this.faults.all.length === 0;
  }

  private async sendUntil(count: number, ms: number): Promise<void> {
    const beganAt = performance.now() - this.sendingMs;
    this.world.reconnect();

    while (this.isSound && this.next < this.options.from + count && performance.now() - beganAt < ms) {
      for (let n = 0; n < BATCH && this.next < this.options.from + count; n++) await this.sendNext();
      await new Promise((resolve) => setImmediate(resolve));
      for (const canaries of this.world.canaries) await canaries.keepUp();
    }
    await Promise.race([this.world.flushed(), this.broken]);
    this.sendingMs = performance.now() - beganAt;
  }

  private async sendNext(): Promise<void> {
    const { seed, classes } = this.options;
    await Promise.race([this.world.send(inputAt(seed, this.next++, classes)), this.broken]);
  }

  /** What the hubs hold when nothing is under way. */
  private async calm(): Promise<Memory[]> {
    await Promise.race([delay(this.options.patienceMs / 10), this.broken]);
    this.world.disconnect();
    await Promise.race([delay(this.options.patienceMs / 10), this.broken]);

    return Promise.all(this.world.hubs.map(async (hub) => (hub.isRunning ? hub.memory() : { held: 0, resident: 0 })));
  }

  private async finish(before: readonly Memory[]): Promise<void> {
    await this.calm();
    for (const canaries of this.world.canaries) await canaries.stop();
    for (const canaries of this.world.canaries) await canaries.keepUp(0);
    if (this.isSound) await this.checkState();
    if (this.isSound) await this.checkMemory(before);
    // What came with the last bytes is told by now.
    await delay(this.isSound ? 0 : 500);
  }

  private async checkState(): Promise<void> {
    for (const hub of this.world.hubs) {
      const wanted = hub.isShared ? 'shared' : 'memory';
      const deadline = performance.now() + this.options.patienceMs;
      let state = await hub.state();
      while (state !== wanted && performance.now() < deadline) {
        await delay(100);
        state = await hub.state();
      }
      if (state !== wanted) this.faults.add(`${hub.name} is ${state ?? 'silent'} at the end, not ${wanted}`, hub.index);
    }
  }

  private async checkMemory(before: readonly Memory[]): Promise<void> {
    for (const hub of this.world.hubs) {
      const start = before[hub.index] ?? { held: 0, resident: 0 };
      const deadline = performance.now() + this.options.patienceMs;
      let after = await hub.memory();
      while (after.held > start.held * MAX_GROWTH && performance.now() < deadline) {
        await delay(LOOK_EVERY_MS);
        after = await hub.memory();
      }
      this.memory.push({ before: start, after });
      if (after.held > start.held * MAX_GROWTH && this.total >= MIN_INPUTS_FOR_MEMORY) {
        this.faults.add(`${hub.name} holds ${megabytes(after.held)} MB, ${megabytes(start.held)} MB before`);
      }
    }
  }
}

export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
