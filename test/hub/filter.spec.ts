import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { EventsService } from '../../src/events/events.service.js';
import { Filter } from '../../src/protocol/filter.js';
import { type FilterLists, type HubMessage, OVERLAY_TYPES } from '../../src/protocol/messages.js';
import { Relay } from '../../src/relay/relay.js';
import { type Received, TestClient } from '../support/client.js';
import { get } from '../support/http.js';
import { startHub, type TestHub } from '../support/hub.js';
import { rawExchange, upgradeRequest } from '../support/raw-http.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('/ws/ui with a filter', () => {
  let hub: TestHub;
  let events: EventsService;
  const clients: TestClient[] = [];

  beforeAll(async () => {
    hub = await startHub();
    events = hub.app.get(EventsService);
  });
  afterAll(() => hub.close());
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });

  async function open(query = ''): Promise<TestClient> {
    const client = await TestClient.open(`${hub.wsUrl}${query}`);
    clients.push(client);

    return client;
  }

  /** One of each kind and source, numbered from `n` on. */
  async function broadcastAll(n: number): Promise<number> {
    for (const source of ['cam-1', 'cam-2', undefined]) {
      const options = { ...(source !== undefined && { source }) };
      for (const type of ['sit', 'bark', 'howl']) await events.broadcastEvent(type, { n: n++ }, options);
      for (const type of OVERLAY_TYPES) await events.broadcastOverlayUpdate(type, { n: n++, boxes: [] }, options);
      await events.broadcastTelemetry({ n: n++ }, options);
      await events.broadcast({ type: 'custom', data: { n: n++ } }, options);
    }

    return n;
  }

  it('gives only what it lets through, and says so in the greeting', async () => {
    const client = await open('?types=event,telemetry&event_types=sit');
    await broadcastAll(0);

    expect(client.greeting.data['filter']).toEqual({ types: ['event', 'telemetry'], event_types: ['sit'] });
    expect((await client.settled()).map(({ type, event_type }) => event_type ?? type)).toEqual([
      'sit',
      'telemetry',
      'sit',
      'telemetry',
      'sit',
      'telemetry',
    ]);
  });

  it('gives 100 clients with 20 different filters exactly what each asked for', async () => {
    const choices: FilterLists[] = [
      {},
      ...['event', 'overlay', 'telemetry', 'custom'].map((type) => ({ types: [type] })),
      { types: ['event', 'overlay'] },
      { types: ['none'] },
      ...['sit', 'bark', 'none'].map((type) => ({ event_types: [type] })),
      ...OVERLAY_TYPES.map((type) => ({ overlay_types: [type] })),
      { sources: ['cam-1'] },
      { sources: ['cam-1', 'cam-2'] },
      { sources: ['cam-2'], types: ['overlay'], overlay_types: ['zone', 'pose'] },
      { event_types: ['sit'], overlay_types: ['zone'] },
      { types: ['event'], event_types: ['howl'], sources: ['cam-2'] },
    ];
    expect(choices).toHaveLength(20);
    const queryOf = (lists: FilterLists) =>
      Object.entries(lists)
        .map(([field, names]) => `${field}=${(names as string[]).join(',')}`)
        .join('&');
    const opened = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        const lists = choices[i % choices.length] ?? {};

        return { lists, client: await open(`?${queryOf(lists)}`) };
      }),
    );
    const witness = await open();

    for (let n = 0; n < 300;) n = await broadcastAll(n);

    const all = [...(await witness.settled())];
    expect(all).toHaveLength(300);
    for (const { lists, client } of opened) {
      const filter = Object.keys(lists).length > 0 ? new Filter(lists) : undefined;
      expect(await client.settled()).toEqual(
        all.filter((message) => !filter || filter.matches(message as unknown as HubMessage)),
      );
    }
  });

  it('asks a filter once a broadcast, however many connections have it', async () => {
    const spy = jest.spyOn(Filter.prototype, 'matches');
    try {
      const opened = await Promise.all(
        Array.from({ length: 30 }, (_, i) => open(i < 10 ? '' : `?types=event,${i % 2 ? 'a' : 'b'}`)),
      );
      await events.broadcastEvent('bark', {});

      for (const client of opened) expect(await client.settled()).toHaveLength(1);
      expect(spy).toHaveBeenCalledTimes(2);
    } finally {
      spy.mockRestore();
    }
  });

  it('holds back neither personal messages nor answers', async () => {
    const client = await open('?types=telemetry');

    await events.sendPersonalMessage(client.id, { type: 'custom', data: {} });
    client.send('x');

    expect((await client.settled()).map(({ type }) => type)).toEqual(['custom', 'error']);
  });

  it('is kept while the client resumes', async () => {
    await broadcastAll(0);
    const { deliveries } = hub.app.get(Relay).read({ limit: 1_000 });
    const [first, ...rest] = deliveries.map(({ json }) => JSON.parse(json) as Received);

    const client = await open(`?since=${first?.offset}&event_types=bark&types=event&sources=cam-2`);
    await broadcastAll(1_000);

    const wanted = rest.filter(({ event_type, source }) => event_type === 'bark' && source === 'cam-2');
    const messages = await client.received(wanted.length + 1);
    expect(messages.slice(0, -1)).toEqual(wanted);
    expect(messages.at(-1)?.data['n']).toBeGreaterThanOrEqual(1_000);
    expect(client.greeting.data).toMatchObject({ recovered: true });
  });

  it('is shown with the connection', async () => {
    await open();
    const filtered = await open('?sources=cam-1');

    const { body } = await get(`${hub.url}/api/connections`);

    const [plain, shown] = body['connections'] as Record<string, unknown>[];
    expect(plain).not.toHaveProperty('filter');
    expect(shown).toMatchObject({ id: filtered.id, transport: 'websocket', filter: { sources: ['cam-1'] } });
  });

  it.each([
    ['types=', 'types[0]', 'name'],
    ['overlay_types=nose', 'overlay_types[0]', 'overlayType'],
    ['types=event&sources=a%20b', 'sources[0]', 'source'],
  ])('that is %j is refused before the upgrade', async (query, field, rule) => {
    const answer = await rawExchange(hub.url, upgradeRequest(`/ws/ui?${query}`));

    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({
      code: 'BAD_REQUEST',
      message: expect.stringContaining(field),
      errors: [{ field, rule }],
    });
  });

  describe('that is changed by "subscribe"', () => {
    it('is echoed, and holds from then on', async () => {
      const client = await open('?types=telemetry');

      client.send({ type: 'subscribe', data: { types: ['event'], sources: ['cam-2', 'cam-1'] } });
      const [notice] = await client.received(1);
      await broadcastAll(0);

      const { offset, ...greeting } = client.greeting.data;
      expect(notice).toEqual({
        type: 'connection',
        data: {
          ...greeting,
          status: 'subscribed',
          server_time: expect.any(String),
          filter: {
            types: ['event'],
            sources: ['cam-2', 'cam-1'],
          },
        },
      });
      expect((await client.settled()).slice(1).map(({ event_type, source }) => [event_type, source])).toEqual([
        ['sit', 'cam-1'],
        ['bark', 'cam-1'],
        ['howl', 'cam-1'],
        ['sit', 'cam-2'],
        ['bark', 'cam-2'],
        ['howl', 'cam-2'],
      ]);
    });

    it('is none after {}', async () => {
      const client = await open('?types=telemetry');

      client.send({ type: 'subscribe', data: {} });
      expect((await client.received(1))[0]?.data['filter']).toEqual({});
      const n = await broadcastAll(0);

      expect(await client.settled()).toHaveLength(n + 1);
      const { body } = await get(`${hub.url}/api/connections`);
      expect((body['connections'] as object[])[0]).not.toHaveProperty('filter');
    });

    it('stays as it was when the new one is bad, and the error names field and rule', async () => {
      const client = await open('?types=telemetry');

      client.send({ type: 'subscribe', data: { types: ['event'], overlay_types: ['nose'] } });
      await client.received(1);
      await broadcastAll(0);

      expect(await client.settled()).toEqual([
        {
          type: 'error',
          data: {
            code: 'INVALID_MESSAGE',
            message: expect.stringContaining('data.overlay_types[0]'),
            errors: [{ field: 'data.overlay_types[0]', rule: 'overlayType', message: expect.any(String) }],
          },
        },
        ...[0, 1, 2].map(() => expect.objectContaining({ type: 'telemetry' })),
      ]);
    });

    it('changes under load at one point of the stream: before it the old one holds, after it the new', async () => {
      const [client, witness] = [await open('?event_types=bark'), await open()];
      let isPublishing = true;
      let n = 0;
      const publishing = (async () => {
        while (isPublishing) {
          for (const type of ['bark', 'sit', 'howl']) await events.broadcastEvent(type, { n: n++ });
          await turn();
        }
      })();

      const asked = Array.from({ length: 40 }, (_, i) => ['bark', 'sit', 'howl'].slice(i % 3));
      for (const event_types of asked) {
        client.send({ type: 'subscribe', data: { event_types } });
        await client.received(client.messages.length + 5);
      }
      isPublishing = false;
      await publishing;

      const all = await witness.settled();
      const got = await client.settled();
      expect(got.filter(({ type }) => type === 'connection')).toHaveLength(asked.length);
      // Walks both streams: between two notices, everything of the filter that holds, and nothing else.
      let wanted = ['bark'];
      let at = 0;
      for (const [index, message] of got.entries()) {
        if (message.type === 'connection') {
          wanted = (message.data['filter'] as { event_types: string[] }).event_types;
          // What the old filter skipped up to the change, and the new one wants, may lie before the next message.
          continue;
        }
        const found = all.findIndex((other, i) => i >= at && other.id === message.id);
        expect(wanted).toContain(message.event_type);
        expect(found).toBeGreaterThanOrEqual(at);
        if (got[index - 1]?.type !== 'connection') {
          expect(all.slice(at, found).filter(({ event_type = '' }) => wanted.includes(event_type))).toEqual([]);
        }
        at = found + 1;
      }
    });
  });
});
