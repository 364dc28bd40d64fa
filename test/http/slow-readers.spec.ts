import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { get, post } from '../support/http.js';
import { type HubProcess, startHubProcess } from '../support/process.js';
import { rawAnswers, rawConnect } from '../support/raw-http.js';
import { SseClient } from '../support/sse-client.js';

const MiB = 1024 * 1024;
const PAGE = 'GET /api/events?limit=1000 HTTP/1.1\r\nHost: hub\r\n\r\n';
const STREAM = 'GET /api/events/stream HTTP/1.1\r\nHost: hub\r\n\r\n';

/** Unlike `once` it does not mind a reset. */
const closeOf = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));

describe('a client that reads no answers', () => {
  let hub: HubProcess;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    hub = await startHubProcess({ REQUEST_TIMEOUT_MS: '3000', MAX_MESSAGE_BYTES: '1048576' });
    // A page of 5 MB: the kernel takes two or three of them for a socket that nobody reads.
    const event = (n: number) => ({ type: 'event', event_type: 'bark', data: { n, text: 'ü€x'.repeat(800) } });
    for (let n = 0; n < 1_000; n += 100) {
      const items = Array.from({ length: 100 }, (_, i) => event(n + i));
      expect((await post(`${hub.url}/api/events/broadcast/batch`, items)).body).toMatchObject({ accepted: 100 });
    }
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await hub.kill();
  });

  function open(): Socket {
    const socket = rawConnect(hub.url);
    socket.on('error', () => undefined);
    sockets.push(socket);

    return socket;
  }

  const memory = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${hub.child.pid}/status`, 'utf8'))?.[1]) * 1024;

  /** The value of a series; the name is a pattern. */
  async function metric(name: string): Promise<number> {
    const text = await (await fetch(`${hub.url}/metrics`)).text();

    return Number(new RegExp(`^dogmonitor_${name} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
  }

  const refused = (reason: string): Promise<number> => metric(`http_refused_total\\{reason="${reason}"\\}`);

  it('gets the whole page when it reads at last, as many times as it asked', async () => {
    const socket = open();
    socket.write(PAGE.repeat(5));
    expect((await get(`${hub.url}/health/live`)).status).toBe(200);

    let answers = 0;
    for await (const { status, body } of rawAnswers(socket)) {
      const page = JSON.parse(Buffer.from(body, 'latin1').toString()) as { events: { data: { n: number } }[] };
      expect(status).toBe(200);
      expect(page.events.map(({ data }) => data.n)).toEqual(page.events.map((_, i) => 1_000 - page.events.length + i));
      if (++answers === 5) break;
    }
    expect(answers).toBe(5);
  });

  it('holds one answer with 150 requests, and is cut off when it takes no more', async () => {
    const before = memory();
    const sent = Array.from({ length: 20 }, () => {
      const socket = open();
      socket.pause().write(PAGE.repeat(150));
      return closeOf(socket);
    });
    // While they are held, others are served, and a metric tells of them.
    while ((await metric('http_answers_unread')) < sent.length) await delay(50);
    expect((await get(`${hub.url}/api/connections`)).status).toBe(200);

    while ((await refused('stalled')) < sent.length) await delay(50);
    expect(memory() - before).toBeLessThan(100 * MiB);
    for (const socket of sockets) socket.resume();
    await Promise.all(sent);
    expect(await metric('http_answers_unread')).toBe(0);
    expect(await (await fetch(`${hub.url}/api/events?limit=1`)).json()).toMatchObject({ complete: true });
  });

  it('is one of 100 that hold no page each, and are cut off', async () => {
    const before = memory();
    for (let n = 0; n < 100; n++) open().pause().write(PAGE.repeat(5));
    expect((await get(`${hub.url}/health/live`)).status).toBe(200);

    while ((await refused('stalled')) < 100) {
      expect(memory() - before).toBeLessThan(100 * MiB);
      await delay(50);
    }
  });
});

describe('a client that sends its requests at once', () => {
  let hub: HubProcess;

  beforeEach(async () => void (hub = await startHubProcess()));
  afterEach(() => hub.kill());

  const postOf = (n: number): string => {
    const body = JSON.stringify({ event_type: 'bark', data: { n } });
    return `POST /api/events/broadcast HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };
  const range = (length: number) => Array.from({ length }, (_, n) => n);

  it('gets its answers in order, and its events keep theirs', async () => {
    const socket = rawConnect(hub.url);
    socket.write(range(200).map(postOf).join(''));
    let answers = 0;
    for await (const { status } of rawAnswers(socket)) {
      expect(status).toBe(202);
      if (++answers === 200) break;
    }

    const { body } = await get(`${hub.url}/api/events?limit=1000`);
    expect((body['events'] as { data: { n: number } }[]).map(({ data }) => data.n)).toEqual(range(200));
  });

  it('may go on so for longer than any buffer, when it reads', async () => {
    const socket = rawConnect(hub.url);
    const all = range(5_000).map(postOf).join('');
    socket.write(all);
    let answers = 0;
    for await (const { status } of rawAnswers(socket)) {
      expect(status).toBe(202);
      if (++answers === 5_000) break;
    }

    expect(answers).toBe(5_000);
  });

  it('is cut off when more wait than may', async () => {
    const socket = rawConnect(hub.url);
    socket.on('error', () => undefined);
    const closed = closeOf(socket);
    socket.resume().write('GET / HTTP/1.1\r\nHost:h\r\n\r\n'.repeat(2_000));
    await closed;

    expect(await (await fetch(`${hub.url}/metrics`)).text()).toContain('{reason="pipelined"} 1');
  });

  it('has no more than one stream, and nothing behind it', async () => {
    const sockets = range(10).map(() => rawConnect(hub.url));
    const closed = sockets.map((socket) => {
      socket.on('error', () => undefined);
      socket.write(STREAM.repeat(1_000));
      socket.resume();
      return closeOf(socket);
    });
    await Promise.all(closed);

    expect((await get(`${hub.url}/api/connections`)).body).toMatchObject({ count: 0 });
  });

  it('loses its stream when it asks for something behind it', async () => {
    const socket = rawConnect(hub.url);
    socket.on('error', () => undefined);
    socket.write(STREAM);
    await once(socket, 'data');
    const closed = closeOf(socket);
    socket.write('GET /health/live HTTP/1.1\r\nHost: hub\r\n\r\n');
    socket.resume();
    await closed;

    const other = await SseClient.open(`${hub.url}/api/events/stream`);
    expect((await get(`${hub.url}/api/connections`)).body).toMatchObject({ count: 1 });
    other.close();
  });

  it('gets no WebSocket in the middle of another answer', async () => {
    const socket = rawConnect(hub.url);
    socket.write(
      `${STREAM.replace('/stream', '?limit=1')}GET /ws/ui HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    const answers = rawAnswers(socket);

    expect([(await answers.next()).value, (await answers.next()).value]).toMatchObject([
      { status: 200 },
      { status: 426 },
    ]);
    socket.destroy();
  });
});
