import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { TestClient } from '../support/client.js';
import { GUIDE_BODIES, post } from '../support/http.js';
import { startHub, type TestHub } from '../support/hub.js';
import { useHub } from '../support/use-hub.js';

const BROADCAST = '/api/events/broadcast';
const BATCH = '/api/events/broadcast/batch';

describe('POST /api/events/broadcast/batch', () => {
  const hub = useHub();
  let client: TestClient;

  beforeEach(async () => {
    client = await hub.open();
  });

  const event = (n: number): object => ({ type: 'event', event_type: 'bark', data: { n } });

  it('broadcasts each item as its own route would, in order', async () => {
    const answer = await post(`${hub.url}${BATCH}`, [
      event(1),
      { type: 'action', action: 'sit', confidence: 0.5, source: 'cam-1' },
      { type: 'overlay', overlay_type: 'detection', data: { boxes: [] } },
      { type: 'telemetry', data: { fps: 30 } },
    ]);

    const messages = await client.settled();
    expect(messages).toMatchObject([
      { type: 'event', event_type: 'bark', data: { n: 1 } },
      { type: 'event', event_type: 'sit', data: { confidence: 0.5, metadata: {} }, source: 'cam-1' },
      { type: 'overlay', overlay_type: 'detection', data: { boxes: [] } },
      { type: 'telemetry', data: { fps: 30 } },
    ]);
    const rest = { connections: 1, shared: true };
    expect(answer).toEqual({
      status: 202,
      body: {
        accepted: 4,
        refused: 0,
        results: [
          { id: messages[0]?.id, type: 'event', ...rest },
          { id: messages[1]?.id, type: 'event', ...rest },
          { type: 'overlay', ...rest },
          { type: 'telemetry', ...rest },
        ],
      },
    });
  });

  it('refuses each bad item by itself, with what its own route answers', async () => {
    const items = [
      event(1),
      { type: 'action', action: 'sit' },
      7,
      null,
      { type: 'dance' },
      { type: '__proto__' },
      event(2),
    ];

    const { status, body } = await post(`${hub.url}${BATCH}`, items);

    expect(status).toBe(202);
    expect(body).toMatchObject({ accepted: 2, refused: 5 });
    const results = body['results'] as object[];
    expect(results[1]).toEqual((await post(`${hub.url}/api/events/broadcast/action`, { action: 'sit' })).body);
    for (const n of [2, 3, 4, 5]) {
      expect(results[n]).toMatchObject({ statusCode: 400, code: 'INVALID_MESSAGE', errors: [{ field: 'type' }] });
    }
    expect((await client.settled()).map(({ data }) => data['n'])).toEqual([1, 2]);
  });

  it.each([
    ['an object', {}],
    ['nothing in it', []],
    ['1,001 items', Array(1_001).fill({ type: 'telemetry', data: {} })],
  ])('refuses a body that is %s', async (_title, body) => {
    expect(await post(`${hub.url}${BATCH}`, body)).toMatchObject({
      status: 400,
      body: { code: 'INVALID_MESSAGE', errors: [{ field: 'body', rule: 'array' }] },
    });
    expect(await client.settled()).toEqual([]);
  });

  it('takes 1,000 items, and repeats none for a repeated key', async () => {
    const items = Array.from({ length: 1_000 }, (_, n) => event(n));
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'batch-1' };

    const first = await post(`${hub.url}${BATCH}`, items, headers);
    const again = await post(`${hub.url}${BATCH}`, items, headers);

    expect(again).toEqual(first);
    expect((await client.settled()).map(({ data }) => data['n'])).toEqual(items.map((_, n) => n));
  });
});

describe('Idempotency-Key, used again', () => {
  let hub: TestHub;
  let client: TestClient;

  beforeAll(async () => {
    hub = await startHub();
    client = await TestClient.open(hub.wsUrl);
  });
  afterAll(() => hub.close());
  afterEach(() => void (client.messages.length = 0));

  async function send(path: string, body: unknown, key: string) {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const response = await fetch(hub.url + path, { method: 'POST', headers, body: JSON.stringify(body) });

    return {
      status: response.status,
      replayed: response.headers.get('idempotency-replayed'),
      body: (await response.json()) as Record<string, unknown>,
    };
  }

  it.each(Object.entries(GUIDE_BODIES))(
    'at %s with the same body says that the answer is repeated',
    async (path, body) => {
      const first = await send(path, body, `same ${path}`);
      const again = await send(path, body, `same ${path}`);

      expect([first.replayed, again.replayed]).toEqual([null, 'true']);
      expect(again).toEqual({ ...first, replayed: 'true' });
      expect(await client.settled()).toHaveLength(1);
    },
  );

  it('with another body, or at another route, is refused with 422 and reaches nobody', async () => {
    await send(BROADCAST, { event_type: 'bark', data: { n: 1 } }, 'k');
    for (const [path, body] of [
      [BROADCAST, { event_type: 'bark', data: { n: 2 } }],
      [BROADCAST, { event_type: 'bark', data: { n: 1 }, source: 'cam' }],
      [`${BROADCAST}/telemetry`, { data: { n: 1 } }],
      [`${BROADCAST}/action`, { action: 'bark', confidence: 1 }],
    ] as const) {
      expect(await send(path, body, 'k')).toMatchObject({
        status: 422,
        replayed: null,
        body: { statusCode: 422, code: 'IDEMPOTENCY_KEY_REUSED' },
      });
    }
    expect(await client.settled()).toHaveLength(1);
  });

  it('in a batch says so for the whole, and refuses an item that is another', async () => {
    const items = [1, 2].map((n) => ({ type: 'telemetry', data: { n } }));
    await send(BATCH, items, 'b');

    expect(await send(BATCH, items, 'b')).toMatchObject({ replayed: 'true', body: { accepted: 2 } });
    expect(await send(BATCH, [items[1], items[0]], 'b')).toMatchObject({
      replayed: null,
      body: { accepted: 0, results: [{ code: 'IDEMPOTENCY_KEY_REUSED' }, { code: 'IDEMPOTENCY_KEY_REUSED' }] },
    });
  });
});

describe('Idempotency-Key', () => {
  const hub = useHub();
  let client: TestClient;

  beforeEach(async () => {
    client = await hub.open();
  });

  const keyed = (key: string): Record<string, string> => ({
    'content-type': 'application/json',
    'idempotency-key': key,
  });

  it.each([
    ['/api/events/broadcast', { event_type: 'x', data: {} }],
    ['/api/events/broadcast/action', { action: 'sit', confidence: 1 }],
    ['/api/events/broadcast/overlay', { overlay_type: 'zone', data: {} }],
    ['/api/events/broadcast/telemetry', { data: { fps: 1 } }],
  ])('makes a repeated POST %s one message, with the same answer', async (path, body) => {
    const send = (): Promise<unknown> => post(`${hub.url}${path}`, body, keyed(path));

    const answers = await Promise.all([send(), send(), send()]);
    answers.push(await send());

    expect(answers).toEqual(answers.map(() => answers[0]));
    expect(await client.settled()).toHaveLength(1);
  });

  it('may be 255 characters long, and not one more, nor none', async () => {
    const send = async (key: string): Promise<number> =>
      (await post(`${hub.url}/api/events/broadcast/telemetry`, { data: {} }, keyed(key))).status;

    expect([await send('k'.repeat(255)), await send('k'.repeat(256)), await send('')]).toEqual([202, 400, 400]);
  });

  it('of a request that was refused may be used again', async () => {
    const send = (confidence: number): Promise<{ status: number }> =>
      post(`${hub.url}/api/events/broadcast/action`, { action: 'sit', confidence }, keyed('second-try'));

    expect((await send(2)).status).toBe(400);
    expect((await send(1)).status).toBe(202);
  });
});
