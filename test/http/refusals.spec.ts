import { setTimeout as delay } from 'node:timers/promises';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { TestClient } from '../support/client.js';
import { startHub, type TestHub } from '../support/hub.js';
import { type HubProcess, startHubProcess } from '../support/process.js';
import { rawAnswers, rawConnect, rawExchange, upgradeRequest } from '../support/raw-http.js';

const HEAD = 'Host: hub\r\nContent-Type: application/json\r\n';
const POST = `POST /api/events/broadcast HTTP/1.1\r\n${HEAD}`;
const BODY = '{"event_type":"whole","data":{}}';

describe('bytes that are no request', () => {
  let hub: TestHub;

  beforeAll(async () => void (hub = await startHub()));
  afterAll(() => hub.close());

  async function refused(bytes: string, status: number, code: string): Promise<void> {
    const answer = await rawExchange(hub.url, bytes);
    const body = JSON.parse(answer.body) as Record<string, unknown>;

    expect(answer.status).toBe(status);
    expect(answer.head).toMatch(/content-type: application\/json/i);
    expect(body).toEqual({ statusCode: status, code, message: expect.stringMatching(/^[a-z]/) });
  }

  it.each([
    ['rubbish', 'RUBBISH\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['HTTP/2 without being asked', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a header without a name', 'GET / HTTP/1.1\r\nHost: hub\r\n: x\r\n\r\n'],
    ['two lengths', `${POST}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`],
    ['a length and chunks', `${POST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ['a chunk without a length', `${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n`],
    ['a length that is none', `${POST}Content-Length: -1\r\n\r\n`],
    ['no Host', 'GET /health/live HTTP/1.1\r\n\r\n'],
    ['bad percent-encoding', 'GET /%zz HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n'],
    ['half a percent-encoded character', 'GET /%E0%A4%A HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n'],
  ])('answers %s with 400 in the documented form', (_title, bytes) => refused(bytes, 400, 'BAD_REQUEST'));

  it('answers a URL that is too long with 414, and too many headers with 431', async () => {
    await refused(`GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: hub\r\n\r\n`, 414, 'URI_TOO_LONG');
    await refused(`GET /api/events?since=${'1'.repeat(200_000)} HTTP/1.1\r\n`, 414, 'URI_TOO_LONG');
    await refused(`GET / HTTP/1.1\r\nHost: hub\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE');
    await refused(
      `GET / HTTP/1.1\r\nHost: hub\r\n${`X: ${'a'.repeat(40)}\r\n`.repeat(1_000)}\r\n`,
      431,
      'HEADERS_TOO_LARGE',
    );
  });

  it.each(['CONNECT hub:443', 'OPTIONS *', 'TRACE /nowhere', 'PURGE /nowhere'])(
    'answers %s in the documented form',
    async (line) => {
      const { status, body } = await rawExchange(hub.url, `${line} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n`);

      expect([400, 404]).toContain(status);
      expect(JSON.parse(body)).toMatchObject({
        statusCode: status,
        code: expect.any(String),
        message: expect.any(String),
      });
    },
  );

  it('ignores an expectation that it does not know', async () => {
    const { status } = await rawExchange(
      hub.url,
      'GET /health/live HTTP/1.1\r\nHost: hub\r\nExpect: cake\r\nConnection: close\r\n\r\n',
    );

    expect(status).toBe(200);
  });

  it('answers first what came before them', async () => {
    const socket = rawConnect(hub.url);
    socket.write(`GET /health/live HTTP/1.1\r\nHost: hub\r\n\r\n`.repeat(3) + 'RUBBISH\r\n\r\n');
    const statuses: number[] = [];
    for await (const { status } of rawAnswers(socket)) statuses.push(status);

    expect(statuses).toEqual([200, 200, 200, 400]);
  });

  it('counts them, by reason', async () => {
    const metrics = await (await fetch(`${hub.url}/metrics`)).text();

    for (const reason of ['400', '414', '431']) {
      expect(metrics).toMatch(new RegExp(`dogmonitor_http_refused_total\\{reason="${reason}"\\} [1-9]`));
    }
  });

  it('names at most 20 broken rules, and says how many more there are', async () => {
    const fields = Object.fromEntries(Array.from({ length: 30_000 }, (_, n) => [n.toString(36), 1]));
    const send = (path: string, body: unknown) =>
      fetch(`${hub.url}/api/events/broadcast${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    for (const path of ['', '/action', '/overlay', '/telemetry']) {
      const text = await (await send(path, fields)).text();
      const { errors, more, message } = JSON.parse(text) as { errors: unknown[]; more: number; message: string };

      expect(text.length).toBeLessThan(4_000);
      expect(errors).toHaveLength(20);
      expect(more).toBeGreaterThanOrEqual(29_980);
      expect(message).toContain(`(and ${more + 19} more)`);
    }

    const query = await fetch(`${hub.url}/api/events?${Array.from({ length: 2_000 }, (_, n) => `a${n}`).join('&')}`);
    expect(await query.json()).toMatchObject({ more: 1_980 });

    const batch = (await (await send('/batch', Array(1_000).fill({ type: 'event', a: 1, b: 2 }))).json()) as {
      results: { errors?: unknown[]; more?: number; message: string }[];
    };
    expect(batch.results.flatMap(({ errors = [] }) => errors)).toHaveLength(20);
    expect(batch.results.at(-1)).toMatchObject({ more: 4, message: expect.stringContaining('a is not a field') });
  });

  it('repeats no more than the begin of a field, however long it is', async () => {
    const long = 'x'.repeat(100_000);
    const nested = `{"event_type":"x","data":{"${long}":{"${long}":1e999}}}`;
    for (const body of [`{"${long}":1}`, nested, `{"event_type":"x","data":{"${long}":NaN}}`]) {
      const answer = await fetch(`${hub.url}/api/events/broadcast`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      expect(answer.status).toBe(400);
      expect((await answer.text()).length).toBeLessThan(4_000);
    }
  });
});

describe('REQUEST_TIMEOUT_MS', () => {
  let hub: HubProcess;
  const sockets: Socket[] = [];

  beforeAll(async () => void (hub = await startHubProcess({ REQUEST_TIMEOUT_MS: '700' })));
  afterAll(() => hub.kill());
  afterEach(() => void sockets.splice(0).forEach((socket) => socket.destroy()));

  function open(): Socket {
    const socket = rawConnect(hub.url);
    socket.on('error', () => undefined);
    sockets.push(socket);

    return socket;
  }

  it.each([
    ['half a head', 'GET /health/live HTTP/1.1\r\nHo'],
    ['half a body', `${POST}Content-Length: ${BODY.length}\r\n\r\n${BODY.slice(0, 9)}`],
    ['half a chunk', `${POST}Transfer-Encoding: chunked\r\n\r\n20\r\n${BODY.slice(0, 9)}`],
    ['half an upgrade', upgradeRequest('/ws/ui').slice(0, -2)],
  ])('answers %s with 408', async (_title, bytes) => {
    const { status, body } = await rawExchange(hub.url, bytes);

    expect(status).toBe(408);
    expect(JSON.parse(body)).toEqual({ statusCode: 408, code: 'REQUEST_TIMEOUT', message: expect.any(String) });
  });

  it('is for the whole request: a body that trickles is cut', async () => {
    const witness = await TestClient.open(hub.wsUrl);
    const socket = open();
    socket.write(`${POST}Content-Length: ${BODY.length}\r\n\r\n`);
    let isOver = false;
    socket.on('end', () => (isOver = true));
    const answer = rawAnswers(socket).next();
    for (const character of BODY) {
      if (isOver) break;
      socket.write(character);
      await delay(100);
    }

    expect((await answer).value).toMatchObject({ status: 408 });
    expect(await witness.settled()).toEqual([]);
    await witness.close();
  });

  it('closes a connection on which nothing ever comes', async () => {
    const socket = open();
    socket.resume();

    await once(socket, 'close');
  });

  it('logs no error with a stack for a POST that its client gives up', async () => {
    for (const bytes of [BODY.slice(0, 9), '']) {
      const socket = open();
      socket.write(`${POST}Expect: 100-continue\r\nContent-Length: ${BODY.length}\r\n\r\n${bytes}`);
      await once(socket, 'data');
      socket.resetAndDestroy();
    }
    // Its own end is behind what the hub does about those before it.
    expect((await rawExchange(hub.url, `${POST}Content-Length: 3\r\n\r\nab`)).status).toBe(408);

    expect(hub.output()).not.toMatch(/ERROR|at .*\.js:/);
  });
});
