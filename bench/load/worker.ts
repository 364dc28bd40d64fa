// A process full of clients. The benchmark tells it what to do; it answers with sums.
import { serve } from '../rpc.js';
import { FrameClient, type Tally } from './frame-client.js';
import { Histogram } from './histogram.js';

/** How many handshakes are under way at a time. */
const HANDSHAKES = 64;

export interface OpenCommand {
  port: number;
  path: string;
  count: number;
  isSocketIo?: boolean;
  /** One client of this many looks into its messages. */
  sampleEvery: number;
}

/** What has arrived since the last `reset`. */
export interface Totals {
  open: number;
  /** The client that got the fewest messages, and the one that got the most. */
  fewest: number;
  most: number;
  closeCodes: number[];
}

/** What arrived within a window of time. */
export interface WindowResult {
  messages: number;
  bytes: number;
  /** Of the sampled clients, in microseconds; a histogram's counts. */
  latency: number[];
}

const clients: FrameClient[] = [];
const tally: Tally = { messages: 0, bytes: 0, latency: new Histogram() };

const handlers = {
  async open({ count, sampleEvery, ...options }: OpenCommand): Promise<void> {
    let left = count;
    const openOneByOne = async (): Promise<void> => {
      while (left-- > 0) {
        const client = new FrameClient({ ...options, tally, isSampled: clients.length % sampleEvery === 0 });
        clients.push(client);
        await client.opened;
      }
    };
    await Promise.all(Array.from({ length: Math.min(HANDSHAKES, count) }, openOneByOne));
  },

  reset(): void {
    for (const client of clients) client.reset();
  },

  beginWindow(): void {
    tally.messages = 0;
    tally.bytes = 0;
    tally.latency = new Histogram();
  },

  endWindow(): WindowResult {
    const { messages, bytes, latency } = tally;

    return { messages, bytes, latency: latency.toJSON() };
  },

  totals(): Totals {
    const open = clients.filter(({ isOpen }) => isOpen);
    const messages = open.map((client) => client.messages);

    return {
      open: open.length,
      fewest: Math.min(...messages),
      most: Math.max(...messages),
      closeCodes: clients.flatMap(({ closeCode }) => closeCode ?? []),
    };
  },
};

export type WorkerHandlers = typeof handlers;

serve(handlers);
