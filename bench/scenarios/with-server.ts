import { Clients, Publisher } from '../load/load.js';
import { type Server, type ServerKind, startServer } from '../servers.js';

/** Starts a server, clients and a publisher for the work, and ends them after it. */
export async function withServer<T>(
  kind: ServerKind,
  work: (server: Server, clients: Clients, publisher: Publisher) => Promise<T>,
): Promise<T> {
  const clients = Clients.start();
  const publisher = new Publisher();
  const server = await startServer(kind);
  try {
    return await work(server, clients, publisher);
  } finally {
    await Promise.all([clients.close(), publisher.close()]);
    await server.stop();
  }
}
