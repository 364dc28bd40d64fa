import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { reset } from '../../src/connection/reset.js';

/** More than the kernel takes for a client that reads nothing. */
const TOO_MUCH = Buffer.alloc(16 * 1024 * 1024);

describe('reset', () => {
  let server: Server;

  beforeAll(async () => {
    server = createServer({ allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it.each<[state: string, bring: (socket: Socket) => unknown]>([
    ['is idle', () => undefined],
    ['was ended in this turn', (socket) => socket.end()],
    ['was ended behind bytes in this turn', (socket) => socket.end('bye')],
    ['was ended in an earlier turn', (socket) => once(socket.end(), 'finish')],
    ['has bytes that the client does not read', (socket) => socket.write(TOO_MUCH)],
    ['was ended behind bytes that the client does not read', (socket) => socket.end(TOO_MUCH)],
    ['was reset before', (socket) => reset(socket)],
  ])('closes a socket that %s, at both ends', async (_state, bring) => {
    const { port } = server.address() as AddressInfo;
    const client = connect({ port, host: '127.0.0.1' });
    const [[socket]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
      [Socket],
      unknown,
    ];
    const errors: Error[] = [];
    socket.on('error', (error) => errors.push(error));
    client.on('error', () => undefined);
    const closed = Promise.all([closeOf(socket), closeOf(client)]);

    await bring(socket);
    reset(socket);
    // Reading on is how a client learns of the end.
    client.resume();

    await closed;
    expect(errors).toEqual([]);
  });
});

function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}
