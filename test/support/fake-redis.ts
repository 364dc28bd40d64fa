import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface FakeRedis {
  port: number;
  close(): Promise<void>;
}

/**
 * A server on the port of Redis that is none, or one that speaks badly.
 * @param answer what to send for what came in; at once for the empty text that begins a connection
 */
export async function startFake(answer: (text: string) => string | undefined, port = 0): Promise<FakeRedis> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const send = (text: string | undefined): void => void (text !== undefined && socket.write(text, 'latin1'));
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => send(answer(chunk.toString('latin1'))));
    send(answer(''));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));

  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
