import { setTimeout as delay } from 'node:timers/promises';
import { usageOf } from '../machine.js';
import type { Scenario } from './scenario.js';
import { withServer } from './with-server.js';

/** Keeps what comes right after so many handshakes out of what is watched, in ms. A full collection may still come later. */
const SETTLE_MS = 15_000;

export const idle: Scenario = {
  name: 'idle',
  title: 'Idle connections',
  what: '10,000 connections, 64 handshakes at a time; after 15 s, 30 s (the hub; others 5 s) in which nothing is sent.',
  columns: [
    { key: 'kilobytes', title: 'memory a connection, KB', digits: 2 },
    { key: 'acceptsPerSecond', title: 'accepts a second', digits: 0 },
    { key: 'cpuPercent', title: 'CPU when idle, % of a core', digits: 2 },
    { key: 'open', title: 'open at the end', digits: 0 },
  ],
  servers: ['hub', 'nest', 'ws', 'socketio', 'uws', 'fastapi', 'nchan'],
  run: (kind, { isQuick }) =>
    withServer(kind, async ({ port, pid, kind: { name, path, isSocketIo = false } }, clients) => {
      const count = isQuick ? 200 : 10_000;
      // The first connections load code and caches that have nothing to do with the number of connections.
      await clients.open({ port, path, isSocketIo, count: count / 100 });
      await delay(isQuick ? 100 : 1_000);
      const before = usageOf(pid);
      const beganAt = performance.now();
      await clients.open({ port, path, isSocketIo, count });
      const seconds = (performance.now() - beganAt) / 1000;

      await delay(isQuick ? 100 : SETTLE_MS);
      const settled = usageOf(pid);
      const watchSeconds = isQuick ? 0.5 : name === 'hub' ? 30 : 5;
      await delay(watchSeconds * 1000);
      const after = usageOf(pid);
      const { open } = await clients.totals();

      return {
        '': {
          kilobytes: (settled.residentBytes - before.residentBytes) / count / 1024,
          acceptsPerSecond: count / seconds,
          cpuPercent: ((after.cpuSeconds - settled.cpuSeconds) / watchSeconds) * 100,
          open: open - count / 100,
        },
      };
    }),
};
