import type { Filter } from '../protocol/filter.js';
import type { Delivery } from '../relay/relay.js';
import type { Connection } from './connection.js';
import { encodeDelivery, type Transport } from './encode.js';

/** Connections that want the same bytes. */
interface Group {
  readonly transport: Transport;
  readonly filter: Filter | undefined;
  readonly connections: Set<Connection>;
}

/** The connections that follow live, in groups, so that a broadcast asks each filter once and not each connection. */
export class Audience {
  private readonly groups = new Map<string, Group>();

  add(connection: Connection): void {
    const { transport, filter } = connection;
    const key = keyOf(connection);
    const group = this.groups.get(key) ?? { transport, filter, connections: new Set() };

    group.connections.add(connection);
    this.groups.set(key, group);
  }

  /** Returns whether it was there. Its filter must still be the one it was added with. */
  delete(connection: Connection): boolean {
    const key = keyOf(connection);
    const group = this.groups.get(key);
    const wasThere = group?.connections.delete(connection) ?? false;
    if (group?.connections.size === 0) this.groups.delete(key);

    return wasThere;
  }

  /** Encodes once per transport; every connection gets the same bytes. */
  broadcast(delivery: Delivery): void {
    for (const { transport, filter, connections } of this.groups.values()) {
      if (filter && !filter.matches(delivery.message)) continue;

      const bytes = encodeDelivery(delivery, transport);
      for (const connection of connections) connection.write(bytes);
    }
  }
}

function keyOf({ transport, filter }: Connection): string {
  return `${transport} ${filter?.key ?? ''}`;
}
