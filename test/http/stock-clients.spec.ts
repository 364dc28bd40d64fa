import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { TestClient } from '../support/client.js';
import { GUIDE_BODIES } from '../support/http.js';
import { startHub, type TestHub } from '../support/hub.js';
import { rawAnswers, rawConnect, rawExchange, upgradeRequest } from '../support/raw-http.js';

const EVENT = '/api/events/broadcast';
const JSON_TYPE = { 'content-type': 'application/json' };

describe('what stock HTTP clients send', () => {
  let hub: TestHub;
  let client: TestClient;

  beforeAll(async () => {
    hub = await startHub();
    client = await TestClient.open(hub.wsUrl);
  });
  afterAll(() => hub.close());
  afterEach(async () => {
    await client.settled();
    client.messages.length = 0;
  });

  async function send(path: string, body: string | Buffer, headers: Record<string, string> = JSON_TYPE) {
    const response = await fetch(hub.url + path, { method: 'POST', headers, body: new Uint8Array(Buffer.from(body)) });

    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, never>,
    };
  }

  describe('Upgrade: h2c', () => {
    const offer = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA'];
    const get = (path: string): string => [`GET ${path} HTTP/1.1`, 'Host: hub', ...offer, '', ''].join('\r\n');
    const postOf = (body: string): string =>
      [
        `POST ${EVENT} HTTP/1.1`,
        'Host: hub',
        ...offer,
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
        '',
        body,
      ].join('\r\n');

    it('is ignored, with a body and without, again and again on one connection', async () => {
      const socket = rawConnect(hub.url);
      const answers = rawAnswers(socket);

      for (const n of [1, 2]) {
        socket.write(get('/health/live'));
        expect((await answers.next()).value).toMatchObject({ status: 200 });
        socket.write(postOf(JSON.stringify({ event_type: 'java', data: { n } })));
        expect((await answers.next()).value).toMatchObject({ status: 202 });
      }
      socket.destroy();

      expect((await client.settled()).map(({ data }) => data['n'])).toEqual([1, 2]);
    });

    it('is ignored where the body comes later than the head', async () => {
      const socket = rawConnect(hub.url);
      const answers = rawAnswers(socket);
      const request = postOf('{"event_type":"late","data":{}}');
      socket.write(request.slice(0, -10));
      await new Promise((resolve) => setImmediate(resolve));
      socket.write(request.slice(-10));

      expect((await answers.next()).value).toMatchObject({ status: 202 });
      socket.destroy();
      expect(await client.settled()).toMatchObject([{ event_type: 'late' }]);
    });

    it.each(['h2c', 'TLS/1.0', 'foo, websocket/13', ''])(
      'as any other offer: %s at /ws/ui is asked for a WebSocket',
      async (offered) => {
        const answer = await rawExchange(
          hub.url,
          upgradeRequest('/ws/ui', { Upgrade: offered }).replace('Upgrade\r\n', 'Upgrade, close\r\n'),
        );

        expect(answer).toMatchObject({ status: 426 });
        expect(JSON.parse(answer.body)).toMatchObject({ code: 'UPGRADE_REQUIRED' });
      },
    );
  });

  it('takes a byte order mark', async () => {
    for (const [path, body] of Object.entries(GUIDE_BODIES)) {
      expect((await send(path, `\uFEFF${JSON.stringify(body)}`)).status).toBe(202);
    }
  });

  it.each(['gzip', 'br', 'deflate', 'GZIP', 'x-unknown', 'gzip, br'])(
    'answers a body that is %s with 415, and says so',
    async (encoding) => {
      const body = gzipSync(JSON.stringify(GUIDE_BODIES[EVENT]));
      const answer = await send(EVENT, body, { ...JSON_TYPE, 'content-encoding': encoding });

      expect(answer).toMatchObject({ status: 415, body: { code: 'UNSUPPORTED_MEDIA_TYPE' } });
      expect(answer.body['message']).toContain(`"${encoding}"`);
      expect(answer.headers.get('accept-encoding')).toBe('identity');
    },
  );

  it.each([
    [EVENT, { event_type: 'n', data: {}, source: null }],
    ['/api/events/broadcast/action', { action: 'n', confidence: 1, metadata: null, timestamp: null, source: null }],
    ['/api/events/broadcast/overlay', { overlay_type: 'zone', data: {}, source: null }],
    ['/api/events/broadcast/telemetry', { data: { fps: null }, source: null }],
  ])('takes null for an optional field of %s as if it were absent', async (path, body) => {
    expect((await send(path, JSON.stringify(body))).status).toBe(202);
    const [message] = await client.settled();

    expect(message).not.toHaveProperty('source');
    if (path.endsWith('action')) {
      expect(message?.data).toEqual({ timestamp: expect.any(String), confidence: 1, metadata: {} });
    }
  });

  it('takes null for an optional field in a batch and in a box', async () => {
    const boxes = [{ x: 1, y: 1, w: 1, h: 1, label: null, confidence: null }];
    const items = [
      { type: 'overlay', overlay_type: 'detection', data: { boxes }, source: null },
      { type: 'action', action: 'sit', confidence: 1, metadata: null },
    ];

    expect((await send(`${EVENT}/batch`, JSON.stringify(items))).body).toMatchObject({ accepted: 2, refused: 0 });
  });

  it('takes a slash at the end of a path, and two in a row', async () => {
    for (const path of Object.keys(GUIDE_BODIES) as (keyof typeof GUIDE_BODIES)[]) {
      expect((await send(`${path}/`, JSON.stringify(GUIDE_BODIES[path]))).status).toBe(202);
    }
    for (const path of [
      '/api/events/',
      '/api/events/?limit=1',
      '/health/live/',
      '/api/connections/',
      '//api//events',
      '/metrics/',
    ]) {
      expect({ path, status: (await fetch(hub.url + path)).status }).toEqual({ path, status: 200 });
    }
    for (const path of ['/ws/ui/', '/ws/ui/?snapshot=1', '//ws//ui']) {
      await (await TestClient.open(hub.wsUrl.replace('/ws/ui', path))).close();
    }
  });

  it.each([
    ['GET', EVENT, 'POST'],
    ['PUT', `${EVENT}/action/`, 'POST'],
    ['DELETE', '/api/events', 'GET, HEAD'],
    ['POST', '/api/events?limit=1', 'GET, HEAD'],
    ['PATCH', '/ws/ui', 'GET, HEAD'],
    ['POST', '/metrics', 'GET, HEAD'],
    ['POST', '/health/live', 'GET, HEAD'],
    ['POST', '/assets/some.js', 'GET, HEAD'],
    ['PROPFIND', '/api/events', 'GET, HEAD'],
  ])('answers %s %s with 405 and Allow: %s', async (method, path, allow) => {
    const response = await fetch(hub.url + path, { method });

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')?.split(', ').sort()).toEqual(allow.split(', '));
    expect(await response.json()).toMatchObject({ statusCode: 405, code: 'METHOD_NOT_ALLOWED' });
  });

  it('answers OPTIONS with what a path takes, and HEAD as GET', async () => {
    const options = await fetch(hub.url + EVENT, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST']);
    expect((await fetch(`${hub.url}/nowhere`, { method: 'OPTIONS' })).status).toBe(404);
    for (const path of ['/api/events', '/health/live', '/api/connections', '/metrics']) {
      expect((await fetch(hub.url + path, { method: 'HEAD' })).status).toBe(200);
    }
    expect((await fetch(hub.url + EVENT, { method: 'HEAD' })).status).toBe(405);
  });

  it.each([
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'Application/JSON',
    'application/vnd.dog+json',
    'application/ld+json; charset=utf-8',
  ])('takes %s', async (type) => {
    const headers = { 'content-type': type };

    expect((await send(EVENT, JSON.stringify(GUIDE_BODIES[EVENT]), headers)).status).toBe(202);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'json',
    'application/jsonp',
    undefined,
  ])('answers the content type %s with 415, and says which one is right', async (type) => {
    const answer = await send(
      EVENT,
      JSON.stringify(GUIDE_BODIES[EVENT]),
      type === undefined ? {} : { 'content-type': type },
    );

    expect(answer).toMatchObject({ status: 415, body: { code: 'UNSUPPORTED_MEDIA_TYPE' } });
    expect(answer.body['message']).toContain('application/json');
    if (type !== undefined) expect(answer.body['message']).toContain(type);
  });

  it.each([
    ['{"event_type":"x","data":{"a":NaN}}', /unexpected "NaN" at position 30, in data\.a$/],
    ['{"data":{"boxes":[{"x":1},{"x":-Infinity}]}}', /"-Infinity" at position 31, in data\.boxes\[1\]\.x$/],
    ['{"data":{"t\\"":nan}}', /"nan" at position 15/],
    ["{'data':1}", /at position 1/],
    ['{"data":None}', /"None" at position 8, in data$/],
    ['{"data":{},}', /at position 11/],
    ['{"a":1}}', /at position 7/],
    ['{"a":"x', /./],
    ['[1,2', /./],
    ['', /body is empty/],
    ['{"data":01}', /position/],
  ])('says where %s is no JSON', async (body, place) => {
    const answer = await send(EVENT, body);

    expect(answer).toMatchObject({ status: 400, body: { code: 'INVALID_JSON' } });
    expect(answer.body['message']).toMatch(place);
  });

  it.each([
    ['9007199254740993', false],
    ['-9007199254740993', false],
    ['1761301800123456789', false],
    ['18446744073709551615', false],
    ['9007199254740993.0', false],
    ['9007199254740992', true],
    ['9007199254740991', true],
    ['1761301800000000000', true],
    ['12345678901234567890e-10', true],
    ['0.12345678901234567', true],
    ['3.4028234663852886e38', true],
    ['"1761301800123456789"', true],
    ['"a, 1761301800123456789"', true],
    ['1e400', false],
  ])('takes %s as it is, or names the field that would change: %s', async (number, isTaken) => {
    const answer = await send(EVENT, `{"event_type":"x","data":{"a":[0,{"n" : ${number}}]}}`);

    expect(answer.status).toBe(isTaken ? 202 : 400);
    if (!isTaken) expect(answer.body['errors']).toMatchObject([{ field: 'data.a[1].n' }]);
    else expect((await client.settled())[0]?.data['a']).toEqual([0, { n: JSON.parse(number) as unknown }]);
  });

  it('refuses a number that would change in an item of a batch, and takes the others', async () => {
    const body = '[{"type":"telemetry","data":{"n":1}},{"type":"telemetry","data":{"n":9007199254740993}}]';

    expect((await send(`${EVENT}/batch`, body)).body).toMatchObject({
      accepted: 1,
      refused: 1,
      results: [{}, { statusCode: 400, errors: [{ field: 'data.n' }] }],
    });
  });

  it('passes on half of a surrogate pair as it was sent', async () => {
    expect((await send(EVENT, '{"event_type":"x","data":{"s":"\\ud83d"}}')).status).toBe(202);
    expect((await client.settled())[0]?.data).toEqual({ s: '\ud83d' });
  });

  it.each([
    '{"constructor":{"prototype":{"a":1}}}',
    '{"a":[{"constructor":{"prototype":null}}]}',
    '{"__proto__":{}}',
    '{"a":{"\\u005f_proto__":1}}',
  ])('refuses %s as data, by every route', async (data) => {
    for (const [path, body] of [
      [EVENT, `{"event_type":"x","data":${data}}`],
      ['/api/events/broadcast/action', `{"action":"x","confidence":1,"metadata":${data}}`],
      ['/api/events/broadcast/overlay', `{"overlay_type":"zone","data":${data}}`],
      ['/api/events/broadcast/telemetry', `{"data":${data}}`],
    ] as const) {
      expect(await send(path, body)).toMatchObject({ status: 400, body: { errors: [{ rule: 'prototype' }] } });
    }
    expect(await client.settled()).toEqual([]);
  });

  it.each([
    ['corners', { x1: 1, y1: 1, x2: 2, y2: 2 }, 'data.boxes[0].x'],
    ['a bbox', { bbox: [1, 2, 3, 4] }, 'data.boxes[0].x'],
    ['width and height', { x: 1, y: 1, width: 1, height: 1 }, 'data.boxes[0].w'],
  ])('says how a box is written to one who sends %s', async (_title, box, field) => {
    const { body } = await send(
      '/api/events/broadcast/overlay',
      JSON.stringify({ overlay_type: 'detection', data: { boxes: [box] } }),
    );

    expect(body['errors']).toMatchObject([{ field, message: `${field} is missing; boxes are x, y, w, h in pixels` }]);
  });
});
