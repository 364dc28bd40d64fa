import { CLOSE } from '../protocol/close-codes.js';
import { type Delivery, isLogged } from '../protocol/messages.js';
import type { Relay } from '../relay/relay.js';
import type { Connection } from '../connection/connection.js';
import { encodeDelivery } from '../connection/prepared-frame.js';
import { Turns } from './time-sliced-queue.js';

/** Most messages that are read from the log for one slice. */
const SLICE_MESSAGES = 200;

/** A slice is full with the message that reaches this many bytes. */
const SLICE_BYTES = 64 * 1024;

/** Most slices for one that asks something in between. */
const HURRY_SLICES = 4;

/** One connection that is being brought up to date. */
interface Replay {
  readonly connection: Connection;
  readonly epoch: string | undefined;
  /** The offset up to which it has everything. */
  cursor: string;
  /** Ids of what it got ahead of the log: that may come by again, with an offset. */
  readonly ahead: Set<string>;
  readonly onCaughtUp: () => void;
}

/**
 * Brings the past to connections that resume. Each pulls: it gets a slice of the log, and the next one when the kernel
 * has taken that, so a slow one holds no more than a slice and nobody waits for another's whole replay. Meanwhile it is
 * not among those who follow live; it is when a slice comes back empty, in the same turn, so nothing falls in between.
 */
export class Replays {
  private readonly replays = new Map<Connection, Replay>();
  /** Those that can take a slice now, in order. */
  private readonly ready = new Turns<Replay>((replay) => this.step(replay));
  private readonly sliceBytes: number;

  constructor(
    private readonly relay: Relay,
    maxQueueBytes: number,
  ) {
    this.sliceBytes = Math.min(SLICE_BYTES, maxQueueBytes / 4);
  }

  /**
   * @param since of the epoch that the log is in
   * @param onCaughtUp called in the turn in which the connection has everything up to now
   */
  start(connection: Connection, since: string, epoch: string | undefined, onCaughtUp: () => void): void {
    const replay = { connection, epoch, cursor: since, ahead: new Set<string>(), onCaughtUp };
    this.replays.set(connection, replay);
    // The first slice at once: the log reaches back to `since` now, and most clients have missed little.
    this.step(replay);
  }

  delete(connection: Connection): void {
    const replay = this.replays.get(connection);
    if (!replay) return;

    this.replays.delete(connection);
    this.ready.delete(replay);
  }

  /** Brings it what it has room for now, so that an answer to it comes behind that. */
  hurry(connection: Connection): void {
    for (let n = 0; n < HURRY_SLICES; n++) {
      const replay = this.replays.get(connection);
      if (!replay) return;

      connection.pump();
      if (!this.ready.delete(replay)) return;
      this.step(replay);
    }
  }

  private makeReady(replay: Replay): void {
    if (this.replays.has(replay.connection)) this.ready.add(replay);
  }

  private step(replay: Replay): void {
    const { connection, epoch } = replay;
    const page = this.relay.read({
      since: replay.cursor,
      ...(epoch !== undefined && { epoch }),
      limit: SLICE_MESSAGES,
    });
    if (!page.complete) {
      this.delete(connection);
      connection.close(CLOSE.slowConsumer);
      return;
    }

    const before = progressOf(replay);
    const slice = this.sliceOf(replay, page.deliveries.length > 0 ? page.deliveries : page.ahead);
    if (slice.length > 0) {
      connection.write(Buffer.concat(slice), slice.length, () => this.makeReady(replay));
    } else if (progressOf(replay) !== before) {
      this.makeReady(replay);
    } else {
      this.delete(connection);
      replay.onCaughtUp();
    }
  }

  /** Moves on over what fits a slice, and gives what of it the connection wants. */
  private sliceOf(replay: Replay, deliveries: readonly Delivery[]): Buffer[] {
    const { transport, filter } = replay.connection;
    const slice: Buffer[] = [];
    let bytes = 0;

    for (const delivery of deliveries) {
      if (bytes >= this.sliceBytes) break;
      const { message } = delivery;
      if (!isLogged(message)) continue;

      if (message.offset !== undefined) replay.cursor = message.offset;
      const isKnown = replay.ahead.has(message.id);
      if (message.offset === undefined) replay.ahead.add(message.id);
      if (isKnown || (filter && !filter.matches(message))) continue;

      const encoded = encodeDelivery(delivery, transport);
      slice.push(encoded);
      bytes += encoded.length;
    }

    return slice;
  }
}

function progressOf({ cursor, ahead }: Replay): string {
  return `${cursor} ${ahead.size}`;
}
