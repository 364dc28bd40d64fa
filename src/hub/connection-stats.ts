import type { MessageKind } from '../protocol/messages.js';
import type { Connection } from '../connection/connection.js';
import type { Eviction, Traffic } from '../connection/connection-info.js';
import type { Transport } from '../connection/prepared-frame.js';
import type { Refusal } from './connection-limit.js';

/** What went on at this instance since the start; what is there now is `open`, bytes and `heldBack`. */
export interface Counts extends Traffic {
  open: Record<Transport, number>;
  accepted: Record<Transport, number>;
  /**
   * By close code. Codes that clients make up are `other`, so that there are few; `none` is the end of a stream, or of
   * one that has no code.
   */
  closed: ReadonlyMap<string, number>;
  /** Connections that this side gave up, by cause. */
  evicted: Readonly<Record<Eviction, number>>;
  /** Those that were not let in, by cause. */
  refused: Readonly<Record<Refusal, number>>;
  /** Messages that came to the connections here, from whichever instance. */
  broadcast: Readonly<Record<MessageKind, number>>;
}

/** RFC 6455 section 7.4.2: from here on, codes are anybody's. */
const FIRST_FREE_CODE = 3_000;

/** Counts by plain numbers: whoever wants to know adds up the connections, not whoever sends. */
export class Tally {
  readonly broadcast: Record<MessageKind, number> = { event: 0, overlay: 0, telemetry: 0, custom: 0 };
  private readonly accepted: Record<Transport, number> = { websocket: 0, sse: 0 };
  private readonly closed = new Map<string, number>();
  private readonly evicted: Record<Eviction, number> = { queue: 0, total: 0, stalled: 0, frames: 0, acks: 0 };
  /** Of those that have left. */
  private readonly gone = traffic();

  joined({ transport }: Connection): void {
    this.accepted[transport]++;
  }

  /** @param clientCode what the client closed with, where this side did not close first */
  left(connection: Connection, clientCode: number | undefined): void {
    const code = labelOf(connection.closeCode, clientCode);
    this.closed.set(code, (this.closed.get(code) ?? 0) + 1);
    if (connection.eviction) this.evicted[connection.eviction]++;
    connection.addTo(this.gone);
  }

  /** @param connections those that are here now */
  counts(connections: Iterable<Connection>): Omit<Counts, 'refused'> {
    const { sent, conflated, throttled } = this.gone;
    // What waited for those that have left waits no more.
    const total = { ...traffic(), sent, conflated, throttled };
    const open: Record<Transport, number> = { websocket: 0, sse: 0 };
    for (const connection of connections) {
      open[connection.transport]++;
      connection.addTo(total);
    }

    const { accepted, closed, evicted, broadcast } = this;
    return { ...total, open, accepted, closed, evicted, broadcast };
  }
}

function traffic(): Traffic {
  return { sent: 0, conflated: 0, queuedBytes: 0, unreadBytes: 0, heldBack: 0, throttled: 0 };
}

function labelOf(ownCode: number | undefined, clientCode: number | undefined): string {
  if (ownCode !== undefined) return String(ownCode);
  if (clientCode === undefined) return 'none';

  return clientCode < FIRST_FREE_CODE ? String(clientCode) : 'other';
}
