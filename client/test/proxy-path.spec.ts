import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { post } from '../../test/support/http.js';
import { startHub, type TestHub } from '../../test/support/hub.js';
import { type PathProxy, startPathProxy } from '../../test/support/path-proxy.js';
import { createHubClient } from '../src/index.js';

describe('a client of a hub that a proxy has put under a path', () => {
  let hub: TestHub;
  let proxy: PathProxy;

  beforeAll(async () => {
    hub = await startHub();
    proxy = await startPathProxy(hub.url, '/dog/');
  });
  afterAll(async () => {
    await proxy.close();
    await hub.close();
  });

  it.each(['/dog/', '/dog/ws/ui', '/dog/ws/ui/'])('takes the URL that ends with %s', async (end) => {
    const client = createHubClient({ url: `${proxy.origin}${end}`, WebSocket });
    try {
      const heard = new Promise((resolve) => client.on('telemetry', resolve));
      await new Promise((resolve) => client.on('connection', resolve));
      await post(`${hub.url}/api/events/broadcast/telemetry`, { data: { fps: 30 } });

      expect(await heard).toMatchObject({ type: 'telemetry', data: { fps: 30 } });
    } finally {
      client.close();
    }
  });

  it('asks for nothing that the hub does not know', async () => {
    const client = createHubClient({
      url: hub.url,
      WebSocket,
      getToken: () => 'secret',
      filter: { types: ['event'], event_types: ['sit'], overlay_types: ['pose'], sources: ['cam'] },
      snapshot: true,
      recent: 5,
      acks: true,
      connect: false,
    });
    try {
      const opened = new Promise((resolve) => client.on('connection', resolve));
      const failed = new Promise((resolve) => client.on('state', ({ name }) => name === 'waiting' && resolve(name)));
      client.connect();

      expect(await Promise.race([opened, failed])).toMatchObject({ type: 'connection' });
    } finally {
      client.close();
    }
  });
});
