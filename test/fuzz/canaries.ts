import { setTimeout as delay } from 'node:timers/promises';
import type { Faults } from './faults.js';
import type { HubUnderTest } from './hub-under-test.js';
import type { Reader } from './readers.js';

const EVERY_MS = 50;
const ANSWER_MS = 20_000;
/** Inputs wait while a canary is under way for longer than this, so that nobody is flooded beyond what he can read, in ms. */
const LAG_MS = 2_000;
/** A canary that is not there after so long is lost, in ms. */
const LOST_MS = 30_000;

/** Valid events, numbered, posted all the time at one hub: each reader of them must get each once and in order. */
export class Canaries {
  posted = 0;
  private readonly postedAt: number[] = [];
  private isOver = false;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly hub: HubUnderTest,
    private readonly readers: readonly Reader[],
    private readonly key: string,
    private readonly faults: Faults,
  ) {}

  start(): void {
    this.isOver = false;
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await this.running;
  }

  /** How long the oldest one has been under way that some reader does not have, in ms. */
  get lagMs(): number {
    const fewest = Math.min(...this.readers.map((reader) => reader.newest.get(this.hub.index) ?? 0));
    const at = this.postedAt[fewest];

    return at === undefined ? 0 : performance.now() - at;
  }

  /** Resolves when every reader has what was posted a moment ago; tells what does not come. */
  async keepUp(maxLagMs = LAG_MS): Promise<void> {
    while (this.lagMs > maxLagMs && this.faults.all.length === 0) {
      if (this.lagMs > LOST_MS) this.tellLoss();
      await delay(5);
    }
  }

  private tellLoss(): void {
    for (const reader of this.readers) {
      const has = reader.newest.get(this.hub.index) ?? 0;
      if (has < this.posted)
        this.faults.add(
          `${reader.name} lacks event ${has + 1} of ${this.posted} that ${this.hub.name} took`,
          undefined,
          undefined,
          this.postedAt[has],
        );
    }
  }

  private async run(): Promise<void> {
    while (!this.isOver && this.hub.isRunning && this.faults.all.length === 0) {
      await this.post(this.posted + 1);
      await delay(EVERY_MS);
    }
  }

  private async post(n: number): Promise<void> {
    const data = { key: this.key, from: this.hub.index, n };
    this.postedAt.push(performance.now());
    this.posted = n;
    try {
      const response = await fetch(`${this.hub.url}/api/events/broadcast`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ event_type: 'canary', data }),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      const text = await response.text();
      if (response.status !== 202)
        this.faults.add(
          `${this.hub.name} answers ${response.status} to a good event: ${text.slice(0, 300)}`,
          this.hub.index,
        );
    } catch (error) {
      await delay(100);
      if (this.hub.isRunning)
        this.faults.add(`${this.hub.name} does not take a good event: ${String(error)}`, this.hub.index);
    }
  }
}
