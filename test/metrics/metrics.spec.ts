import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventsService } from '../../src/events/events.service.js';
import { Hub } from '../../src/hub/hub.js';
import { CLOSE } from '../../src/protocol/close-codes.js';
import { Relay, type RelayState } from '../../src/relay/relay.js';
import { TestClient } from '../support/client.js';
import { eventually } from '../support/dashboard.js';
import { get, GUIDE_BODIES, post } from '../support/http.js';
import { startHub, startSharedHub, type TestHub } from '../support/hub.js';
import { startRedis } from '../support/redis.js';
import { SseClient } from '../support/sse-client.js';

type Series = Record<string, number>;

async function scrape(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

/** Each line by its name and labels, as `name{label="value"}`. */
async function series(hub: TestHub): Promise<Series> {
  const lines = (await scrape(hub.url)).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

  return Object.fromEntries(lines.map((line) => [line.replace(/ \S+$/, ''), Number(/\S+$/.exec(line)?.[0])]));
}

/** The hub hears of an end only some time after its client has brought it about. */
function seriesWith(hub: TestHub, isThere: (series: Series) => boolean): Promise<Series> {
  return eventually(() => series(hub), isThere);
}

const closed = (code: string): string => `dogmonitor_connections_closed_total{code="${code}"}`;

describe('GET /metrics', () => {
  let hub: TestHub;

  beforeEach(async () => {
    hub = await startHub({ MAX_QUEUE_BYTES: '16384', SHUTDOWN_GRACE_MS: '100' });
  });
  afterEach(() => hub.close());

  it('is text that Prometheus reads', async () => {
    const response = await fetch(`${hub.url}/metrics`);
    const text = await response.text();

    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const odd = /^(# (HELP|TYPE) [a-z_0-9]+ .+|[a-z_0-9]+(\{[a-z_]+="[^"\\]*"(,[a-z_]+="[^"\\]*")*\})? (\S+)|)$/;
    expect(text.split('\n').filter((line) => !odd.test(line))).toEqual([]);
    expect(text.endsWith('\n')).toBe(true);
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('tells of the process: memory, CPU, event loop', async () => {
    // It begins anew with each scrape, so one right behind another may have seen nothing yet.
    const now = await seriesWith(hub, ({ nodejs_eventloop_lag_p99_seconds: lag = 0 }) => lag > 0);

    expect(now['nodejs_eventloop_lag_p99_seconds']).toBeGreaterThan(0);
    expect(now['process_resident_memory_bytes']).toBeGreaterThan(10_000_000);
    expect(await scrape(hub.url)).toContain('process_cpu_seconds_total');
  });

  it('counts the connections that come, and those that are there', async () => {
    const [first] = await Promise.all([TestClient.open(hub.wsUrl), TestClient.open(hub.wsUrl)]);
    const stream = await SseClient.open(`${hub.url}/api/events/stream`);

    expect(await series(hub)).toMatchObject({
      'dogmonitor_connections{transport="websocket"}': 2,
      'dogmonitor_connections{transport="sse"}': 1,
      'dogmonitor_connections_accepted_total{transport="websocket"}': 2,
      'dogmonitor_connections_accepted_total{transport="sse"}': 1,
    });

    await first.close();
    stream.close();
    expect(await seriesWith(hub, (now) => now[closed('none')] === 1)).toMatchObject({
      'dogmonitor_connections{transport="websocket"}': 1,
      'dogmonitor_connections{transport="sse"}': 0,
      'dogmonitor_connections_accepted_total{transport="websocket"}': 2,
      'dogmonitor_connections_accepted_total{transport="sse"}': 1,
    });
  });

  it.each<[string, string, (client: TestClient) => void]>([
    ['a client that closes', '1000', ({ socket }) => socket.close(1000)],
    ['a client that gives no code', '1005', ({ socket }) => socket.close()],
    ['a client that is gone', '1006', ({ socket }) => socket.terminate()],
    ['a client with a code of its own', 'other', ({ socket }) => socket.close(4321)],
    ['a frame that is too big', '1009', ({ socket }) => socket.send('x'.repeat(16 * 1024 + 1))],
    ['text that is not UTF-8', '1007', ({ socket }) => socket.send(Buffer.from([0xff]), { binary: false })],
  ])('counts what ends by %s under %s', async (_title, code, end) => {
    end(await TestClient.open(hub.wsUrl));

    const now = await seriesWith(hub, (series) => series['dogmonitor_connections{transport="websocket"}'] === 0);

    expect(Object.entries(now).filter(([name]) => name.includes('closed_total'))).toEqual([[closed(code), 1]]);
  });

  it('counts what the hub itself has closed under its own code', async () => {
    const client = await TestClient.open(hub.wsUrl);
    for (const connection of hub.app.get(Hub).all()) connection.close(CLOSE.slowConsumer);
    await client.closed;

    expect(await seriesWith(hub, (now) => now[closed('4008')] === 1)).toMatchObject({ [closed('4008')]: 1 });
  });

  it('counts messages by type, and what was delivered', async () => {
    const [one, two] = await Promise.all([TestClient.open(hub.wsUrl), TestClient.open(`${hub.wsUrl}?types=event`)]);
    for (const [path, body] of Object.entries(GUIDE_BODIES)) await post(`${hub.url}${path}`, body);
    await hub.app.get(EventsService).broadcast({ type: 'of_my_own', data: {} });
    await post(`${hub.url}/api/events/broadcast`, { event_type: '', data: {} });
    await one.received(5);
    await two.received(2);

    const counts = { event: 2, overlay: 1, telemetry: 1, custom: 1 };
    const now = await series(hub);
    for (const [type, count] of Object.entries(counts)) {
      expect(now[`dogmonitor_messages_published_total{type="${type}"}`]).toBe(count);
      expect(now[`dogmonitor_messages_broadcast_total{type="${type}"}`]).toBe(count);
    }
    // And a greeting each.
    expect(now['dogmonitor_deliveries_sent_total']).toBe(6 + 3);

    await Promise.all([one.close(), two.close()]);
    const later = await seriesWith(hub, (series) => series['dogmonitor_connections{transport="websocket"}'] === 0);
    expect(later['dogmonitor_deliveries_sent_total']).toBe(9);
  });

  it('shows what a client does not read', async () => {
    const client = await TestClient.open(hub.wsUrl);
    client.socket.pause();
    const points = Array.from({ length: 1_000 }, (_, n) => n);
    const overlay = { overlay_type: 'heatmap', data: { points } };

    const now = await seriesWith(hub, ({ dogmonitor_deliveries_conflated_total: conflated = 0 }) => {
      if (conflated === 0) void post(`${hub.url}/api/events/broadcast/overlay`, overlay);

      return conflated > 0;
    });

    expect(now['dogmonitor_slow_connections']).toBe(1);
    expect(now['dogmonitor_unread_bytes']).toBeGreaterThan(1_000);
    expect(now['dogmonitor_queued_bytes']).toBeGreaterThan(1_000);

    client.socket.terminate();
    expect(await seriesWith(hub, (series) => series['dogmonitor_slow_connections'] === 0)).toMatchObject({
      dogmonitor_unread_bytes: 0,
      dogmonitor_queued_bytes: 0,
    });
  });

  it.each<RelayState>(['memory', 'shared', 'local-only', 'catching-up'])(
    'tells that the relay is %s, and nothing else',
    async (state) => {
      Object.defineProperty(hub.app.get(Relay), 'state', { value: state });

      const states = Object.entries(await series(hub)).filter(([name]) => name.startsWith('dogmonitor_relay_state'));

      expect(states).toHaveLength(4);
      expect(states.filter(([, value]) => value === 1)).toEqual([[`dogmonitor_relay_state{state="${state}"}`, 1]]);
    },
  );

  it('tells no address, and no name that somebody chose', async () => {
    const client = await TestClient.open(hub.wsUrl);
    await post(`${hub.url}/api/events/broadcast`, { event_type: 'zz_type', data: {}, source: 'zz_source' });
    await hub.app.get(EventsService).broadcast({ type: 'zz_custom', data: {} });
    await client.received(2);

    const text = await scrape(hub.url);

    expect(text).toContain('dogmonitor_messages_published_total{type="custom"} 1');
    expect(text).not.toMatch(/zz_|127\.0\.0\.1/);
    expect(text).not.toContain(client.id);
    expect(text).not.toContain(process.version);
  });

  it('is of this hub alone, where several run in one process', async () => {
    const other = await startHub();
    await post(`${other.url}/api/events/broadcast`, { event_type: 'sit', data: {} });

    expect((await series(other))['dogmonitor_messages_published_total{type="event"}']).toBe(1);
    expect((await series(hub))['dogmonitor_messages_published_total{type="event"}']).toBe(0);
    await other.close();
  });

  it('answers another method in JSON', async () => {
    expect(await post(`${hub.url}/metrics`, {})).toMatchObject({ status: 405, body: { code: 'METHOD_NOT_ALLOWED' } });
    expect((await get(`${hub.url}/metrics/x`)).status).toBe(404);
  });
});

describe('GET /metrics of instances that share a Redis', () => {
  it('tells how many there are, and what waits while Redis is gone', async () => {
    const redis = await startRedis();
    const environment = { REDIS_HOST: '127.0.0.1', REDIS_PORT: String(redis.port) };
    const [north, south] = await Promise.all([startSharedHub(environment), startSharedHub(environment)]);

    const both = await seriesWith(north, ({ dogmonitor_instances: instances }) => instances === 2);
    expect(both['dogmonitor_instances']).toBe(2);
    await post(`${south.url}/api/events/broadcast`, { event_type: 'sit', data: {} });
    const now = await seriesWith(north, (series) => series['dogmonitor_messages_broadcast_total{type="event"}'] === 1);
    expect(now['dogmonitor_messages_published_total{type="event"}']).toBe(0);

    await redis.kill();
    await post(`${north.url}/api/events/broadcast`, { event_type: 'sit', data: {} });
    const alone = await seriesWith(north, (series) => series['dogmonitor_relay_state{state="local-only"}'] === 1);
    expect(alone['dogmonitor_outbox_messages']).toBe(1);

    await redis.restart();
    await seriesWith(
      north,
      (series) => series['dogmonitor_relay_state{state="shared"}'] === 1 && series['dogmonitor_outbox_messages'] === 0,
    );
    await Promise.all([north.close(), south.close()]);
    await redis.stop();
  });
});
