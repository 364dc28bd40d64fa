// A process of clients that read every message: slowly, not at all for a while, or over a long way.
import { WebSocket } from 'ws';
import { serve } from '../rpc.js';
import { FrameClient } from './frame-client.js';
import { Histogram } from './histogram.js';
import { Reader, type ReaderReport } from './reader.js';

export interface ReadCommand {
  port: number;
  path: string;
  count: number;
  /** `bare`: a socket that knows frames; `ws`: the library, as anybody would use it. */
  client: 'bare' | 'ws';
  /** How fast it reads; as fast as it can where absent. */
  bytesPerSecond?: number;
  /** Whether the server says something at first. */
  isGreeted: boolean;
}

export interface ReaderResult extends ReaderReport {
  /** Bytes of text. */
  bytes: number;
  closeCode?: number | undefined;
}

/** One client, whatever it is made of. */
interface Client {
  reader: Reader;
  bytes: number;
  closeCode?: number | undefined;
  pause(): void;
  resume(): void;
  resumeAfter(offset: string): Promise<void>;
}

const clients: Client[] = [];

async function openBare({ port, path, bytesPerSecond, isGreeted }: ReadCommand): Promise<Client> {
  const reader = new Reader();
  const connect = (target: string): FrameClient =>
    new FrameClient({
      port,
      path: target,
      bytesPerSecond,
      tally: { messages: 0, bytes: 0, latency: new Histogram() },
      onText: (payload) => {
        client.bytes += payload.length;
        reader.take(payload.toString());
      },
    });
  let socket = connect(path);
  const client: Client = {
    reader,
    bytes: 0,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    async resumeAfter(offset) {
      socket = connect(`${path}?since=${offset}&snapshot=1`);
      await socket.opened;
    },
  };
  Object.defineProperty(client, 'closeCode', { get: () => socket.closeCode });
  await socket.opened;
  if (isGreeted) await reader.greeted;

  return client;
}

async function openLibrary({ port, path, bytesPerSecond, isGreeted }: ReadCommand): Promise<Client> {
  const reader = new Reader();
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { perMessageDeflate: false });
  let readAgainAt = 0;
  let timer: NodeJS.Timeout | undefined;
  const client: Client = {
    reader,
    bytes: 0,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    resumeAfter: () => Promise.reject(new Error('only a bare client resumes')),
  };
  socket.on('error', () => undefined);
  socket.on('close', (code) => (client.closeCode = code));
  socket.on('message', (data: Buffer) => {
    client.bytes += data.length;
    reader.take(data.toString());
    if (bytesPerSecond === undefined) return;

    const now = performance.now();
    readAgainAt = Math.max(now, readAgainAt) + (data.length / bytesPerSecond) * 1000;
    socket.pause();
    // What was read in one go comes in one go: the last timer counts.
    clearTimeout(timer);
    timer = setTimeout(() => socket.resume(), readAgainAt - now);
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  if (isGreeted) await reader.greeted;

  return client;
}

const handlers = {
  /** Returns the number of the first one; the others follow. */
  async open(command: ReadCommand): Promise<number> {
    const first = clients.length;
    for (let n = 0; n < command.count; n++) {
      clients.push(await (command.client === 'bare' ? openBare(command) : openLibrary(command)));
    }

    return first;
  },

  /** All but the first ones stop reading. */
  pause(but: number): void {
    for (const client of clients.slice(but)) client.pause();
  },

  resume(): void {
    for (const client of clients) client.resume();
  },

  /** Those that were closed come back, and resume from the last offset they read. */
  async resumeClosed(): Promise<void> {
    const closed = clients.filter(({ closeCode }) => closeCode !== undefined);
    for (const client of closed) await client.resumeAfter(client.reader.report().offset ?? '');
  },

  report(): ReaderResult[] {
    return clients.map(({ reader, bytes, closeCode }) => ({ ...reader.report(), bytes, closeCode }));
  },
};

export type ReaderHandlers = typeof handlers;

serve(handlers);
