import { measure } from '../measure.js';
import type { Scenario } from './scenario.js';
import { withServer } from './with-server.js';

export const fanout: Scenario = {
  name: 'fanout',
  title: 'Fan-out at video rate',
  what: 'Events of 300 bytes, 60 a second over HTTP POST, to 1,000 clients.',
  columns: [
    { key: 'cpuPerDelivery', title: 'CPU a delivery, µs', digits: 2 },
    { key: 'cpu', title: 'CPU, cores', digits: 2 },
    { key: 'p50', title: 'p50, ms', digits: 1 },
    { key: 'p99', title: 'p99, ms', digits: 1 },
    { key: 'isWhole', title: 'all delivered' },
  ],
  servers: ['hub', 'hub-redis', 'nest', 'ws', 'socketio', 'uws', 'fastapi', 'nchan', 'floor'],
  run: (kind, { isQuick }) =>
    withServer(kind, async (server, clients, publisher) => {
      const {
        port,
        kind: { path, isSocketIo = false },
      } = server;
      await clients.open({ port, path, isSocketIo, count: isQuick ? 50 : 1_000 });
      const times = isQuick ? { warmUpSeconds: 0.3, seconds: 0.7 } : { warmUpSeconds: 1.5, seconds: 6 };
      const sample = await measure(server, clients, publisher, { rate: 60, connections: 4, ...times });

      return { '': { ...sample } };
    }),
};
