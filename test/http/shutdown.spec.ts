import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { TestClient } from '../support/client.js';
import { get, post } from '../support/http.js';
import { type HubProcess, startHubProcess } from '../support/process.js';
import { rawConnect } from '../support/raw-http.js';

const POST =
  'POST /api/events/broadcast HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n';
const PAGE = 'GET /api/events?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n';

describe('a hub that is told to end', () => {
  let hub: HubProcess;
  const sockets: Socket[] = [];

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await hub.kill();
  });

  async function open(bytes: string): Promise<void> {
    const socket = rawConnect(hub.url);
    sockets.push(socket.on('error', () => undefined).pause());
    await once(socket, 'connect');
    if (bytes !== '') socket.write(bytes);
  }

  it.each([
    ['nothing', ''],
    ['half a head', 'GET /health/live HTTP/1.1\r\nHos'],
    ['half a body', `${POST}{"event_type"`],
    ['a request, and half of another', `GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n${POST}{`],
    ['requests whose answers it does not read', PAGE.repeat(10)],
  ])('ends in order beside a client that sends %s', async (_title, bytes) => {
    hub = await startHubProcess({ SHUTDOWN_GRACE_MS: '1000', MAX_MESSAGE_BYTES: '1048576' });
    const client = await TestClient.open(`${hub.wsUrl}?types=telemetry`);
    // The kernel takes a few pages of this for a socket that nobody reads, and not ten.
    const items = Array.from({ length: 100 }, () => ({
      type: 'event',
      event_type: 'x',
      data: { text: 'x'.repeat(8_000) },
    }));
    for (let n = 0; n < 10 && bytes.startsWith(PAGE); n++) await post(`${hub.url}/api/events/broadcast/batch`, items);
    await open(bytes);
    // What was sent before this is read.
    await get(`${hub.url}/health/live`);

    hub.child.kill('SIGTERM');

    expect(await hub.exited).toEqual({ code: 0, signal: null });
    expect((await client.closed).code).toBe(1001);
  });

  it('does not wait for a connection that was answered while it began to', async () => {
    hub = await startHubProcess({ SHUTDOWN_GRACE_MS: '60000' });
    await post(`${hub.url}/api/events/broadcast`, { event_type: 'x', data: { text: 'x'.repeat(50_000) } });
    const pages = Array.from({ length: 20 }, () => get(`${hub.url}/api/events`));

    hub.child.kill('SIGTERM');
    await Promise.allSettled(pages);

    expect(await hub.exited).toEqual({ code: 0, signal: null });
  });
});
