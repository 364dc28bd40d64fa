import { beforeAll, describe, expect, it } from '@jest/globals';
import { EventsService } from '../src/events/events.service.js';
import { KNOWN_EVENT_TYPES, OVERLAY_TYPES } from '../src/protocol/messages.js';
import { TestClient } from './support/client.js';
import { GUIDE_BODIES, post } from './support/http.js';
import { useHub } from './support/use-hub.js';

const ISO_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const OFFSET = /^\d{13}-\d+$/;

describe('the guide, for one process', () => {
  const hub = useHub({ INSTANCE_ID: 'kennel-1' });
  const open = (): Promise<TestClient> => hub.open();
  let events: EventsService;

  beforeAll(() => {
    events = hub.app.get(EventsService);
  });

  it('greets each connection with its id, the instance and the time', async () => {
    const [a, b] = [await open(), await open()];

    expect(a.greeting).toEqual({
      type: 'connection',
      data: {
        status: 'connected',
        connection_id: expect.stringMatching(UUID),
        epoch: expect.stringMatching(/^[\w-]{1,64}$/),
        instance_id: 'kennel-1',
        server_time: expect.stringMatching(ISO_UTC),
        offset: expect.stringMatching(OFFSET),
      },
    });
    expect(b.id).not.toBe(a.id);
  });

  describe('brings the four bodies of the table to every client', () => {
    it('POST /api/events/broadcast', async () => {
      const [a, b] = [await open(), await open()];

      const answer = await post(`${hub.url}/api/events/broadcast`, GUIDE_BODIES['/api/events/broadcast']);

      expect(answer).toEqual({
        status: 202,
        body: expect.objectContaining({ id: expect.stringMatching(UUID), type: 'event', connections: 2 }),
      });
      for (const client of [a, b]) {
        expect(await client.settled()).toEqual([
          {
            type: 'event',
            event_type: 'test_event',
            data: { message: 'Hello WebSocket' },
            id: answer.body['id'],
            offset: expect.stringMatching(OFFSET),
          },
        ]);
      }
    });

    it('POST /api/events/broadcast/action', async () => {
      const client = await open();

      const answer = await post(`${hub.url}/api/events/broadcast/action`, GUIDE_BODIES['/api/events/broadcast/action']);

      expect(answer.status).toBe(202);
      expect(await client.settled()).toEqual([
        {
          type: 'event',
          event_type: 'sit',
          data: { timestamp: expect.stringMatching(ISO_UTC), confidence: 0.95, metadata: { duration: 5.2 } },
          id: answer.body['id'],
          offset: expect.stringMatching(OFFSET),
        },
      ]);
    });

    it('POST /api/events/broadcast/overlay', async () => {
      const client = await open();
      const body = GUIDE_BODIES['/api/events/broadcast/overlay'];

      const answer = await post(`${hub.url}/api/events/broadcast/overlay`, body);

      expect(answer.status).toBe(202);
      expect(answer.body).toMatchObject({ type: 'overlay', connections: 1 });
      expect(answer.body).not.toHaveProperty('id');
      expect(await client.settled()).toEqual([{ type: 'overlay', ...body }]);
    });

    it('POST /api/events/broadcast/telemetry', async () => {
      const client = await open();
      const body = GUIDE_BODIES['/api/events/broadcast/telemetry'];

      const answer = await post(`${hub.url}/api/events/broadcast/telemetry`, body);

      expect(answer.status).toBe(202);
      expect(await client.settled()).toEqual([{ type: 'telemetry', ...body }]);
    });
  });

  it('keeps the timestamp of an action that has one', async () => {
    const client = await open();

    await post(`${hub.url}/api/events/broadcast/action`, {
      action: 'bark',
      confidence: 1,
      timestamp: '2025-10-24T10:30:00Z',
    });

    expect((await client.received(1))[0]?.data).toEqual({
      timestamp: '2025-10-24T10:30:00Z',
      confidence: 1,
      metadata: {},
    });
  });

  it('takes every known event type, and any other', async () => {
    const client = await open();
    const types = [...KNOWN_EVENT_TYPES, 'test_event', 'Schwanz-wedeln', '尾巴'];

    for (const event_type of types) await post(`${hub.url}/api/events/broadcast`, { event_type, data: {} });

    expect((await client.settled()).map((message) => message.event_type)).toEqual(types);
  });

  it('takes all five overlay types', async () => {
    const client = await open();

    for (const overlay_type of OVERLAY_TYPES) {
      await post(`${hub.url}/api/events/broadcast/overlay`, { overlay_type, data: { boxes: [] } });
    }

    expect((await client.settled()).map((message) => message.overlay_type)).toEqual([...OVERLAY_TYPES]);
  });

  it('passes on data unchanged, to the last key and digit', async () => {
    const client = await open();
    const data = {
      constructor: { name: 'x' },
      then: 1,
      toString: null,
      '': [],
      nested: [[[{ a: 'ü€😀\u2028' }]]],
      numbers: [0, -0.1, 1e21, 1.7976931348623157e308, 5e-324],
      flags: [true, false, null],
    };

    await post(`${hub.url}/api/events/broadcast`, { event_type: 'x', data });
    await post(`${hub.url}/api/events/broadcast/telemetry`, { data });

    expect((await client.settled()).map((message) => message.data)).toEqual([data, data]);
  });

  it('carries the source of each kind of message', async () => {
    const client = await open();

    for (const [path, body] of Object.entries(GUIDE_BODIES))
      await post(`${hub.url}${path}`, { ...body, source: 'cam-1' });

    expect((await client.settled()).map(({ source }) => source)).toEqual(['cam-1', 'cam-1', 'cam-1', 'cam-1']);
  });

  it('gives each logged message an id of its own and a rising offset', async () => {
    const client = await open();

    for (let i = 0; i < 200; i++) await events.broadcastEvent('x', { i });

    const messages = await client.settled();
    expect(messages.map(({ data }) => data['i'])).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(new Set(messages.map(({ id }) => id)).size).toBe(200);
    const keys = messages.map(({ offset = '' }) =>
      offset
        .split('-')
        .map((part) => part.padStart(16, '0'))
        .join('-'),
    );
    expect(keys).toEqual([...new Set(keys)].sort());
  });

  describe('EventsService', () => {
    it('broadcasts by each of its methods', async () => {
      const client = await open();

      await events.broadcastEvent('howl', { pitch: 440 });
      await events.broadcastAction('lie', { confidence: 0.5, metadata: { bed: true } });
      await events.broadcastDogDetection({ box: { x: 1, y: 2, w: 3, h: 4 }, confidence: 0.9 });
      await events.broadcastOverlayUpdate('zone', { points: [] });
      await events.broadcastTelemetry({ fps: 30 });
      await events.broadcast({ type: 'custom', data: { any: 'thing' } });

      const logged = { id: expect.stringMatching(UUID), offset: expect.stringMatching(OFFSET) };
      const timestamp = expect.stringMatching(ISO_UTC);
      expect(await client.settled()).toEqual([
        { type: 'event', event_type: 'howl', data: { pitch: 440 }, ...logged },
        { type: 'event', event_type: 'lie', data: { timestamp, confidence: 0.5, metadata: { bed: true } }, ...logged },
        {
          type: 'event',
          event_type: 'dog_detected',
          data: { timestamp, box: { x: 1, y: 2, w: 3, h: 4 }, confidence: 0.9 },
          ...logged,
        },
        { type: 'overlay', overlay_type: 'zone', data: { points: [] } },
        { type: 'telemetry', data: { fps: 30 } },
        { type: 'custom', data: { any: 'thing' }, ...logged },
      ]);
    });

    it('sends a personal message to one connection only', async () => {
      const [a, b] = [await open(), await open()];

      await events.sendPersonalMessage(a.id, { type: 'custom', data: { for: 'a' } });

      expect(await a.settled()).toEqual([{ type: 'custom', data: { for: 'a' } }]);
      expect(await b.settled()).toEqual([]);
    });

    it('sends a personal message to a connection that is gone to nobody, without an error', async () => {
      const client = await open();

      await events.sendPersonalMessage('no-such-connection', { type: 'custom', data: {} });

      expect(await client.settled()).toEqual([]);
    });

    it('counts the active connections', async () => {
      const before = events.connectionCount();
      const client = await open();
      expect(events.connectionCount()).toBe(before + 1);

      await client.close();
      const probe = await open();
      await probe.settled();

      expect(events.connectionCount()).toBe(before + 1);
    });
  });

  it('goes on with the others when a connection fails', async () => {
    const [broken, healthy] = [await open(), await open()];

    broken.socket.terminate();
    await events.broadcastEvent('bark', {});
    await events.broadcastEvent('bark', {});

    expect(await healthy.settled()).toHaveLength(2);
  });
});
