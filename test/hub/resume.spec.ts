import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventsService } from '../../src/events/events.service.js';
import { Relay } from '../../src/relay/relay.js';
import { type Received, TestClient } from '../support/client.js';
import { get } from '../support/http.js';
import { startHub, type TestHub } from '../support/hub.js';

/** Lets the event loop turn, so that sockets are heard. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

const numbersOf = (messages: readonly Received[]) => messages.map(({ data }) => data['n']);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe('/ws/ui?since=', () => {
  let hub: TestHub;
  let events: EventsService;
  let count: number;

  async function start(environment: Record<string, string> = {}): Promise<void> {
    hub = await startHub(environment);
    events = hub.app.get(EventsService);
    count = 0;
  }

  /** Broadcasts events numbered on from 0. */
  async function publish(total: number, more: Record<string, unknown> = {}): Promise<void> {
    for (let i = 0; i < total; i++) {
      await events.broadcastEvent('bark', { n: count++, ...more });
      if (i % 50 === 0) await turn();
    }
  }

  function offsets(): string[] {
    const { deliveries } = hub.app.get(Relay).read({ limit: 10_000 });

    return deliveries.map(({ json }) => (JSON.parse(json) as Received).offset ?? '');
  }

  const resume = (since = '', query = '') => TestClient.open(`${hub.wsUrl}?since=${since}${query}`);

  beforeEach(() => start());
  afterEach(() => hub.close());

  it('brings what was missed, in order, then what comes, each once', async () => {
    await publish(700);
    const log = offsets();

    const client = await resume(log[49]);
    expect(client.greeting.data).toMatchObject({ status: 'connected', recovered: true });
    await client.received(650);
    await publish(5);

    expect(numbersOf(await client.settled())).toEqual(range(50, 705));
    expect(client.messages.slice(0, 650).map(({ offset }) => offset)).toEqual(log.slice(50));
  });

  it('brings the same bytes that were broadcast', async () => {
    await publish(1);
    const [first] = offsets();
    const live = await TestClient.open(hub.wsUrl);
    await events.broadcast({ type: 'custom', data: { ü: '€' }, source: 'cam-1' });
    await publish(1);

    const late = await resume(first);

    expect(await late.received(2)).toEqual(await live.received(2));
  });

  it('says recovered and brings nothing at the newest offset', async () => {
    await publish(3);

    const client = await resume(offsets().at(-1));
    await publish(1);

    expect(client.greeting.data).toMatchObject({ recovered: true });
    expect(numbersOf(await client.received(1))).toEqual([3]);
  });

  it('does not say recovered to a client that did not ask', async () => {
    const client = await TestClient.open(hub.wsUrl);

    expect(client.greeting.data).not.toHaveProperty('recovered');
    expect(client.greeting.data).not.toHaveProperty('filter');
  });

  it.each([
    ['of another life', '1-0'],
    ['that nobody gave out yet', '999999999999999-0'],
  ])('says that an offset %s is not recovered, brings nothing of the past, and goes live', async (_title, since) => {
    await publish(10);

    const client = await resume(since);
    await publish(2);

    expect(client.greeting.data).toMatchObject({ recovered: false });
    expect(numbersOf(await client.settled())).toEqual([10, 11]);
  });

  it('says that an offset older than the log is not recovered', async () => {
    await hub.close();
    await start({ HISTORY_SIZE: '10' });
    await publish(2);
    const [first, second] = offsets();
    await publish(10);

    const [tooLate, justInTime] = [await resume(first), await resume(second)];
    await publish(1);

    expect(tooLate.greeting.data).toMatchObject({ recovered: false });
    expect(numbersOf(await tooLate.settled())).toEqual([12]);
    expect(justInTime.greeting.data).toMatchObject({ recovered: true });
    expect(numbersOf(await justInTime.received(11))).toEqual(range(2, 13));
  });

  it('joins without a gap or a double while messages come all the time', async () => {
    await publish(500);
    const log = offsets();
    let isPublishing = true;
    const publishing = (async () => {
      while (isPublishing) {
        await publish(7);
        await turn();
      }
    })();

    const clients = await Promise.all(
      range(0, 50).map(async (i) => {
        const from = (i * 7919) % log.length;
        return { from, client: await resume(log[from]) };
      }),
    );
    // Each follows live for a while.
    await Promise.all(clients.map(({ client, from }) => client.received(count - from + 500)));
    isPublishing = false;
    await publishing;

    for (const { client, from } of clients) {
      await client.received(count - from - 1);
      expect(numbersOf(await client.settled())).toEqual(range(from + 1, count));
    }
  });

  it('serves 200 clients that resume at once, each whole and in order', async () => {
    await publish(500);
    const [first] = offsets();

    const clients = await Promise.all(range(0, 200).map(() => resume(first)));

    for (const client of clients) expect(numbersOf(await client.received(499))).toEqual(range(1, 500));
  });

  it('holds little for a client that does not read, and all of it arrives when it does', async () => {
    await publish(400, { text: 'x'.repeat(20_000) });
    const [first] = offsets();

    const stalled = await resume(first);
    stalled.socket.pause();
    await publish(400, { text: 'x'.repeat(20_000) });
    const prompt = await resume(first);
    expect(numbersOf(await prompt.received(799))).toEqual(range(1, 800));

    const { body } = await get(`${hub.url}/api/connections`);
    const [info] = (body['connections'] as { id: string; buffered: number }[]).filter(({ id }) => id === stalled.id);
    expect(info?.buffered).toBeLessThan(100_000);

    stalled.socket.resume();
    expect(numbersOf(await stalled.received(799))).toEqual(range(1, 800));
    await publish(1);
    expect(numbersOf(await stalled.received(800)).at(-1)).toBe(800);
  });

  it('closes with 4008 when the log moves on past a client that does not read', async () => {
    await hub.close();
    await start({ HISTORY_SIZE: '500' });
    await publish(500, { text: 'x'.repeat(20_000) });
    const [first] = offsets();

    const stalled = await resume(first);
    stalled.socket.pause();
    await publish(1_000, { text: 'x'.repeat(20_000) });
    stalled.socket.resume();

    expect(await stalled.closed).toEqual({ code: 4008, reason: 'slow consumer' });
    const numbers = numbersOf(stalled.messages);
    expect(numbers).toEqual(range(1, 1 + numbers.length));
  });

  it('brings messages larger than the queue of a connection', async () => {
    await hub.close();
    await start({ MAX_QUEUE_BYTES: '16384' });
    await publish(1);
    const [first] = offsets();
    await publish(20, { text: 'x'.repeat(30_000) });
    await publish(100);

    const client = await resume(first);

    expect(numbersOf(await client.received(120))).toEqual(range(1, 121));
  });

  describe('while a client is being brought up to date', () => {
    let client: TestClient;

    beforeEach(async () => {
      await publish(600, { text: 'x'.repeat(20_000) });
      client = await resume(offsets()[0]);
      client.socket.pause();
      await turn();
    });

    it('brings it a personal message', async () => {
      await events.sendPersonalMessage(client.id, { type: 'custom', data: { for: 'you' } });
      client.socket.resume();

      await client.received(600);
      expect(client.messages.filter(({ type }) => type === 'custom')).toHaveLength(1);
      expect(numbersOf(client.messages.filter(({ type }) => type === 'event'))).toEqual(range(1, 600));
    });

    it('keeps the newest state of each key for it', async () => {
      for (let n = 0; n < 100; n++) {
        await events.broadcastTelemetry({ n });
        await events.broadcastTelemetry({ n }, { source: 'cam-1' });
        await events.broadcastOverlayUpdate('zone', { n });
      }
      await events.broadcastTelemetry({ n: 100 });
      client.socket.resume();

      await client.received(602);
      const age_ms = expect.any(Number);
      expect((await client.settled()).slice(599)).toEqual([
        { type: 'telemetry', source: 'cam-1', data: { n: 99 }, age_ms },
        { type: 'overlay', overlay_type: 'zone', data: { n: 99 }, age_ms },
        { type: 'telemetry', data: { n: 100 }, age_ms },
      ]);
    });

    it('forgets it when it goes', async () => {
      client.socket.terminate();
      while (events.connectionCount() > 0) await turn();
      await publish(1);

      expect((await get(`${hub.url}/api/connections`)).body).toMatchObject({ count: 0, connections: [] });
    });

    it('brings it everything once, also when its filter is set meanwhile', async () => {
      client.send({ type: 'subscribe', data: { types: ['event'] } });
      for (;;) {
        const { body } = await get(`${hub.url}/api/connections`);
        if ((body['connections'] as object[]).some((connection) => 'filter' in connection)) break;
      }
      await publish(50);
      client.socket.resume();

      await client.until(() => numbersOf(client.messages).includes(649));
      const got = (await client.settled()).filter(({ type }) => type === 'event');
      expect(numbersOf(got)).toEqual(range(1, 650));
    });

    it('takes a change of its filter', async () => {
      client.send({ type: 'subscribe', data: { types: ['custom'] } });
      client.socket.resume();
      await client.until(() => client.messages.some(({ type }) => type === 'connection'));
      await events.broadcast({ type: 'custom', data: {} });
      await client.until(() => client.messages.some(({ type }) => type === 'custom'));

      const at = client.messages.findIndex(({ type }) => type === 'connection');
      expect(numbersOf(client.messages.slice(0, at))).toEqual(range(1, at + 1));
      expect(client.messages.slice(at + 1).map(({ type }) => type)).toEqual(['custom']);
    });
  });
});
