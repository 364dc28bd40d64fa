import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { EventsService } from '../../src/events/events.service.js';
import { PATIENCE_MS, until } from '../../test/support/cluster.js';
import { get } from '../../test/support/http.js';
import { startHub, type TestHub } from '../../test/support/hub.js';
import {
  createHubClient,
  type HubClient,
  type HubClientOptions,
  type HubMessage,
  type HubState,
} from '../src/index.js';

const FAST = { minMs: 1, maxMs: 20, stableMs: 50 };

describe('a client of a real hub', () => {
  const hubs: TestHub[] = [];
  const clients: HubClient[] = [];

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    for (const hub of hubs.splice(0)) await hub.close();
  });

  async function start(environment?: Record<string, string>): Promise<{ hub: TestHub; events: EventsService }> {
    const hub = await startHub(environment);
    hubs.push(hub);

    return { hub, events: hub.app.get(EventsService) };
  }

  function create(options: HubClientOptions): HubClient {
    const client = createHubClient({ WebSocket, backoff: FAST, ...options });
    clients.push(client);

    return client;
  }

  async function open(options: HubClientOptions): Promise<HubClient> {
    const client = create(options);
    await state(client, 'open');

    return client;
  }

  function state<N extends HubState['name']>(client: HubClient, name: N): Promise<HubState> {
    return new Promise((resolve) => {
      if (client.state.name === name) return resolve(client.state);
      const off = client.on('state', (next) => {
        if (next.name !== name) return;
        off();
        resolve(next);
      });
    });
  }

  /** The messages up to an event `last`, which it posts. */
  async function settled(
    client: HubClient,
    events: EventsService,
    messages: readonly HubMessage[],
  ): Promise<HubMessage[]> {
    const came = new Promise((resolve) => client.on('last', resolve));
    await events.broadcastEvent('last', {});
    await came;

    return messages.filter((message) => !('event_type' in message) || message.event_type !== 'last');
  }

  function record(client: HubClient): HubMessage[] {
    const messages: HubMessage[] = [];
    client.on('message', (message) => messages.push(message));

    return messages;
  }

  it('takes the address of the hub as http, ws or the endpoint itself', async () => {
    const { hub } = await start();

    for (const url of [hub.url, hub.wsUrl, new URL(hub.url), `${hub.url}/?types=event#top`]) {
      await open({ url });
    }
    expect(hub.app.get(EventsService).connectionCount()).toBe(4);
  });

  it('calls handlers by type, by event type and for all, until they are taken away', async () => {
    const { hub, events } = await start();
    const client = await open({ url: hub.url });
    const got: string[] = [];
    const offs = [
      client.on('message', ({ type }) => got.push(`message ${type}`)),
      client.on('event', ({ event_type }) => got.push(`event ${event_type}`)),
      client.on('sit', ({ event_type, id }) => got.push(`${event_type} ${typeof id}`)),
      client.on('overlay', ({ overlay_type }) => got.push(`overlay ${overlay_type}`)),
      client.on('telemetry', ({ data }) => got.push(`telemetry ${JSON.stringify(data)}`)),
      client.on('walk', ({ type, data }) => got.push(`walk ${type} ${JSON.stringify(data)}`)),
    ];

    await events.broadcastEvent('sit', {});
    await events.broadcastOverlayUpdate('zone', {});
    await events.broadcastTelemetry({ fps: 30 });
    await events.broadcast({ type: 'walk', data: { km: 2 } });
    await settled(client, events, []);
    expect(got).toEqual([
      ...['message event', 'event sit', 'sit string'],
      ...['message overlay', 'overlay zone'],
      ...['message telemetry', 'telemetry {"fps":30}'],
      ...['message walk', 'walk walk {"km":2}'],
      ...['message event', 'event last'],
    ]);

    got.length = 0;
    for (const off of [...offs, ...offs]) off();
    await events.broadcastEvent('sit', {});
    await settled(client, events, []);
    expect(got).toEqual([]);
  });

  it('keeps an event whose type is a name of its own apart', async () => {
    const { hub, events } = await start();
    const client = await open({ url: hub.url });
    const got: unknown[] = [];
    for (const name of ['state', 'overlay', 'error', 'gap'] as const) client.on(name, (value) => got.push(value));

    for (const name of ['state', 'overlay', 'error', 'gap']) await events.broadcastEvent(name, {});
    await events.broadcast({ type: 'state', data: {} });
    await settled(client, events, []);

    expect(got).toEqual([]);
  });

  it('goes on when a handler throws, and tells it as an error', async () => {
    const { hub, events } = await start();
    const client = await open({ url: hub.url });
    const errors: unknown[] = [];
    const barks: unknown[] = [];
    const cause = new Error('no such dog');
    client.on('error', (error) => errors.push(error));
    client.on('bark', () => {
      throw cause;
    });
    client.on('bark', ({ data }) => barks.push(data['n']));

    for (let n = 0; n < 3; n++) await events.broadcastEvent('bark', { n });
    await settled(client, events, []);

    expect(barks).toEqual([0, 1, 2]);
    expect(errors).toEqual(barks.map(() => ({ code: 'HANDLER_FAILED', message: 'no such dog', cause })));
  });

  it('tells what it has handled, also where a handler throws: the hub brings all that waited', async () => {
    const { hub, events } = await start();
    const client = await open({ url: hub.url });
    client.on('error', () => undefined);
    client.on('bark', () => {
      throw new Error('no such dog');
    });
    const messages = record(client);
    const text = 'x'.repeat(10_000);

    // More than any window takes without an acknowledgement.
    const ids = [];
    for (let n = 0; n < 100; n++) ids.push((await events.broadcastEvent('bark', { n, text })).id);
    const got = await settled(client, events, messages);

    expect(got.map((message) => 'id' in message && message.id)).toEqual(ids);
  });

  it('begins with the newest events once, and with the newest states each time, but never brings them twice', async () => {
    const { hub, events } = await start();
    for (let n = 0; n < 5; n++) await events.broadcastEvent('bark', { n });
    await events.broadcastOverlayUpdate('zone', { n: 5 });
    await events.broadcastTelemetry({ n: 6 });
    const client = create({ url: hub.url, recent: 3, snapshot: true });
    const messages = record(client);
    await until(
      PATIENCE_MS,
      () => messages.length === 5,
      () => JSON.stringify(messages),
    );

    client.reconnect();
    await state(client, 'open');
    await events.broadcastTelemetry({ n: 7 });
    const got = await settled(client, events, messages);

    expect(got.map(({ data }) => data['n'])).toEqual([2, 3, 4, 5, 6, 7]);
    await until(
      PATIENCE_MS,
      () => client.stats.duplicates === 2,
      () => JSON.stringify(client.stats),
    );
    expect(messages.filter(({ type }) => type !== 'event')).toHaveLength(3);
  });

  it('tells what it has recovered after a reconnect, also where its filter hides the newest', async () => {
    const { hub, events } = await start();
    const client = await open({ url: hub.url, filter: { event_types: ['bark', 'last'] }, heartbeatMs: 2_000 });
    const messages = record(client);
    await settled(client, events, messages);
    const { offset } = client;
    const recovered = new Promise((resolve) => client.on('recovered', resolve));

    client.close();
    for (let n = 0; n < 4; n++) await events.broadcastEvent(n < 3 ? 'bark' : 'sit', { n });
    client.connect();

    expect(await recovered).toEqual({ count: 3, since: offset });
    expect((await settled(client, events, messages)).map(({ data }) => data['n'])).toEqual([0, 1, 2]);
  });

  it('changes its filter now and for the next connections', async () => {
    const { hub, events } = await start();
    const client = await open({ url: hub.url, filter: { types: ['telemetry'] } });
    const messages = record(client);

    client.subscribe({ types: ['event'], event_types: ['bark', 'last'] });
    while (!JSON.stringify((await get(`${hub.url}/api/connections`)).body).includes('bark'));
    await events.broadcastTelemetry({});
    await settled(client, events, messages);
    client.reconnect();
    await state(client, 'open');
    await events.broadcastTelemetry({});
    await events.broadcastEvent('sit', {});
    await events.broadcastEvent('bark', {});

    expect((await settled(client, events, messages)).map(({ type }) => type)).toEqual(['event']);
  });

  it('counts what the hub left out, what came and how old it was, and measures the way', async () => {
    const { hub, events } = await start();
    const client = await open({ url: hub.url, heartbeatMs: 1_000 });
    client.on('telemetry', () => {
      const until = performance.now() + 5;
      while (performance.now() < until);
    });

    const text = 'x'.repeat(8_000);
    for (let n = 0; n < 100; n++) await events.broadcastTelemetry({ text });
    await settled(client, events, []);
    await until(
      PATIENCE_MS,
      () => client.stats.conflated > 0,
      () => JSON.stringify(client.stats),
    );

    const { received, conflated, rttMs, clockOffsetMs, ageMs, messagesPerSecond } = client.stats;
    expect(received).toBeLessThan(101);
    expect(received + conflated).toBe(101);
    expect(rttMs).toBeGreaterThan(0);
    expect(Math.abs(clockOffsetMs ?? NaN)).toBeLessThan(1_000);
    expect(ageMs).toBeLessThan(5_000);
    expect(messagesPerSecond).toBeGreaterThan(0);
  });

  it('shares one connection with those that ask for the same, until the last is closed', async () => {
    const { hub, events } = await start();
    const first = await open({ url: hub.url, share: true });
    const second = await open({ url: hub.wsUrl, share: true });
    const other = await open({ url: hub.url, share: true, filter: { types: ['event'] } });
    expect(events.connectionCount()).toBe(2);
    expect(second.connectionId).toBe(first.connectionId);
    expect(other.connectionId).not.toBe(first.connectionId);

    const [ofFirst, ofSecond] = [record(first), record(second)];
    first.close();
    expect([first.state.name, second.state.name]).toEqual(['closed', 'open']);
    await settled(second, events, []);
    expect([ofFirst.length, ofSecond.length]).toEqual([0, 1]);

    first.connect();
    await settled(first, events, []);
    expect([ofFirst.length, ofSecond.length]).toEqual([1, 2]);

    first.close();
    second.close();
    await until(
      PATIENCE_MS,
      () => events.connectionCount() === 1,
      () => `${events.connectionCount()} connections`,
    );
  });
});
