import { setTimeout as delay } from 'node:timers/promises';
import { within } from '../support/cluster.js';
import { startNode, type TestProcess } from '../support/process.js';
import type { Faults } from './faults.js';

const START_MS = 60_000;
const LOOK_EVERY_MS = 250;
/** A process that answers nobody for so long is starved, on any machine, in ms. */
const MAX_SILENCE_MS = 10_000;
const LAST_LINES = 12;
/** Longest line of a log that is bounded, in characters. */
const MAX_LINE = 4_096;

export interface Memory {
  /** Bytes of heap and buffers after a garbage collection. */
  held: number;
  /** Bytes of the process. */
  resident: number;
}

/** A hub as a process of its own, which is watched: that it lives, answers, and what it prints and holds. */
export class HubUnderTest {
  slowestLiveMs = 0;
  private looks = 0;
  private isClosing = false;
  private watching: Promise<void> = Promise.resolve();

  private constructor(
    readonly index: number,
    readonly name: string,
    readonly port: number,
    readonly isShared: boolean,
    private readonly process: TestProcess,
    private readonly faults: Faults,
  ) {
    void process.exited.then(({ code, signal }) => {
      if (this.isClosing) return;
      const output = process.output().trim().split('\n').slice(-25).join('\n    ');
      faults.add(`${name} ended with ${signal ?? code}\n    ${output}\n`, index);
    });
    this.watching = this.watch();
  }

  static async start(
    index: number,
    name: string,
    command: readonly string[],
    environment: Record<string, string>,
    faults: Faults,
  ): Promise<HubUnderTest> {
    const probe = ['--expose-gc', '--import', './test/fuzz/memory-probe.mjs'];
    const process = startNode([...probe, ...command], { PORT: '0', ...environment });
    const [, port] = await within(START_MS, process.printed(/WebSocket\s+ws:\/\/localhost:(\d+)/), () =>
      process.output(),
    );

    return new HubUnderTest(index, name, Number(port), 'REDIS_HOST' in environment, process, faults);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get wsUrl(): string {
    return `ws://127.0.0.1:${this.port}/ws/ui`;
  }

  get isRunning(): boolean {
    return this.process.child.exitCode === null && this.process.child.signalCode === null;
  }

  /** What it said last, a few lines. */
  get lastLines(): string[] {
    return this.process
      .output()
      .split('\n')
      .filter((line) => / LOG | WARN | ERROR /.test(line))
      .slice(-LAST_LINES);
  }

  /** What it holds when all garbage is gone. */
  async memory(): Promise<Memory> {
    const look = ++this.looks;
    this.process.child.kill('SIGUSR2');
    const [, held, resident] = await this.process.printed(
      new RegExp(`^memory ${look}: held (\\d+) resident (\\d+)$`, 'm'),
    );

    return { held: Number(held), resident: Number(resident) };
  }

  /** State of the relay; `undefined` when it does not answer. */
  async state(): Promise<string | undefined> {
    try {
      const response = await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(MAX_SILENCE_MS) });
      return ((await response.json()) as { relay?: { state?: string } }).relay?.state;
    } catch {
      return undefined;
    }
  }

  async close(): Promise<void> {
    this.isClosing = true;
    await this.watching;
    await this.process.kill();
    this.checkOutput();
  }

  private async watch(): Promise<void> {
    while (!this.isClosing && this.isRunning) {
      const askedAt = performance.now();
      try {
        const { status } = await fetch(`${this.url}/health/live`, { signal: AbortSignal.timeout(MAX_SILENCE_MS) });
        if (status !== 200) this.faults.add(`${this.name} answers ${status} to GET /health/live`, this.index);
      } catch (error) {
        // Whether it ended is told by its end.
        await delay(100);
        if (this.isRunning)
          this.faults.add(`${this.name} does not answer GET /health/live: ${String(error)}`, this.index);
      }
      this.slowestLiveMs = Math.max(this.slowestLiveMs, performance.now() - askedAt);
      await delay(LOOK_EVERY_MS);
    }
  }

  /** A log is read by people and machines: a line is bounded, and does nothing to a terminal. */
  private checkOutput(): void {
    for (const line of this.process.output().split('\n')) {
      const plain = line.replace(/\u001b\[\d+m/g, '');
      if (line.length > MAX_LINE)
        this.faults.add(`${this.name} printed a line of ${line.length} characters: ${line.slice(0, 200)}`);
      if (/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(plain))
        this.faults.add(`${this.name} printed control characters: ${JSON.stringify(line.slice(0, 300))}`);
      if (/\bERROR\b/.test(plain))
        this.faults.add(`${this.name} printed ${JSON.stringify(plain.slice(plain.indexOf('ERROR')).slice(0, 300))}`);
    }
  }
}
