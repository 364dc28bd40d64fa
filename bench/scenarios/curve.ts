import { type Load, measure, type Sample } from '../measure.js';
import { type ServerKind } from '../servers.js';
import type { Row, Scenario } from './scenario.js';
import { withServer } from './with-server.js';

const RATES = [60, 200, 500, 1_000, 2_000, 5_000];
const QUICK_RATES = [60, 200];

/** A rate is held when all is delivered, and all but one in a hundred come within this time, in ms. */
const LIMIT_MS = 100;

/** Connections that post one message a request: with fewer, a server that is busy for 12 ms would set their pace. */
const POSTERS = 32;

/** Batches a second: each holds what a producer gathered in 10 ms. */
const BATCHES = 100;

const columnOf = (rate: number): string => `p99 at ${rate}`;

/** Clients, and whether they are reached by the batch route. */
interface Case {
  clients: number;
  isBatch: boolean;
}

/** All sizes for the hub and the usual gateway; the others are there to be compared at one. */
function casesOf({ name, batch }: ServerKind, isQuick: boolean): Case[] {
  if (isQuick) return [{ clients: 50, isBatch: batch !== undefined }];

  const sizes = name === 'hub' || name === 'nest' ? [10, 100, 1_000, 5_000] : [1_000];
  const cases = sizes.map((clients) => ({ clients, isBatch: false }));
  return batch === undefined ? cases : [...cases, { clients: 1_000, isBatch: true }, { clients: 5_000, isBatch: true }];
}

export const curve: Scenario = {
  name: 'curve',
  title: 'How much it carries',
  what:
    `Events of 300 bytes at rising rates: the p99 latency in ms at each rate. It is held while all is delivered and p99 is at ` +
    `most ${LIMIT_MS} ms; after two rates that are not, higher ones are not tried. POST: one message a request, ` +
    `${POSTERS} connections. Batch: ${BATCHES} requests a second.`,
  columns: [
    ...RATES.map((rate) => ({ key: columnOf(rate), title: `${rate.toLocaleString('en')}/s` })),
    { key: 'held', title: 'highest rate held', digits: 0 },
    { key: 'deliveries', title: 'deliveries a second at it', digits: 0 },
    { key: 'cpu', title: 'CPU at it, cores', digits: 2 },
  ],
  servers: ['hub', 'nest', 'ws', 'uws'],
  async run(kind, { isQuick }) {
    const rows: Record<string, Row> = {};
    for (const each of casesOf(kind, isQuick)) {
      const name = `${each.clients.toLocaleString('en')} clients, ${each.isBatch ? 'batch' : 'POST'}`;
      rows[name] = await climb(kind, each, isQuick);
    }

    return rows;
  },
};

/** Raises the rate until two in a row are not held: one may be bad luck. */
function climb(kind: ServerKind, { clients: count, isBatch }: Case, isQuick: boolean): Promise<Row> {
  return withServer(kind, async (server, clients, publisher) => {
    await clients.open({ port: server.port, path: kind.path, isSocketIo: kind.isSocketIo ?? false, count });

    const row: Row = { held: 0, deliveries: 0 };
    let failures = 0;
    for (const rate of isQuick ? QUICK_RATES : RATES) {
      const load: Load = {
        rate,
        warmUpSeconds: isQuick ? 0.2 : 1,
        seconds: isQuick ? 0.5 : 2,
        connections: isBatch ? 4 : POSTERS,
        ...(isBatch && { batch: Math.max(1, Math.round(rate / BATCHES)) }),
      };
      const sample = await measure(server, clients, publisher, load);
      row[columnOf(rate)] = sample.isWhole ? sample.p99 : 'not all';
      failures = isHeld(sample) ? 0 : failures + 1;
      if (failures === 2) break;
      if (failures > 0) continue;

      row['held'] = rate;
      row['deliveries'] = sample.deliveriesPerSecond;
      row['cpu'] = sample.cpu;
    }

    return row;
  });
}

function isHeld({ isWhole, p99 }: Sample): boolean {
  return isWhole && p99 <= LIMIT_MS;
}
