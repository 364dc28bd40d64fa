import { setTimeout as delay } from 'node:timers/promises';
import { Histogram } from '../load/histogram.js';
import { reached, watch } from '../measure.js';
import { withServer } from './with-server.js';
import type { Row, Scenario } from './scenario.js';

/** Messages in one request of the batch route. */
const BATCH = 100;

export const ingest: Scenario = {
  name: 'ingest',
  title: 'Ingest',
  what: 'Events of 300 bytes over HTTP POST as fast as they are answered, 64 requests at a time, one client connected.',
  columns: [
    { key: 'messagesPerSecond', title: 'messages a second', digits: 0 },
    { key: 'cpuPerMessage', title: 'CPU a message, µs', digits: 1 },
    { key: 'p99', title: 'p99 of the answer, ms', digits: 1 },
    { key: 'isWhole', title: 'all delivered' },
  ],
  servers: ['hub', 'nest', 'ws', 'socketio', 'uws', 'fastapi', 'nchan'],
  run: (kind, { isQuick }) =>
    withServer(kind, async (server, clients, publisher) => {
      const {
        port,
        paths,
        kind: { path, isSocketIo = false, isBare = false },
      } = server;
      await clients.open({ port, path, isSocketIo, count: 1 });
      const seconds = isQuick ? 0.5 : 4;
      const warmUp = isQuick ? 0.2 : 1.5;

      const run = async (batch?: number): Promise<Row> => {
        await clients.reset();
        const target = batch === undefined ? paths : { ...(kind.batch !== undefined && { event: kind.batch }) };
        const published = publisher.publish({
          port,
          paths: target,
          seconds: warmUp + seconds + 0.2,
          connections: batch === undefined ? 64 : 8,
          kinds: ['event'],
          isBare,
          ...(batch !== undefined && { batch }),
        });
        await delay(warmUp * 1000);
        // With one client, what arrives is what is taken in.
        const { arrivals, cpuSeconds, elapsed } = await watch(server, clients, seconds);
        const result = await published;

        return {
          messagesPerSecond: arrivals.messages / elapsed,
          cpuPerMessage: (cpuSeconds * 1e6) / arrivals.messages,
          p99: new Histogram(result.answerTime).quantile(0.99) / 1000,
          isWhole: result.refused === 0 && (await reached(clients, result.accepted)),
        };
      };

      const rows: Record<string, Row> = { 'one a request': await run() };
      if (kind.batch !== undefined) rows[`${BATCH} a request`] = await run(BATCH);
      return rows;
    }),
};
