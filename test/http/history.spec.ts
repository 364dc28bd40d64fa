import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventsService } from '../../src/events/events.service.js';
import { type Received, TestClient } from '../support/client.js';
import { get } from '../support/http.js';
import { startHub, type TestHub } from '../support/hub.js';

interface History {
  events: Received[];
  complete: boolean;
  next: string | null;
  epoch: string;
}

describe('GET /api/events', () => {
  let hub: TestHub;
  let log: Received[];
  let epoch: unknown;

  async function history(query = '', url = hub.url): Promise<History> {
    const { status, body } = await get(`${url}/api/events${query}`);
    expect(status).toBe(200);

    return body as unknown as History;
  }

  beforeAll(async () => {
    hub = await startHub();
    const events = hub.app.get(EventsService);
    const client = await TestClient.open(`${hub.wsUrl}?types=event,custom`);
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    for (let n = 0; n < 1_200; n++) {
      const source = ['cam-1', 'cam-2', undefined][n % 3];
      const options = { ...(source !== undefined && { source }) };
      if (n % 6 === 5) await events.broadcast({ type: 'custom', data: { n } }, options);
      else await events.broadcastEvent(n % 2 ? 'bark' : 'sit', { n, text: 'ü€' }, options);
      await events.broadcastTelemetry({ n });
      await turn();
    }
    log = await client.received(1_200);
    epoch = client.greeting.data['epoch'];
  });
  afterAll(() => hub.close());

  it('gives the newest 100 messages of the log, as they are on the wire', async () => {
    expect(await history()).toEqual({ events: log.slice(-100), complete: true, next: log.at(-1)?.offset, epoch });
  });

  it('gives as many as asked for, up to 1,000', async () => {
    expect((await history('?limit=1')).events).toEqual(log.slice(-1));
    expect((await history('?limit=1000')).events).toEqual(log.slice(-1_000));
  });

  it('goes on from an offset, page by page, until there is no more', async () => {
    const got: Received[] = [];
    let since: string | null = log[0]?.offset ?? '';
    for (;;) {
      const page: History = await history(`?since=${since}&limit=250`);
      expect(page.complete).toBe(true);
      if (page.events.length === 0) break;
      got.push(...page.events);
      since = page.next;
    }

    expect(got).toEqual(log.slice(1));
    expect(since).toBe(log.at(-1)?.offset);
  });

  it.each([
    ['event_type=sit', ({ event_type }: Received) => event_type === 'sit'],
    ['event_type=sit,bark', ({ event_type }: Received) => event_type !== undefined],
    ['source=cam-2', ({ source }: Received) => source === 'cam-2'],
    [
      'source=cam-1,cam-2&event_type=bark',
      ({ source, event_type }: Received) => source !== undefined && event_type === 'bark',
    ],
    ['event_type=meow', () => false],
  ])('gives what %s asks for, newest and page by page', async (query, wanted) => {
    const all = log.filter((message, n) => n > 0 && wanted(message));

    expect((await history(`?${query}&limit=50`)).events).toEqual(all.slice(-50));
    const got: Received[] = [];
    let page = await history(`?${query}&limit=70&since=${log[0]?.offset}`);
    while (page.events.length > 0) {
      got.push(...page.events);
      page = await history(`?${query}&limit=70&since=${page.next}`);
    }
    expect(got).toEqual(all);
    expect(page.next).toBe(log.at(-1)?.offset);
  });

  it('goes back from an offset, page by page, to the oldest', async () => {
    const got: Received[] = [];
    let before: string | null = (await history('?limit=1')).events[0]?.offset ?? '';
    while (before !== null) {
      const page: History = await history(`?before=${before}&limit=250`);
      expect(page.complete).toBe(true);
      expect(page.next).toBe(page.events.length === 250 ? page.events[0]?.offset : null);
      got.unshift(...page.events);
      before = page.next;
    }

    expect(got).toEqual(log.slice(0, -1));
  });

  it('goes back over what is asked for only', async () => {
    const sits = log.slice(0, 1_000).filter(({ event_type }) => event_type === 'sit');
    const newer = await history(`?event_type=sit&limit=300&before=${log[1_000]?.offset}`);
    const older = await history(`?event_type=sit&limit=300&before=${newer.next}`);

    expect([...older.events, ...newer.events]).toEqual(sits);
    expect(older.next).toBeNull();
  });

  it('has nothing before its oldest message, and all of it before the future', async () => {
    const oldest = log[0]?.offset;

    expect(await history(`?before=${oldest}`)).toEqual({ events: [], complete: true, next: null, epoch });
    expect(await history('?before=1-0')).toEqual({ events: [], complete: false, next: null, epoch });
    expect((await history('?before=999999999999999-0')).events).toEqual(log.slice(-100));
  });

  it('says when the log does not reach back, and gives what it has', async () => {
    expect(await history('?since=1-0&limit=2')).toEqual({
      events: log.slice(0, 2),
      complete: false,
      next: log[1]?.offset,
      epoch,
    });
  });

  it('leads a client with an offset from the future back to the log', async () => {
    expect(await history('?since=999999999999999-0')).toEqual({
      events: [],
      complete: false,
      next: log.at(-1)?.offset,
      epoch,
    });
  });

  it('has no offset to go on from while the log is empty', async () => {
    const empty = await startHub();

    expect(await history('', empty.url)).toEqual({ events: [], complete: true, next: null, epoch: expect.any(String) });
    await empty.close();
  });

  it('ends a page early rather than answer with hundreds of megabytes', async () => {
    const big = await startHub();
    const events = big.app.get(EventsService);
    for (let n = 0; n < 100; n++) await events.broadcastEvent('bark', { n, text: 'x'.repeat(200_000) });
    const numbersOf = (page: History) => page.events.map(({ data }) => data['n']);

    const newest = await history('', big.url);
    expect(newest.events.length).toBeLessThan(30);
    expect(numbersOf(newest).at(-1)).toBe(99);
    const first = await history('?since=1-0', big.url);
    const second = await history(`?since=${first.next}`, big.url);
    expect([...numbersOf(first), ...numbersOf(second)]).toEqual(
      Array.from({ length: first.events.length + second.events.length }, (_, n) => n),
    );
    await big.close();
  });

  it('answers in JSON', async () => {
    const response = await fetch(`${hub.url}/api/events?limit=1`);

    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    await response.arrayBuffer();
  });

  it.each([
    ['before=2-0&since=1-0', 'before', 'direction'],
    ['limit=0', 'limit', 'limit'],
    ['limit=1001', 'limit', 'limit'],
    ['limit=1.5', 'limit', 'limit'],
    ['limit=', 'limit', 'limit'],
    ['limit=ten', 'limit', 'limit'],
    ['limit=0x10', 'limit', 'limit'],
    ['limit=1&limit=2', 'limit', 'limit'],
    ['event_type=', 'event_type', 'name'],
    ['event_type=a%20b', 'event_type', 'name'],
    [`source=${'x'.repeat(129)}`, 'source', 'source'],
    [`source=${Array(65).fill('a').join(',')}`, 'source', 'names'],
    ['event_types=sit', 'event_types', 'unknown'],
    ['__proto__=1', '__proto__', 'unknown'],
  ])('refuses %s by field and rule', async (query, field, rule) => {
    const { status, body } = await get(`${hub.url}/api/events?${query}`);

    expect(status).toBe(400);
    expect(body).toMatchObject({ statusCode: 400, code: 'BAD_REQUEST', errors: [{ field, rule }] });
    expect(body['message']).toContain(field);
  });
});
