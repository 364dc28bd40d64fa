// The benchmark's hands: clients in some processes, a publisher in another, all on other cores than the server.
import type { ChildProcess } from 'node:child_process';
import { startScript, stop } from '../child.js';
import { CORES, LOAD_WORKERS } from '../machine.js';
import { Caller } from '../rpc.js';
import { Histogram } from './histogram.js';
import type { PublisherHandlers, PublishCommand, PublishResult } from './publisher.js';
import type { ReadCommand, ReaderHandlers, ReaderResult } from './reader-worker.js';
import type { OpenCommand, Totals, WorkerHandlers } from './worker.js';

/** The argument of a handler that takes none. */
const NOTHING = undefined as never;

/** How many clients look into their messages: enough for a p99, few enough to cost little. */
const SAMPLED_CLIENTS = 64;

/** What arrived within a window of time, at all clients. */
export interface Arrivals {
  messages: number;
  bytes: number;
  /** In microseconds. */
  latency: Histogram;
}

/** Clients, spread over processes. */
export class Clients {
  private constructor(
    private readonly children: ChildProcess[],
    private readonly workers: Caller<WorkerHandlers>[],
  ) {}

  static start(): Clients {
    const children = Array.from({ length: LOAD_WORKERS }, () => startScript('load/worker.ts', { cores: CORES.load }));

    return new Clients(
      children,
      children.map((child) => new Caller(child)),
    );
  }

  async open({ count, ...target }: Omit<OpenCommand, 'sampleEvery'>): Promise<void> {
    const sampleEvery = Math.max(1, Math.floor(count / SAMPLED_CLIENTS));
    await Promise.all(
      this.workers.map((worker, n) => {
        const share = Math.floor(count / this.workers.length) + (n < count % this.workers.length ? 1 : 0);
        return worker.call('open', { ...target, count: share, sampleEvery });
      }),
    );
  }

  async reset(): Promise<void> {
    await this.callAll('reset');
  }

  async beginWindow(): Promise<void> {
    await this.callAll('beginWindow');
  }

  async endWindow(): Promise<Arrivals> {
    const all = await Promise.all(this.workers.map((worker) => worker.call('endWindow', NOTHING)));

    return {
      messages: sum(all.map(({ messages }) => messages)),
      bytes: sum(all.map(({ bytes }) => bytes)),
      latency: Histogram.merge(all.map(({ latency }) => latency)),
    };
  }

  async totals(): Promise<Totals> {
    const all = await Promise.all(this.workers.map((worker) => worker.call('totals', NOTHING)));

    return {
      open: sum(all.map(({ open }) => open)),
      fewest: Math.min(...all.map(({ fewest }) => fewest ?? Infinity)),
      most: Math.max(...all.map(({ most }) => most ?? 0)),
      closeCodes: all.flatMap(({ closeCodes }) => closeCodes),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.children.map(stop));
  }

  private async callAll(name: 'reset' | 'beginWindow'): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.call(name, NOTHING)));
  }
}

/** One process that posts. */
export class Publisher {
  private readonly child = startScript('load/publisher.ts', { cores: CORES.load });
  private readonly caller = new Caller<PublisherHandlers>(this.child);

  publish(command: PublishCommand): Promise<PublishResult> {
    return this.caller.call('publish', command);
  }

  async stopPublishing(): Promise<void> {
    await this.caller.call('stop', undefined);
  }

  async close(): Promise<void> {
    await stop(this.child);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** One process of clients that read every message. */
export class Readers {
  private readonly child = startScript('load/reader-worker.ts', { cores: CORES.load });
  private readonly caller = new Caller<ReaderHandlers>(this.child);

  /** Returns the number of the first one. */
  open(command: ReadCommand): Promise<number> {
    return this.caller.call('open', command);
  }

  /** All but the first ones stop reading. */
  async pause(but: number): Promise<void> {
    await this.caller.call('pause', but);
  }

  async resume(): Promise<void> {
    await this.caller.call('resume', NOTHING);
  }

  async resumeClosed(): Promise<void> {
    await this.caller.call('resumeClosed', NOTHING);
  }

  report(): Promise<ReaderResult[]> {
    return this.caller.call('report', NOTHING);
  }

  async close(): Promise<void> {
    await stop(this.child);
  }
}
