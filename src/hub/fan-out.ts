import type { Filter } from '../protocol/filter.js';
import type { Delivery } from '../protocol/messages.js';
import type { Connection } from '../connection/connection.js';
import { type Batch, encodeBatch, type Transport } from '../connection/prepared-frame.js';
import { guarded, tellFailure } from '../relay/guard.js';

/** Least time between two writes to one connection, in ms: at high rates it bounds the cost, at 60/s nobody notices. */
const GATHER_MS = 5;

/** Connections that want the same bytes. */
interface Group {
  readonly transport: Transport;
  readonly filter: Filter | undefined;
  readonly connections: Set<Connection>;
}

/** The connections that follow live, in groups, so that a broadcast asks each filter once and not each connection. */
export class Audience {
  private readonly groups = new Map<string, Group>();
  private gathered: Delivery[] = [];
  private flushedAt = -Infinity;
  private timer: NodeJS.Timeout | undefined;

  add(connection: Connection): void {
    this.flush();
    const { transport, filter } = connection;
    const key = keyOf(connection);
    const group = this.groups.get(key) ?? { transport, filter, connections: new Set() };

    group.connections.add(connection);
    this.groups.set(key, group);
  }

  /** Returns whether it was there. Its filter must still be the one it was added with. */
  delete(connection: Connection): boolean {
    this.flush();
    const key = keyOf(connection);
    const group = this.groups.get(key);
    const wasThere = group?.connections.delete(connection) ?? false;
    if (group?.connections.size === 0) this.groups.delete(key);

    return wasThere;
  }

  /**
   * Brings a delivery to all it is for: at once after a pause, else with what else comes within a few ms, since the cost
   * is for the write and not for the message.
   */
  broadcast(delivery: Delivery): void {
    if (this.groups.size === 0) return;
    this.gathered.push(delivery);
    if (this.timer) return;

    const pause = performance.now() - this.flushedAt;
    if (pause >= GATHER_MS) this.flush();
    else this.timer = setTimeout(() => this.flush(), GATHER_MS - pause);
  }

  /** Brings out what was gathered. Whoever comes or goes is to have all before that, and nothing after it. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.gathered.length === 0) return;

    const deliveries = this.gathered;
    this.gathered = [];
    const all: Partial<Record<Transport, Batch>> = {};

    for (const group of this.groups.values()) {
      guarded('a broadcast', () => this.bringTo(group, deliveries, all), undefined);
    }
    // The pause begins when all are served: with many connections that alone takes longer than the pause.
    this.flushedAt = performance.now();
  }

  private bringTo(
    { transport, filter, connections }: Group,
    deliveries: readonly Delivery[],
    all: Partial<Record<Transport, Batch>>,
  ): void {
    const wanted = filter ? deliveries.filter(({ message }) => filter.matches(message)) : deliveries;
    if (wanted.length === 0) return;

    const batch = filter ? encodeBatch(wanted, transport) : (all[transport] ??= encodeBatch(wanted, transport));
    for (const connection of connections) {
      try {
        connection.broadcast(batch);
      } catch (error) {
        letGo(connection, error);
      }
    }
  }
}

/** One that cannot be served is let go of, so that it comes back and resumes; the others have nothing to do with it. */
function letGo(connection: Connection, error: unknown): void {
  tellFailure('a connection', error);
  guarded('the end of a connection', () => connection.terminate(), undefined);
}

function keyOf({ transport, filter }: Connection): string {
  return `${transport} ${filter?.key ?? ''}`;
}
