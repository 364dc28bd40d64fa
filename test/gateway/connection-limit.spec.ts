import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { EventsService } from '../../src/events/events.service.js';
import { TestClient } from '../support/client.js';
import { PATIENCE_MS, until } from '../support/cluster.js';
import { startHub, type TestHub } from '../support/hub.js';
import { ROOT, startProgram, type TestProcess } from '../support/process.js';
import { rawConnect, rawExchange, upgradeRequest } from '../support/raw-http.js';
import { SseClient } from '../support/sse-client.js';

async function metricOf(url: string, reason: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();

  return Number(new RegExp(`^dogmonitor_connections_refused_total{reason="${reason}"} (\\d+)`, 'm').exec(text)?.[1]);
}

describe('MAX_CONNECTIONS', () => {
  let hub: TestHub;

  afterEach(() => hub.close());

  it('counts sockets and streams together, refuses with 503 and Retry-After, and touches nobody who is there', async () => {
    hub = await startHub({ MAX_CONNECTIONS: '2' });
    const [client, stream] = [await TestClient.open(hub.wsUrl), await SseClient.open(`${hub.url}/api/events/stream`)];

    const upgrade = await rawExchange(hub.url, upgradeRequest('/ws/ui'));
    const answer = await fetch(`${hub.url}/api/events/stream`);

    expect(upgrade.status).toBe(503);
    expect(upgrade.head).toMatch(/^Retry-After: \d+$/m);
    expect(JSON.parse(upgrade.body)).toMatchObject({ statusCode: 503, code: 'TOO_MANY_CONNECTIONS' });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await answer.json()).toMatchObject({ statusCode: 503, code: 'TOO_MANY_CONNECTIONS' });
    expect(await metricOf(hub.url, 'connections')).toBe(2);

    await hub.app.get(EventsService).broadcastEvent('bark', {});
    await Promise.all([client.received(1), stream.received(1)]);
    stream.close();
    await until(
      PATIENCE_MS,
      () => hub.app.get(EventsService).connectionCount() === 1,
      () => 'still there',
    );
    await (await TestClient.open(hub.wsUrl)).close();
  });
});

describe('a hub that has few file descriptors', () => {
  let hub: TestProcess | undefined;

  afterEach(() => hub?.kill());

  it('refuses who comes too many, says so once, and serves who is there', async () => {
    hub = startProgram(
      ['sh', '-c', 'ulimit -n 400; exec "$0" "$1"', process.execPath, `${ROOT}/dist/main.js`],
      { PORT: '0' },
      { cwd: ROOT },
    );
    const [, port] = await hub.printed(/WebSocket\s+ws:\/\/localhost:(\d+)/);
    const url = `http://127.0.0.1:${port}`;
    const client = await TestClient.open(`ws://127.0.0.1:${port}/ws/ui`);

    const sockets: Socket[] = [];
    for (let n = 0; n < 500; n++) {
      const socket = rawConnect(url);
      socket.on('error', () => undefined);
      sockets.push(socket);
      await once(socket, 'connect');
    }
    await hub.printed(/refusing new connections: .*ulimit -n/);
    expect(await client.settled()).toEqual([]);

    for (const socket of sockets) socket.destroy();
    const later = await TestClient.open(`ws://127.0.0.1:${port}/ws/ui`);
    expect(await metricOf(url, 'descriptors')).toBeGreaterThan(0);
    expect(hub.output().match(/refusing new connections/g)).toHaveLength(1);
    await Promise.all([client.close(), later.close()]);
  });
});
