import { CLOSE } from '../protocol/close-codes.js';
import { conflationKeyOf, isLogged } from '../protocol/messages.js';
import type { Delivery, Page, Relay } from '../relay/relay.js';
import type { Connection } from './connection.js';
import { encodeDelivery } from './encode.js';

/** Most messages that are read from the log for one slice. */
const SLICE_MESSAGES = 200;

/** A slice is full with the message that reaches this many bytes. */
const SLICE_BYTES = 64 * 1024;

/** How long replays may keep the event loop before it turns, in ms. */
const TURN_MS = 5;

/** One connection that is being brought up to date. */
interface Replay {
  readonly connection: Connection;
  /** The offset up to which it has everything. */
  cursor: string;
  /** Ids of what it got ahead of the log: that comes by again, now with an offset. */
  readonly ahead: Set<string>;
  /** The newest state of each key since it began. */
  readonly latest: Map<string, Delivery>;
}

/**
 * Brings the past to connections that resume. Each pulls: it gets a slice of the log, and the next one when the kernel
 * has taken that, so a slow one holds no more than a slice and nobody waits for another's whole replay. Meanwhile it is
 * not among those who follow live; it is when a slice comes back empty, in the same turn, so nothing falls in between.
 */
export class Replays {
  private readonly replays = new Map<Connection, Replay>();
  /** Those that can take a slice now, in order. */
  private readonly ready = new Set<Replay>();
  private isScheduled = false;
  private readonly sliceBytes: number;

  constructor(
    private readonly relay: Relay,
    maxQueueBytes: number,
    private readonly onCaughtUp: (connection: Connection) => void,
  ) {
    this.sliceBytes = Math.min(SLICE_BYTES, maxQueueBytes / 4);
  }

  start(connection: Connection, since: string): void {
    const replay = { connection, cursor: since, ahead: new Set<string>(), latest: new Map<string, Delivery>() };
    this.replays.set(connection, replay);
    this.makeReady(replay);
  }

  delete(connection: Connection): void {
    const replay = this.replays.get(connection);
    if (!replay) return;

    this.replays.delete(connection);
    this.ready.delete(replay);
  }

  /** Keeps what the log will not bring. */
  onBroadcast(delivery: Delivery): void {
    const { message } = delivery;
    if (this.replays.size === 0 || (isLogged(message) && message.offset !== undefined)) return;

    for (const replay of this.replays.values()) {
      if (isLogged(message)) {
        replay.ahead.add(message.id);
        writeMatching(replay.connection, delivery);
      } else {
        // Set anew, so that the order is that of the newest ones.
        const key = conflationKeyOf(message);
        replay.latest.delete(key);
        replay.latest.set(key, delivery);
      }
    }
  }

  private makeReady(replay: Replay): void {
    if (!this.replays.has(replay.connection)) return;

    this.ready.add(replay);
    if (this.isScheduled) return;

    this.isScheduled = true;
    setImmediate(this.turn);
  }

  /** One slice for each in turn, for as long as a turn may take. */
  private readonly turn = (): void => {
    const end = performance.now() + TURN_MS;
    for (const replay of this.ready) {
      this.ready.delete(replay);
      this.step(replay);
      if (performance.now() >= end) break;
    }

    this.isScheduled = this.ready.size > 0;
    if (this.isScheduled) setImmediate(this.turn);
  };

  private step(replay: Replay): void {
    const { connection } = replay;
    const page = this.relay.read({ since: replay.cursor, limit: SLICE_MESSAGES });
    if (!page.complete) {
      this.delete(connection);
      connection.close(CLOSE.slowConsumer);
      return;
    }

    const before = replay.cursor;
    const slice = this.sliceOf(replay, page);
    if (slice.length > 0) {
      connection.write(Buffer.concat(slice), slice.length, () => this.makeReady(replay));
    } else if (replay.cursor !== before) {
      this.makeReady(replay);
    } else {
      this.delete(connection);
      for (const delivery of replay.latest.values()) writeMatching(connection, delivery);
      this.onCaughtUp(connection);
    }
  }

  /** Moves the cursor over what fits a slice, and gives what of it the connection wants. */
  private sliceOf(replay: Replay, { deliveries }: Page): Buffer[] {
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

function writeMatching(connection: Connection, delivery: Delivery): void {
  const { filter, transport } = connection;
  if (!filter || filter.matches(delivery.message)) connection.write(encodeDelivery(delivery, transport));
}
