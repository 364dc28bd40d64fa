import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventsService } from '../../src/events/events.service.js';
import { Hub } from '../../src/hub/hub.js';
import { TestClient } from '../support/client.js';
import { PATIENCE_MS, until } from '../support/cluster.js';
import { clientFrame, HostileClient } from '../support/hostile-client.js';
import { startHub, type TestHub } from '../support/hub.js';
import { rawConnect } from '../support/raw-http.js';

const OPCODE = { continuation: 0x0, text: 0x1, close: 0x8, ping: 0x9, pong: 0xa } as const;
const QUEUE = 64 * 1024;
const MiB = 1024 * 1024;

const times = (count: number, bytes: Buffer): Buffer => Buffer.concat(new Array<Buffer>(count).fill(bytes));

let hub: TestHub;
let events: EventsService;
let witness: TestClient;
let attackers: HostileClient[] = [];

beforeEach(async () => {
  hub = await startHub({ MAX_QUEUE_BYTES: `${QUEUE}` });
  events = hub.app.get(EventsService);
  witness = await TestClient.open(hub.wsUrl);
});
afterEach(async () => {
  // One that does not read does not see that it was closed.
  for (const { socket } of attackers) socket.destroy();
  attackers = [];
  await hub.close();
});

async function attack(query?: string): Promise<HostileClient> {
  const client = await HostileClient.open(hub.url, query);
  attackers.push(client);

  return client;
}

/** The connections of the process: also those that the hub does not count any more. */
const openSockets = (): Promise<number> =>
  new Promise((resolve) => hub.app.getHttpServer().getConnections((_error, count) => resolve(count)));

const counts = () => hub.app.get(Hub).counts();

/** Waits until only the witness is left, and sees that it was served all the time. */
async function onlyWitnessIsLeft(): Promise<void> {
  await until(
    PATIENCE_MS,
    () => events.connectionCount() === 1,
    () => JSON.stringify(counts()),
  );
  while ((await openSockets()) > 1) await delay(10);
  await events.broadcastEvent('bark', { last: true });
  await witness.until(() => witness.messages.some(({ data }) => data['last'] === true));
}

describe('a client that sends more than any honest one', () => {
  const ping = JSON.stringify({ type: 'ping' });

  it.each([
    ['pings', clientFrame(OPCODE.ping, 'x'.repeat(125))],
    ['empty pings', clientFrame(OPCODE.ping)],
    ['pongs that nobody asked for', clientFrame(OPCODE.pong, 'abcdef')],
    ['frames of one byte', clientFrame(OPCODE.text, 'x')],
    ['empty frames', clientFrame(OPCODE.text)],
    ['messages that are answered', clientFrame(OPCODE.text, ping)],
    ['subscriptions', clientFrame(OPCODE.text, '{"type":"subscribe","data":{"types":["event"]}}')],
    ['acknowledgements that it did not promise', clientFrame(OPCODE.text, '{"type":"ack","data":{"received":1}}')],
    ['frames of 16 KB', clientFrame(OPCODE.text, 'x'.repeat(16_000))],
  ])('and reads nothing is not read for a while, and then closed: %s', async (_title, frame) => {
    const client = await attack();

    await client.flood(times(Math.ceil(65_536 / frame.length), frame), 400 * MiB);
    await onlyWitnessIsLeft();

    const { evicted, closed, queuedBytes } = counts();
    // One that is rarely read may be closed for its silence before.
    expect(evicted.frames + evicted.queue + (closed.get('4009') ?? 0)).toBe(1);
    expect(queuedBytes).toBeLessThan(QUEUE);
  });

  it.each([
    ['of one byte', clientFrame(OPCODE.continuation, 'x', false)],
    ['without a byte', clientFrame(OPCODE.continuation, '', false)],
  ])('is closed with 1008 for fragments %s', async (_title, fragment) => {
    const client = await attack();
    client.read();

    client.socket.write(clientFrame(OPCODE.text, '[', false));
    await client.flood(times(1_000, fragment), MiB);
    await onlyWitnessIsLeft();

    expect(client.closeCode).toBe(1008);
    expect(counts().evicted.frames).toBe(1);
  });

  it('is closed with 1008 for a frame that comes byte by byte', async () => {
    const client = await attack();
    client.read();
    client.socket.setNoDelay();

    for (const byte of clientFrame(OPCODE.text, 'x'.repeat(16_000))) {
      if (client.isGone) break;
      client.socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await onlyWitnessIsLeft();

    expect(client.closeCode).toBe(1008);
  });

  it.each([
    ['5 MB in one frame', times(1, clientFrame(OPCODE.text, 'x'.repeat(5 * MiB)))],
    ['100 KB in one frame', times(1, clientFrame(OPCODE.text, 'x'.repeat(100_000)))],
  ])('is gone within a moment after %s, also where it goes on and reads nothing', async (_title, bytes) => {
    const client = await attack();
    const begin = performance.now();

    client.socket.write(bytes);
    const flood = client.flood(Buffer.alloc(65_536, 'y'), 4_000 * MiB);
    await onlyWitnessIsLeft();
    await flood;

    expect(client.isGone).toBe(true);
    // The library by itself waits for 30 s.
    expect(performance.now() - begin).toBeLessThan(15_000);
  });

  it.each([
    ['a reserved opcode', Buffer.from([0x83, 0x80, 0, 0, 0, 0])],
    ['a frame without a mask', Buffer.from([0x81, 0x01, 0x78])],
    ['text that is not UTF-8', clientFrame(OPCODE.text, Buffer.from([0xff]))],
    ['a reserved bit', Buffer.from([0xc1, 0x80, 0, 0, 0, 0])],
    ['a fragment of nothing', clientFrame(OPCODE.continuation, 'x')],
    ['a ping in fragments', clientFrame(OPCODE.ping, 'x', false)],
    ['a ping that is too long', clientFrame(OPCODE.ping, 'x'.repeat(126))],
    ['a length of 2^63', Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
    ['a close with a code that none may send', clientFrame(OPCODE.close, Buffer.from([0x03, 0xed]))],
    ['a close of one byte', clientFrame(OPCODE.close, 'x')],
    ['a close, and stays', clientFrame(OPCODE.close, Buffer.from([0x03, 0xe8]))],
  ])('is gone within a moment after %s', async (_title, bytes) => {
    const client = await attack();
    const begin = performance.now();

    client.socket.write(bytes);
    await onlyWitnessIsLeft();

    // The library by itself waits for 30 s.
    expect(performance.now() - begin).toBeLessThan(15_000);
  });

  it('is gone within a moment after it ended its side, with much that it has not read', async () => {
    const client = await attack();
    const text = 'x'.repeat(16_000);
    for (let n = 0; counts().queuedBytes === 0; n++) {
      await events.broadcastEvent('bark', { n, text });
      await witness.until(() => witness.messages.at(-1)?.data['n'] === n);
    }
    const begin = performance.now();

    client.socket.end();
    await onlyWitnessIsLeft();

    expect(performance.now() - begin).toBeLessThan(15_000);
  });

  it('is gone within a moment after a frame over the limit in pieces, also where each comes later', async () => {
    const client = await attack();
    const begin = performance.now();

    client.socket.write(clientFrame(OPCODE.text, 'x'.repeat(100_000)).subarray(0, 1_000));
    const timer = setInterval(() => client.socket.write(Buffer.alloc(1_000, 'x')), 5);
    await onlyWitnessIsLeft();
    clearInterval(timer);

    expect(performance.now() - begin).toBeLessThan(15_000);
  });
});

describe('a client that says it has read what it has not', () => {
  it('is told so, gets no credit, and is closed with 1008 when it goes on', async () => {
    const client = await TestClient.open(`${hub.wsUrl}?acks=1`);
    const text = 'x'.repeat(4_000);

    client.send({ type: 'ack', data: { received: 1_000_000 } });
    const [error] = await client.received(1);
    for (let n = 0; n < 100; n++) {
      if (n % 25 === 0) client.send({ type: 'ack', data: { received: 1_000_000 } });
      await events.broadcastOverlayUpdate('heatmap', { n, text });
    }

    expect((await client.closed).code).toBe(1008);
    expect(error?.data).toMatchObject({ code: 'INVALID_MESSAGE', errors: [{ field: 'data.received', rule: 'sent' }] });
    expect(client.messages.filter(({ type }) => type === 'overlay').length).toBeLessThan(40);
    await onlyWitnessIsLeft();
    expect(counts().evicted.acks).toBe(1);
  });

  it('by acknowledgements holds no more than a queue, in the socket or beside it', async () => {
    const client = await attack('?acks=1');
    const text = 'x'.repeat(4_000);
    const held: number[] = [];

    for (let n = 0; n < 5_000 && !client.isGone; n++) {
      const { sent = 0 } = [...hub.app.get(Hub).all()].map((one) => one.info()).at(-1) ?? {};
      client.socket.write(clientFrame(OPCODE.text, JSON.stringify({ type: 'ack', data: { received: sent } })));
      await events.broadcastEvent('bark', { n, text });
      await witness.until(() => witness.messages.at(-1)?.data['n'] === n);
      held.push(counts().queuedBytes);
    }
    await onlyWitnessIsLeft();

    expect(Math.max(...held)).toBeLessThan(4 * QUEUE);
    expect(counts().evicted.queue).toBe(1);
  });
});

describe('clients that read nothing', () => {
  it('of a snapshot hold one slice, and those who read have all of it', async () => {
    const text = 'x'.repeat(2_000);
    for (let n = 0; n < 30; n++) await events.broadcastTelemetry({ n, text }, { source: `cam-${n}` });

    const clients = await Promise.all(Array.from({ length: 50 }, () => attack('?snapshot=1')));
    const reader = await TestClient.open(`${hub.wsUrl}?snapshot=1`);
    const messages = await reader.received(28);

    expect(new Set(messages.map(({ source }) => source)).size).toBe(messages.length);
    expect(counts().queuedBytes).toBeLessThan(clients.length * QUEUE);
    for (const { socket } of clients) socket.destroy();
    await reader.close();
    await onlyWitnessIsLeft();
  });

  it('are closed when too much waits for all of them, those with the most first', async () => {
    const { budget } = hub.app.get(Hub).sendLimits;
    const clients = await Promise.all(Array.from({ length: 30 }, () => attack()));
    Object.defineProperty(budget, 'maxBytes', { value: 256 * 1024 });
    const text = 'x'.repeat(100);

    for (let n = 0; n < 8_000 && counts().evicted.total === 0; n++) {
      await events.broadcastTelemetry({ n, text }, { source: `source-${n}` });
      if (n % 10 === 0) await witness.until(() => witness.messages.at(-1)?.data['n'] === n);
    }
    await until(
      PATIENCE_MS,
      () => counts().evicted.total > 0,
      () => JSON.stringify(counts()),
    );

    expect(budget.bytes).toBeLessThanOrEqual(256 * 1024 + 30 * 200);
    for (const { socket } of clients) socket.destroy();
    await onlyWitnessIsLeft();
    expect(budget.bytes).toBe(0);
  });

  it('of the answer to a refused upgrade are let go', async () => {
    const server = hub.app.getHttpServer();
    const before = await openSockets();

    let seen = 0;
    server.on('connection', () => seen++);
    const sockets = Array.from({ length: 20 }, () => {
      const socket = rawConnect(hub.url);
      socket.on('error', () => undefined);
      socket.write('GET /ws/none HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');

      return socket;
    });
    while (seen < sockets.length) await new Promise((resolve) => server.once('connection', resolve));
    while ((await openSockets()) > before) await delay(50);

    for (const socket of sockets) socket.destroy();
  });
});
