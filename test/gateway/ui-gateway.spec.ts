import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { EventsService } from '../../src/events/events.service.js';
import { TestClient } from '../support/client.js';
import { get } from '../support/http.js';
import { rawExchange, upgradeRequest } from '../support/raw-http.js';
import { useHub } from '../support/use-hub.js';

describe('/ws/ui', () => {
  const hub = useHub();
  const open = (): Promise<TestClient> => hub.open();

  describe('the upgrade', () => {
    it.each([
      ['a wrong path', upgradeRequest('/ws/other'), 404, 'NOT_FOUND'],
      ['a path below', upgradeRequest('/ws/ui/x'), 404, 'NOT_FOUND'],
      ['a target that is no URL', upgradeRequest('http://['), 400, 'BAD_REQUEST'],
    ])('answers %s with JSON and closes', async (_title, request, status, code) => {
      const answer = await rawExchange(hub.url, request);

      expect(answer.status).toBe(status);
      expect(answer.head).toContain('Content-Type: application/json');
      expect(JSON.parse(answer.body)).toEqual({ statusCode: status, code, message: expect.any(String) });
    });

    it.each([
      ['no key', upgradeRequest('/ws/ui', { 'Sec-WebSocket-Key': undefined }), 400],
      ['a version nobody knows', upgradeRequest('/ws/ui', { 'Sec-WebSocket-Version': '99' }), 400],
      ['a request that is not HTTP', 'GET /ws/ui RUBBISH\r\n\r\n', 400],
      ['a POST', upgradeRequest('/ws/ui').replace('GET', 'POST'), 405],
    ])('refuses %s', async (_title, request, status) => {
      expect((await rawExchange(hub.url, request)).status).toBe(status);
    });

    it('answers a plain GET with 426', async () => {
      const response = await fetch(`${hub.url}/ws/ui`);

      expect(response.status).toBe(426);
      expect(response.headers.get('upgrade')).toBe('websocket');
      expect(await response.json()).toMatchObject({ statusCode: 426, code: 'UPGRADE_REQUIRED' });
    });

    it('takes a query, and declines compression', async () => {
      const socket = new WebSocket(`${hub.wsUrl}?token=anything`, { perMessageDeflate: true });
      await new Promise((resolve) => socket.once('open', resolve));

      expect(socket.extensions).toBe('');
      socket.terminate();
    });
  });

  describe('a frame of a client', () => {
    it('that is a ping is answered by a pong with the time of the hub', async () => {
      const client = await open();

      client.send({ type: 'ping' });

      const [pong] = await client.received(1);
      expect(pong).toEqual({ type: 'pong', data: { server_time: expect.any(String) } });
      expect(Math.abs(Date.parse(pong?.data['server_time'] as string) - Date.now())).toBeLessThan(60_000);
    });

    it.each([
      ['bad JSON', '{"type":', 'INVALID_JSON'],
      ['nothing', '', 'INVALID_JSON'],
      ['an array', '[]', 'INVALID_MESSAGE'],
      ['null', 'null', 'INVALID_MESSAGE'],
      ['no type', '{}', 'INVALID_MESSAGE'],
      ['a number as type', '{"type":1}', 'INVALID_MESSAGE'],
      ['an unknown type', '{"type":"dance"}', 'UNKNOWN_TYPE'],
      ['a type of the hub', '{"type":"event","event_type":"sit","data":{}}', 'UNKNOWN_TYPE'],
      ['a prototype key as type', '{"type":"__proto__"}', 'UNKNOWN_TYPE'],
      ['arrays 8,000 deep', '['.repeat(8_000), 'INVALID_JSON'],
      ['binary', Buffer.from('{"type":"ping"}'), 'BINARY_FRAME'],
    ])('that is %s is answered by an error, and reaches nobody', async (_title, frame, code) => {
      const [sender, other] = [await open(), await open()];

      sender.send(frame);

      expect(await sender.settled()).toEqual([{ type: 'error', data: { code, message: expect.any(String) } }]);
      expect(await other.settled()).toEqual([]);
    });

    it('of 16 KiB is read, one byte more closes with 1009', async () => {
      const client = await open();
      const ping = (bytes: number): string => `{"type":"ping","data":"${'x'.repeat(bytes - 25)}"}`;

      client.send(ping(16 * 1024));
      await client.received(1);
      client.send(ping(16 * 1024 + 1));

      expect((await client.closed).code).toBe(1009);
    });

    it('of bytes that are not UTF-8 closes with 1007', async () => {
      const client = await open();

      client.socket.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false });

      expect((await client.closed).code).toBe(1007);
    });

    it('that breaks the protocol closes with 1002', async () => {
      const client = await open();

      // A frame of a reserved opcode, masked with zeros.
      (client.socket as unknown as { _socket: { write(data: Buffer): void } })._socket.write(
        Buffer.from([0x83, 0x80, 0, 0, 0, 0]),
      );

      expect((await client.closed).code).toBe(1002);
    });

    it('one of 10,000 tiny ones is answered like the first, while others are served', async () => {
      const [busy, other] = [await open(), await open()];

      for (let i = 0; i < 10_000; i++) busy.send('x');
      await hub.app.get(EventsService).broadcastEvent('bark', {});

      expect(await other.settled()).toHaveLength(1);
      const answers = await busy.received(10_001);
      expect(answers.filter(({ type }) => type === 'error')).toHaveLength(10_000);
    });

    it('with any content gets one answer and leaves the connection open', async () => {
      const client = await open();

      await fc.assert(
        fc.asyncProperty(
          fc.oneof(
            fc.string({ unit: 'binary' }),
            fc.json(),
            fc.object().map((o) => JSON.stringify(o)),
          ),
          async (frame) => {
            client.messages.length = 0;
            client.send(frame);
            expect(await client.settled()).toEqual([{ type: 'error', data: expect.anything() }]);
          },
        ),
        { numRuns: 1_000 },
      );
    });
  });

  it('lists the connections with what they got', async () => {
    const client = await open();
    await hub.app.get(EventsService).broadcastEvent('bark', {});
    await client.received(1);

    const { status, body } = await get(`${hub.url}/api/connections`);

    expect(status).toBe(200);
    expect(body).toEqual({
      count: 1,
      instances: [{ instance_id: client.greeting.data['instance_id'], count: 1 }],
      connections: [
        {
          id: client.id,
          transport: 'websocket',
          connected_at: expect.stringMatching(/^\d{4}-.*Z$/),
          remote_address: '127.0.0.1',
          sent: 2,
          conflated: 0,
          unread: expect.any(Number),
          window: expect.any(Number),
          buffered: 0,
        },
      ],
    });
  });
});
