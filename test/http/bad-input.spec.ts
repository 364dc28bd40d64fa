import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestClient } from '../support/client.js';
import { get, GUIDE_BODIES, post } from '../support/http.js';
import { startHub, type TestHub } from '../support/hub.js';

const BROADCAST = '/api/events/broadcast';
const ACTION = '/api/events/broadcast/action';
const OVERLAY = '/api/events/broadcast/overlay';
const TELEMETRY = '/api/events/broadcast/telemetry';

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const objects = (levels: number): string => '{"a":'.repeat(levels - 1) + '{}' + '}'.repeat(levels - 1);
const box = (part: object): object => ({
  overlay_type: 'detection',
  data: { boxes: [{ x: 1, y: 1, w: 1, h: 1, ...part }] },
});
const event = (part: object): object => ({ event_type: 'x', data: {}, ...part });
const action = (part: object): object => ({ action: 'sit', confidence: 1, ...part });

/** Title, route, body, and the field and rule that the answer must name. */
const INVALID: readonly [string, string, unknown, string, string][] = [
  ['no body fields', BROADCAST, {}, 'event_type', 'name'],
  ['an array as body', BROADCAST, [], 'body', 'object'],
  ['null as body', BROADCAST, null, 'body', 'object'],
  ['a number as body', TELEMETRY, 7, 'body', 'object'],
  ['no event_type', BROADCAST, { data: {} }, 'event_type', 'name'],
  ['a number as event_type', BROADCAST, event({ event_type: 5 }), 'event_type', 'name'],
  ['an empty event_type', BROADCAST, event({ event_type: '' }), 'event_type', 'name'],
  ['white space in event_type', BROADCAST, event({ event_type: 'a b' }), 'event_type', 'name'],
  ['a comma in event_type', BROADCAST, event({ event_type: 'a,b' }), 'event_type', 'name'],
  ['a control character in event_type', BROADCAST, event({ event_type: 'a\u0000' }), 'event_type', 'name'],
  ['an event_type of 65 characters', BROADCAST, event({ event_type: 'x'.repeat(65) }), 'event_type', 'name'],
  ['no data', BROADCAST, { event_type: 'x' }, 'data', 'object'],
  ['null as data', BROADCAST, event({ data: null }), 'data', 'object'],
  ['an array as data', BROADCAST, event({ data: [] }), 'data', 'object'],
  ['a string as data', TELEMETRY, { data: 'fps' }, 'data', 'object'],
  ['an unknown field', BROADCAST, event({ evnt: 1 }), 'evnt', 'unknown'],
  ['a field of another route', TELEMETRY, { data: {}, event_type: 'x' }, 'event_type', 'unknown'],
  ['a number as source', BROADCAST, event({ source: 1 }), 'source', 'source'],
  ['an empty source', OVERLAY, { overlay_type: 'zone', data: {}, source: '' }, 'source', 'source'],
  ['a source of 129 characters', TELEMETRY, { data: {}, source: 's'.repeat(129) }, 'source', 'source'],
  ['arrays 10,000 deep', BROADCAST, `{"event_type":"x","data":{"a":${deep(10_000)}}}`, 'data', 'depth'],
  ['objects 10,000 deep', TELEMETRY, `{"data":${objects(10_000)}}`, 'data', 'depth'],
  ['data 33 levels deep', TELEMETRY, `{"data":${objects(33)}}`, 'data', 'depth'],
  ['__proto__ in data', BROADCAST, '{"event_type":"x","data":{"__proto__":{"admin":true}}}', 'data', 'prototype'],
  [
    '__proto__ deep in data',
    OVERLAY,
    '{"overlay_type":"zone","data":{"a":[{"__proto__":1}]}}',
    'data.a[0]',
    'prototype',
  ],
  ['__proto__ at the top', BROADCAST, '{"event_type":"x","data":{},"__proto__":{"a":1}}', '__proto__', 'unknown'],
  ['constructor at the top', BROADCAST, event({ constructor: { prototype: { a: 1 } } }), 'constructor', 'unknown'],
  ['a number that JSON cannot hold', TELEMETRY, '{"data":{"fps":1e999}}', 'data.fps', 'finite'],
  ['no action', ACTION, { confidence: 1 }, 'action', 'name'],
  ['no confidence', ACTION, { action: 'sit' }, 'confidence', 'confidence'],
  ['NaN as text for confidence', ACTION, action({ confidence: 'NaN' }), 'confidence', 'confidence'],
  ['a confidence over 1', ACTION, action({ confidence: 1.0001 }), 'confidence', 'confidence'],
  ['a confidence under 0', ACTION, action({ confidence: -0.0001 }), 'confidence', 'confidence'],
  ['an array as metadata', ACTION, action({ metadata: [] }), 'metadata', 'object'],
  ['a timestamp without a zone', ACTION, action({ timestamp: '2025-10-24T10:30:00' }), 'timestamp', 'timestamp'],
  ['a timestamp that is no date', ACTION, action({ timestamp: '2025-13-40T10:30:00Z' }), 'timestamp', 'timestamp'],
  ['a number as timestamp', ACTION, action({ timestamp: 1761301800 }), 'timestamp', 'timestamp'],
  ['no overlay_type', OVERLAY, { data: {} }, 'overlay_type', 'overlayType'],
  ['an unknown overlay_type', OVERLAY, { overlay_type: 'detecton', data: {} }, 'overlay_type', 'overlayType'],
  ['a detection without boxes', OVERLAY, { overlay_type: 'detection', data: {} }, 'data.boxes', 'array'],
  ['boxes that are an object', OVERLAY, { overlay_type: 'pose', data: { boxes: {} } }, 'data.boxes', 'array'],
  ['a box that is a number', OVERLAY, { overlay_type: 'detection', data: { boxes: [1] } }, 'data.boxes[0]', 'object'],
  [
    'a box without w',
    OVERLAY,
    { overlay_type: 'detection', data: { boxes: [{ x: 1, y: 1, h: 1 }] } },
    'data.boxes[0].w',
    'finite',
  ],
  ['text as x of a box', OVERLAY, box({ x: '1' }), 'data.boxes[0].x', 'finite'],
  ['null as y of a box', OVERLAY, box({ y: null }), 'data.boxes[0].y', 'finite'],
  ['a negative w of a box', OVERLAY, box({ w: -1 }), 'data.boxes[0].w', 'min'],
  ['a negative h of a box', OVERLAY, box({ h: -0.5 }), 'data.boxes[0].h', 'min'],
  ['a box with confidence 2', OVERLAY, box({ confidence: 2 }), 'data.boxes[0].confidence', 'confidence'],
  ['a box with a number as label', OVERLAY, box({ label: 9 }), 'data.boxes[0].label', 'string'],
  [
    '1,001 boxes',
    OVERLAY,
    { overlay_type: 'detection', data: { boxes: Array(1_001).fill({ x: 1, y: 1, w: 1, h: 1 }) } },
    'data.boxes',
    'maxItems',
  ],
];

/** Title, body, headers, status, code. */
const REFUSED: readonly [string, string | Buffer, Record<string, string>, number, string][] = [
  ['half a JSON', '{"event_type":"x","da', { 'content-type': 'application/json' }, 400, 'INVALID_JSON'],
  ['an empty body', '', { 'content-type': 'application/json' }, 400, 'INVALID_JSON'],
  ['NaN in JSON', '{"event_type":"x","data":{"a":NaN}}', { 'content-type': 'application/json' }, 400, 'INVALID_JSON'],
  [
    'bytes that are not UTF-8',
    Buffer.from('{"event_type":"\xff","data":{}}', 'latin1'),
    { 'content-type': 'application/json' },
    400,
    'INVALID_JSON',
  ],
  ['text/plain', '{}', { 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['a form', 'event_type=x', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ['no content type', Buffer.from('{"event_type":"x","data":{}}'), {}, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  [
    'a string of 1 MB',
    JSON.stringify(event({ data: { s: 'x'.repeat(1_000_000) } })),
    { 'content-type': 'application/json' },
    413,
    'MESSAGE_TOO_LARGE',
  ],
];

describe('bad input over HTTP', () => {
  let hub: TestHub;
  let witness: TestClient;

  beforeAll(async () => {
    hub = await startHub();
    witness = await TestClient.open(hub.wsUrl);
  });
  afterAll(() => hub.close());

  /** It reached nobody, and what comes after it does. */
  async function expectNothingBroadcast(): Promise<void> {
    expect(await witness.settled()).toEqual([]);
    expect((await post(`${hub.url}${BROADCAST}`, GUIDE_BODIES[BROADCAST])).status).toBe(202);
    expect(await witness.settled()).toHaveLength(1);
    witness.messages.length = 0;
  }

  it.each(INVALID)('answers %s to %s with 400 and the field', async (_title, path, body, field, rule) => {
    const answer = await post(`${hub.url}${path}`, body);

    expect(answer).toMatchObject({ status: 400, body: { statusCode: 400, code: 'INVALID_MESSAGE' } });
    expect(answer.body['errors']).toContainEqual({ field, rule, message: expect.stringContaining(field) });
    expect(answer.body['message']).toEqual(expect.any(String));
    expect(JSON.stringify(answer.body).length).toBeLessThan(2_000);
    await expectNothingBroadcast();
  });

  it.each(REFUSED)('answers %s with its status', async (_title, body, headers, status, code) => {
    for (const path of Object.keys(GUIDE_BODIES)) {
      expect(await post(`${hub.url}${path}`, body, headers)).toEqual({
        status,
        body: { statusCode: status, code, message: expect.any(String) },
      });
    }
    await expectNothingBroadcast();
  });

  it('names every broken field at once', async () => {
    const { body } = await post(`${hub.url}${ACTION}`, { action: '', confidence: 7, metadata: 1, foo: 1 });

    expect(body['errors']).toHaveLength(4);
    expect(body['message']).toMatch(/\(and 3 more\)$/);
  });

  it('leaves the prototype of everything alone', async () => {
    await post(`${hub.url}${BROADCAST}`, '{"event_type":"x","data":{"__proto__":{"polluted":1}}}');
    await post(`${hub.url}${BROADCAST}`, '{"event_type":"x","data":{"constructor":{"prototype":{"polluted":1}}}}');

    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(await witness.settled()).toEqual([]);
  });

  it('takes each limit at its edge', async () => {
    const edge = (bytes: number): string => {
      const empty = JSON.stringify(event({ data: { s: '' } }));
      return empty.replace('"s":""', `"s":"${'x'.repeat(bytes - empty.length)}"`);
    };
    const boxes = Array(1_000).fill({ x: -1.5, y: 1, w: 0, h: 0, confidence: 0 }) as object[];

    for (const [path, body, status] of [
      [BROADCAST, event({ event_type: 'x'.repeat(64), source: 's'.repeat(128) }), 202],
      [TELEMETRY, `{"data":${objects(32)}}`, 202],
      [OVERLAY, { overlay_type: 'detection', data: { boxes } }, 202],
      [ACTION, action({ confidence: 0 }), 202],
      [BROADCAST, edge(256 * 1024 + 1), 413],
    ] as const) {
      expect({ path, status: (await post(`${hub.url}${path}`, body)).status }).toEqual({ path, status });
    }
    witness.messages.length = 0;
  });

  it('counts the bytes of the message on the wire, id and type included', async () => {
    const small = await startHub({ MAX_MESSAGE_BYTES: '1024' });
    const bodyOf = (bytes: number): object => event({ data: { s: 'ü'.repeat(bytes / 2) } });

    expect((await post(`${small.url}${BROADCAST}`, bodyOf(800))).status).toBe(202);
    expect(await post(`${small.url}${BROADCAST}`, bodyOf(950))).toMatchObject({
      status: 413,
      body: { code: 'MESSAGE_TOO_LARGE', message: 'message must be at most 1024 bytes of JSON' },
    });
    await small.close();
  });

  it('answers an unknown route with 404 and a wrong method with 405 in JSON', async () => {
    expect(await get(`${hub.url}/nope`)).toEqual({
      status: 404,
      body: { statusCode: 404, code: 'NOT_FOUND', message: 'cannot GET /nope' },
    });
    expect((await get(`${hub.url}${BROADCAST}`)).status).toBe(405);
    expect((await post(`${hub.url}/api/events`, {})).status).toBe(405);
    expect((await get(`${hub.url}/%E0%A4%A`)).status).toBe(400);
  });

  it('answers what is not HTTP with 400', async () => {
    const socket = connect(Number(new URL(hub.url).port), '127.0.0.1');
    socket.write('RUBBISH\r\n\r\n');

    expect(await text(socket)).toMatch(/^HTTP\/1.1 400 /);
  });
});
