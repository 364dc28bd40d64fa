import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventsService } from '../../src/events/events.service.js';
import { MAX_RECENT, MAX_SNAPSHOT_KEYS } from '../../src/protocol/limits.js';
import { type Received, TestClient } from '../support/client.js';
import { get } from '../support/http.js';
import { startHub, type TestHub } from '../support/hub.js';
import { rawExchange, upgradeRequest } from '../support/raw-http.js';
import { SseClient } from '../support/sse-client.js';

/** Lets the event loop turn, so that sockets are heard. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const numbersOf = (messages: readonly Received[]) => messages.map(({ data }) => data['n']);
const keyOf = ({ type, overlay_type, source }: Received) => [type, overlay_type, source].filter(Boolean).join(' ');

let hub: TestHub;
let events: EventsService;

beforeEach(async () => {
  hub = await startHub({});
  events = hub.app.get(EventsService);
});
afterEach(() => hub.close());

const open = (query: string) => TestClient.open(`${hub.wsUrl}?${query}`);

async function bark(from: number, to: number, more: Record<string, unknown> = {}): Promise<void> {
  for (const n of range(from, to)) {
    await events.broadcastEvent('bark', { n, ...more });
    if (n % 50 === 0) await turn();
  }
}

describe('/ws/ui?snapshot=1', () => {
  const send = (n: number, type: string, overlay_type?: string, source?: string) =>
    events.broadcast({ type, ...(overlay_type && { overlay_type }), ...(source && { source }), data: { n } });

  it('brings the newest of each key, in the order they came, to that joiner only', async () => {
    const witness = await open('');
    await send(1, 'overlay', 'zone');
    await send(2, 'overlay', 'pose', 'cam-1');
    await send(3, 'overlay', 'pose', 'cam-2');
    await send(4, 'telemetry');
    await send(5, 'overlay', 'pose', 'cam-1');
    expect(await witness.settled()).toHaveLength(5);

    const joiner = await open('snapshot=1');
    await send(6, 'telemetry');

    expect((await joiner.settled()).map((message) => [message.data['n'], keyOf(message)])).toEqual([
      [1, 'overlay zone'],
      [3, 'overlay pose cam-2'],
      [4, 'telemetry'],
      [5, 'overlay pose cam-1'],
      [6, 'telemetry'],
    ]);
    expect(numbersOf(await witness.settled())).toEqual(range(1, 7));
    expect(await (await open('')).settled()).toEqual([]);
  });

  it('says how old each is, and nothing else that was not sent', async () => {
    await send(1, 'telemetry', undefined, 'collar');
    const before = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 30));

    const [first, ...more] = await (await open('snapshot=1')).settled();
    const elapsed = performance.now() - before;

    const { age_ms, ...message } = first as Received & { age_ms: number };
    expect(message).toEqual({ type: 'telemetry', source: 'collar', data: { n: 1 } });
    expect(age_ms).toBeGreaterThanOrEqual(25);
    expect(age_ms).toBeLessThanOrEqual(elapsed + 5);
    expect(more).toEqual([]);
  });

  it('brings nothing that the filter holds back', async () => {
    for (const source of ['cam-1', 'cam-2'])
      for (const type of ['telemetry', 'overlay']) await send(1, type, type === 'overlay' ? 'zone' : undefined, source);

    const joiner = await open('snapshot=1&types=overlay&sources=cam-2');

    expect((await joiner.settled()).map(keyOf)).toEqual(['overlay zone cam-2']);
  });

  it('comes after what is resumed, as new as then', async () => {
    await bark(0, 300, { text: 'x'.repeat(2_000) });
    await send(1, 'telemetry');
    const [first] = await (await open('recent=300')).received(300);

    const joiner = await open(`since=${first?.offset}&snapshot=1`);
    await joiner.received(300);
    await bark(300, 310);
    await send(2, 'telemetry');

    expect(joiner.greeting.data).toMatchObject({ recovered: true });
    expect((await joiner.settled()).map(({ type, data }) => [type, data['n']])).toEqual([
      ...range(1, 300).map((n) => ['event', n]),
      ['telemetry', 1],
      ...range(300, 310).map((n) => ['event', n]),
      ['telemetry', 2],
    ]);
  });

  it('holds as many keys as the limit says, and then forgets the longest unchanged', async () => {
    for (const n of range(0, MAX_SNAPSHOT_KEYS)) await send(n, 'telemetry', undefined, `source-${n}`);
    await send(-1, 'telemetry', undefined, 'source-0');
    expect(await (await open('snapshot=1')).settled()).toHaveLength(MAX_SNAPSHOT_KEYS);

    await send(-2, 'telemetry', undefined, 'one-more');
    const messages = await (await open('snapshot=1')).settled();

    expect(numbersOf(messages)).toEqual([...range(2, MAX_SNAPSHOT_KEYS), -1, -2]);
  });

  it('holds as much as a connection may have queued', async () => {
    const text = 'x'.repeat(100_000);
    const held = async (): Promise<unknown[]> => {
      const client = await open('snapshot=1');
      // They do not fit into the window of a client that has read nothing yet.
      await client.until(() => client.messages.at(-1)?.source === 'last');

      return numbersOf(client.messages);
    };
    for (const n of range(0, 10)) await events.broadcastTelemetry({ n, text }, { source: `source-${n}` });
    await events.broadcastTelemetry({ n: 10 }, { source: 'last' });
    expect(await held()).toEqual(range(0, 11));

    await events.broadcastTelemetry({ n: 11, text }, { source: 'one-more' });
    await events.broadcastTelemetry({ n: 12 }, { source: 'last' });
    expect(await held()).toEqual([...range(1, 10), 11, 12]);
  });
});

describe('/ws/ui?recent=', () => {
  it('brings so many of the newest logged messages, oldest first, then what comes', async () => {
    await bark(0, 30);
    await events.broadcast({ type: 'custom', data: { n: 30 } });
    await events.broadcastTelemetry({ n: -1 });

    const joiner = await open('recent=5');
    await bark(31, 33);

    expect(numbersOf(await joiner.settled())).toEqual(range(26, 33));
    expect(joiner.greeting.data['recovered']).toBeUndefined();
  });

  it.each([
    ['all there are', 'recent=1000', range(0, 10)],
    ['none', 'recent=0', []],
    ['those that the filter lets through', 'recent=3&event_types=sit', [1, 2, 3]],
  ])('brings %s with %s', async (_what, query, expected) => {
    for (const n of range(0, 10)) await events.broadcastEvent(n > 0 && n < 4 ? 'sit' : 'bark', { n });

    expect(numbersOf(await (await open(query)).settled())).toEqual(expected);
  });

  it('does not count for a client that resumes, and does where there is no way back', async () => {
    await bark(0, 10);
    const all = await (await open('recent=10')).received(10);

    const resumed = await open(`recent=5&since=${all[8]?.offset}`);
    const lost = await open('recent=5&since=1-0');

    expect(numbersOf(await resumed.settled())).toEqual([9]);
    expect(lost.greeting.data).toMatchObject({ recovered: false });
    expect(numbersOf(await lost.settled())).toEqual(range(5, 10));
  });

  it('does not end a client that reads slowly, however much that is', async () => {
    await bark(0, MAX_RECENT, { text: 'x'.repeat(4_000) });

    const joiner = await open(`recent=${MAX_RECENT}`);
    joiner.socket.pause();
    await bark(MAX_RECENT, MAX_RECENT + 10);
    joiner.socket.resume();

    expect(numbersOf(await joiner.received(MAX_RECENT + 10))).toEqual(range(0, MAX_RECENT + 10));
  });

  it.each([
    'recent=-1',
    'recent=x',
    'recent=',
    `recent=${MAX_RECENT + 1}`,
    'recent=1&recent=2',
    'snapshot=yes',
    'snapshot=',
  ])('refuses %s by name', async (query) => {
    const field = query.split('=')[0];

    const answer = await rawExchange(hub.url, upgradeRequest(`/ws/ui?${query}`));
    const { status, body } = await get(`${hub.url}/api/events/stream?${query}`);

    expect(answer.status).toBe(400);
    expect(answer.body).toContain(`"field":"${field}"`);
    expect({ status, errors: body['errors'] }).toMatchObject({ status: 400, errors: [{ field }] });
  });
});

describe('a joiner with snapshot=1&recent=50 under load', () => {
  it('finds no gap and nothing twice between the past and what is live', async () => {
    const SOURCES = ['cam-1', 'cam-2', 'cam-3'];
    let isOver = false;
    let n = 0;
    const load = (async () => {
      while (!isOver) {
        n++;
        await bark(n, n + 1);
        for (const source of SOURCES) await events.broadcastOverlayUpdate('detection', { boxes: [], n }, { source });
        // About 500 messages a second.
        await new Promise((resolve) => setTimeout(resolve, 8));
      }
    })();
    while (n < 60) await turn();

    const joiners: TestClient[] = [];
    for (let i = 0; i < 40; i++) {
      joiners.push(await open('snapshot=1&recent=50'));
      for (let turns = 0; turns < i; turns++) await turn();
    }
    isOver = true;
    await load;

    for (const joiner of joiners) {
      const messages = await joiner.settled();
      const barks = numbersOf(messages.filter(({ type }) => type === 'event')) as number[];
      expect(barks).toEqual(range(barks[0] ?? 0, n + 1));
      expect(barks.length).toBeGreaterThanOrEqual(50);
      for (const source of SOURCES) {
        const states = numbersOf(messages.filter((message) => message.source === source)) as number[];
        expect(states).toEqual(range(states[0] ?? 0, n + 1));
        // The first is the newest of its moment: the events before it say when that was.
        const first = messages.findIndex((message) => message.source === source);
        const last = numbersOf(messages.slice(0, first).filter(({ type }) => type === 'event')).at(-1) as number;
        expect([last, last - 1]).toContain(states[0]);
      }
    }
  });
});

describe('GET /api/events/stream?snapshot=1&recent=', () => {
  it('brings the same as /ws/ui', async () => {
    await bark(0, 5);
    await events.broadcastTelemetry({ n: 5 });

    const reader = await SseClient.open(`${hub.url}/api/events/stream?snapshot=1&recent=2`);
    const received = await reader.received(3);

    expect(received.map(({ event }) => event)).toEqual(['event', 'event', 'telemetry']);
    reader.close();
  });
});
