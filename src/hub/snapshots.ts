import type { Connection } from '../connection/connection.js';
import type { Latest } from './snapshot-store.js';
import { Turns } from './time-sliced-queue.js';

/** A slice is full with the state that reaches this many bytes. */
const SLICE_BYTES = 64 * 1024;

interface Snapshot {
  readonly connection: Connection;
  /** The position up to which it has every state. */
  position: number;
}

/**
 * Brings the newest states to connections that join. Each pulls: it gets a slice, and the next one when it has read that,
 * so one that reads nothing holds no more than a slice. Meanwhile the facts that are broadcast wait behind it, and the
 * states come with the slices, the newest of each.
 */
export class Snapshots {
  private readonly snapshots = new Map<Connection, Snapshot>();
  /** Those that can take a slice now, in order. */
  private readonly ready = new Turns<Snapshot>((snapshot) => this.step(snapshot));
  private readonly sliceBytes: number;

  /** @param flush brings out all that was broadcast: a state that a slice has must not come again */
  constructor(
    private readonly latest: Latest,
    maxQueueBytes: number,
    private readonly flush: () => void,
  ) {
    this.sliceBytes = Math.min(SLICE_BYTES, maxQueueBytes / 4);
  }

  /** Brings it the states after this position, the first of them at once; from the last one on it gets those that come. */
  start(connection: Connection, position: number): void {
    const snapshot = { connection, position };
    this.snapshots.set(connection, snapshot);
    connection.isSnapshotting = true;
    this.step(snapshot);
  }

  delete(connection: Connection): void {
    const snapshot = this.snapshots.get(connection);
    if (!snapshot) return;

    this.snapshots.delete(connection);
    this.ready.delete(snapshot);
  }

  private step(snapshot: Snapshot): void {
    const { connection } = snapshot;
    this.flush();
    const { filter, transport } = connection;
    const wish = { position: snapshot.position, maxBytes: this.sliceBytes, transport, filter };
    const { bytes, messages, position } = this.latest.slice(wish);
    snapshot.position = position;

    if (position < this.latest.position) {
      connection.write(bytes, messages, () => {
        if (this.snapshots.has(connection)) this.ready.add(snapshot);
      });
      return;
    }

    this.delete(connection);
    connection.isSnapshotting = false;
    if (messages > 0) connection.write(bytes, messages);
    else connection.pump();
  }
}
