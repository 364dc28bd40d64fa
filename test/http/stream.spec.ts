import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { EventsService } from '../../src/events/events.service.js';
import { Hub } from '../../src/hub/hub.js';
import { TestClient } from '../support/client.js';
import { get, post } from '../support/http.js';
import { startHub, type TestHub } from '../support/hub.js';
import { type HubProcess, startHubProcess } from '../support/process.js';
import { rawConnect } from '../support/raw-http.js';
import { SseClient } from '../support/sse-client.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe('GET /api/events/stream', () => {
  let hub: TestHub;
  let events: EventsService;
  let url: string;
  const clients: SseClient[] = [];

  beforeAll(async () => {
    hub = await startHub();
    events = hub.app.get(EventsService);
    url = `${hub.url}/api/events/stream`;
  });
  afterAll(() => hub.close());
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    while (events.connectionCount() > 0) await turn();
  });

  async function open(query = '', headers: Record<string, string> = {}): Promise<SseClient> {
    const client = await SseClient.open(`${url}${query}`, headers);
    clients.push(client);

    return client;
  }

  const numbersOf = (client: SseClient) => client.events.map(({ data }) => (data['data'] as { n: number }).n);

  async function publish(from: number, to: number, more: object = {}): Promise<void> {
    for (let n = from; n < to; n++) {
      await events.broadcastEvent('bark', { n, ...more });
      if (n % 20 === 0) await turn();
    }
  }

  it('gives the greeting and then what /ws/ui gives, as Server-Sent Events', async () => {
    const [client, other] = [await open(), await TestClient.open(hub.wsUrl)];

    await events.broadcastEvent('bark', { text: 'ü€😀\n\r\u2028' }, { source: 'cam-1' });
    await events.broadcastTelemetry({ fps: 30 });
    await events.broadcast({ type: 'custom', data: { any: 'thing' } });
    const messages = await other.received(3);

    expect(client.greeting).toEqual({
      event: 'connection',
      data: {
        type: 'connection',
        data: { ...other.greeting.data, connection_id: client.id, server_time: expect.any(String) },
      },
    });
    const epoch = String(other.greeting.data['epoch']);
    await other.close();
    expect(await client.received(3)).toEqual(
      messages.map((data) => ({ event: data.type, ...(data.offset && { id: `${epoch}:${data.offset}` }), data })),
    );
  });

  it('answers with the head that proxies and browsers need', async () => {
    const { response } = await open();

    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    });
  });

  it('spreads JSON over lines when it came with line breaks', async () => {
    const client = await open();

    const json = '{"type":"telemetry",\r\n"data":\n{}}';
    hub.app.get(Hub).onBroadcast({ message: { type: 'telemetry' }, json });

    expect(await client.received(1)).toEqual([{ event: 'telemetry', data: { type: 'telemetry', data: {} } }]);
  });

  it.each(['header', 'query', 'both'])('resumes by the offset in the %s', async (where) => {
    const first = await open();
    await publish(0, 500);
    const ids = (await first.received(500)).map(({ id = '' }) => id);

    const client =
      where === 'header'
        ? await open('', { 'last-event-id': ids[99] ?? '' })
        : where === 'query'
          ? await open(`?since=${ids[99]}`)
          : await open('?since=1-0', { 'last-event-id': ids[99] ?? '' });
    await publish(500, 510);

    await client.received(410);
    expect(client.greeting.data).toMatchObject({ data: { recovered: true } });
    expect(numbersOf(client)).toEqual(range(100, 510));
    expect(client.events.slice(0, 400).map(({ id }) => id)).toEqual(ids.slice(100));
  });

  it('says so when the log does not reach back', async () => {
    await publish(0, 3);

    const client = await open('', { 'last-event-id': '1-0' });
    await publish(3, 4);

    await client.received(1);
    expect(client.greeting.data).toMatchObject({ data: { recovered: false } });
    expect(numbersOf(client)).toEqual([3]);
  });

  it('takes the filters of /ws/ui', async () => {
    const client = await open('?types=event&event_types=sit');

    await events.broadcastTelemetry({});
    await events.broadcastEvent('bark', {});
    await events.broadcastEvent('sit', {});

    expect(client.greeting.data).toMatchObject({ data: { filter: { types: ['event'], event_types: ['sit'] } } });
    expect(await client.received(1)).toMatchObject([{ data: { event_type: 'sit' } }]);
  });

  it.each([
    ['?types=', {}, 'types[0]'],
    ['?recent=x', {}, 'recent'],
  ])('refuses %s %j with 400', async (query, headers, field) => {
    const response = await fetch(`${url}${query}`, { headers: headers as Record<string, string> });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ statusCode: 400, code: 'BAD_REQUEST', errors: [{ field }] });
  });

  it('takes an empty Last-Event-ID for none', async () => {
    const client = await open('', { 'last-event-id': '' });

    expect(client.greeting.data).not.toHaveProperty('data.recovered');
  });

  it('is a connection like any other: counted, listed, and sent personal messages', async () => {
    const client = await open('?sources=cam-1');

    await events.sendPersonalMessage(client.id, { type: 'custom', data: { for: 'you' } });

    expect(events.connectionCount()).toBe(1);
    expect(await client.received(1)).toEqual([{ event: 'custom', data: { type: 'custom', data: { for: 'you' } } }]);
    expect((await get(`${hub.url}/api/connections`)).body).toMatchObject({
      count: 1,
      connections: [
        { id: client.id, transport: 'sse', remote_address: '127.0.0.1', filter: { sources: ['cam-1'] }, sent: 2 },
      ],
    });
  });

  it('answers HEAD, and nobody stays connected', async () => {
    const response = await fetch(url, { method: 'HEAD' });

    expect(response.status).toBe(200);
    expect(events.connectionCount()).toBe(0);
  });

  it('waits for its turn when requests are pipelined', async () => {
    const socket = rawConnect(hub.url);
    socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\nGET /api/events/stream HTTP/1.1\r\nHost: x\r\n\r\n');
    let text = '';
    while (!text.includes('event: connection')) text += String(((await once(socket, 'data')) as [Buffer])[0]);

    expect(text).toMatch(
      /^HTTP\/1\.1 200 OK[^]*{"status":"ok"}HTTP\/1\.1 200 OK[^]*\r\n\r\nevent: connection\ndata: {/,
    );
    socket.destroy();
  });

  it('ends a reader that falls too far behind, who resumes where it stopped', async () => {
    await publish(0, 1);
    const slow = await open();
    slow.response.pause();

    // More than the kernel takes for a socket plus the queue of one connection.
    await publish(1, 200, { text: 'x'.repeat(60_000) });
    while (events.connectionCount() > 0) await turn();
    slow.response.resume();
    await slow.ended;
    const got = numbersOf(slow);
    expect(got).toEqual(range(1, 1 + got.length));

    const client = await open('', { 'last-event-id': slow.events.at(-1)?.id ?? '' });
    await client.received(199 - got.length);
    expect([...got, ...numbersOf(client)]).toEqual(range(1, 200));
  });
});

describe('GET /api/events/stream, left alone', () => {
  it('sends a comment every 15 s, by one timer for all', async () => {
    jest.useFakeTimers({
      now: Date.now(),
      doNotFake: ['setImmediate', 'setTimeout', 'nextTick', 'queueMicrotask', 'Date'],
    });
    const hub = await startHub();
    try {
      const clients = [
        await SseClient.open(`${hub.url}/api/events/stream`),
        await SseClient.open(`${hub.url}/api/events/stream`),
      ];

      expect(jest.getTimerCount()).toBe(1);
      jest.advanceTimersByTime(30_000);

      await Promise.all(clients.map((client) => client.until(() => client.comments === 2)));
      const { body } = await get(`${hub.url}/api/connections`);
      expect(body).toMatchObject({ connections: [{ sent: 1 }, { sent: 1 }] });
    } finally {
      jest.useRealTimers();
      await hub.close();
    }
  });
});

describe('a hub that stops while streams are open', () => {
  let hub: HubProcess | undefined;

  afterEach(async () => {
    await hub?.kill();
    hub = undefined;
  });

  it('ends them after the last accepted event, and exits with 0 at once', async () => {
    // A shutdown that waited for a stream would take this long.
    const running = await startHubProcess({ SHUTDOWN_GRACE_MS: '600000' });
    hub = running;
    const url = `${running.url}/api/events/stream`;
    const clients = await Promise.all(range(0, 20).map(() => SseClient.open(url)));
    const socket = rawConnect(running.url);
    const body = '{"event_type":"sit","data":{}}';
    socket.write(
      `POST /api/events/broadcast HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    socket.write(body.slice(0, 10));
    await post(`${running.url}/api/events/broadcast`, { event_type: 'bark', data: {} });

    running.child.kill('SIGTERM');
    await running.printed(/SIGTERM/);
    socket.write(body.slice(10));
    await Promise.all(clients.map(({ ended }) => ended));

    expect(await running.exited).toEqual({ code: 0, signal: null });
    for (const { events } of clients) {
      expect(events.map(({ data }) => data['event_type'])).toEqual(['bark', 'sit']);
    }
    socket.destroy();
  });
});
