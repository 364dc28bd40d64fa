import { spawnSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { openBrowser } from '../support/browser.js';
import { get, post } from '../support/http.js';
import { type HubProcess, startHubProcess } from '../support/process.js';

const TOTAL = 100_000;
const BATCH = 1_000;

/** Less than a connection may have queued, so that the slowest client here is not closed for it. */
const MAX_BUFFERED_BYTES = 256 * 1024;

interface Reader {
  /** SHA-256 of all text frames after the greeting, each followed by a line break. */
  digest: Promise<string>;
  close: () => Promise<unknown>;
}

/** Reads with Python's `websockets`, and prints `open` after the greeting, then the digest. */
const PYTHON = `
import asyncio, hashlib, sys, websockets
async def main(url, total):
    async with websockets.connect(url) as socket:
        await socket.recv()
        print('open', flush=True)
        digest = hashlib.sha256()
        for _ in range(total):
            digest.update((await socket.recv()).encode() + b'\\n')
        print(digest.hexdigest(), flush=True)
asyncio.run(main(sys.argv[1], int(sys.argv[2])))
`;

/** A Python that has the library; not everybody's has. */
const python = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import websockets'], { stdio: 'ignore' }).status === 0,
);

describe('100,000 messages that the hub gathers', () => {
  const closing: { close: () => unknown }[] = [];
  let hub: HubProcess;

  beforeAll(async () => {
    hub = await startHubProcess();
  });
  afterAll(async () => {
    await Promise.all(closing.map((each) => each.close()));
    await hub.kill();
  });

  it(`come to stock clients whole, in order, and as posted (ws, Chromium${python ? ', Python' : ''})`, async () => {
    const texts: string[] = [];
    const ws = new WebSocket(hub.wsUrl);
    await once(ws, 'message');
    ws.on('message', (data: Buffer) => texts.push(data.toString()));
    const readers = [await readWithChromium(hub.wsUrl), ...(python ? [await readWithPython(python, hub.wsUrl)] : [])];
    closing.push(ws, ...readers);

    for (let n = 0; n < TOTAL; n += BATCH) {
      const { status, body } = await post(`${hub.url}/api/events/broadcast/batch`, batchFrom(n));
      expect([status, body['accepted']]).toEqual([202, BATCH]);
      while ((await mostBuffered()) > MAX_BUFFERED_BYTES);
    }

    const digests = await Promise.all(readers.map((reader) => reader.digest));
    while (texts.length < TOTAL) await once(ws, 'message');
    const messages = texts.map((text) => JSON.parse(text) as { type: string; event_type: string; data: unknown });
    for (const [n, { type, event_type, data }] of messages.entries()) {
      // One comparison for each of 100,000 would take a minute.
      if (type !== 'event' || event_type !== 'tick' || JSON.stringify(data) !== JSON.stringify(dataOf(n))) {
        expect({ type, event_type, data }).toEqual({ type: 'event', event_type: 'tick', data: dataOf(n) });
      }
    }
    const digest = createHash('sha256')
      .update(texts.map((text) => `${text}\n`).join(''))
      .digest('hex');
    expect(messages).toHaveLength(TOTAL);
    expect(digests).toEqual(readers.map(() => digest));
  }, 300_000);

  async function mostBuffered(): Promise<number> {
    const { body } = await get(`${hub.url}/api/connections`);

    return Math.max(...(body['connections'] as { buffered: number }[]).map(({ buffered }) => buffered));
  }
});

/** Of every length that the head of a frame tells in its own way, and with characters of one to four bytes. */
function dataOf(n: number): Record<string, unknown> {
  return { n, text: 'aé犬🐕'.repeat(n % 25), ...(n % 5_000 === 0 && { long: 'x'.repeat(70_000) }) };
}

function batchFrom(first: number): unknown[] {
  return Array.from({ length: BATCH }, (_, i) => ({ type: 'event', event_type: 'tick', data: dataOf(first + i) }));
}

async function readWithPython(command: string, url: string): Promise<Reader> {
  const child = spawn(command, ['-c', PYTHON, url, `${TOTAL}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, 'close');
  await once(child.stdout, 'data');

  return {
    digest: exited.then(() => output.replace('open', '').trim()),
    close: () => {
      child.kill();

      return exited;
    },
  };
}

async function readWithChromium(url: string): Promise<Reader> {
  const browser = await openBrowser();
  const page = await browser.newPage();
  await page.evaluate(`new Promise((opened) => {
    const texts = [];
    const socket = new WebSocket(${JSON.stringify(url)});
    window.done = new Promise((done) => {
      socket.onmessage = ({ data }) => {
        opened();
        if (texts.push(data + '\\n') === 1 + ${TOTAL}) done(texts.slice(1).join(''));
      };
    });
  })`);
  const all = page.evaluate<string>('window.done');

  return { digest: all.then((text) => createHash('sha256').update(text).digest('hex')), close: () => browser.close() };
}
