import type { MessageKind } from '../protocol/messages.js';
import type { Connection, Traffic } from '../connection/connection.js';
import type { Transport } from '../connection/prepared-frame.js';

/** What went on at this instance since the start; what is there now is `open`, bytes and `heldBack`. */
export interface Counts extends Traffic {
  open: Record<Transport, number>;
  accepted: Record<Transport, number>;
  /**
   * By close code. Codes that clients make up are `other`, so that there are few; `none` is the end of a stream, or of
   * one that has no code.
   */
  closed: ReadonlyMap<string, number>;
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
  /** Of those that have left. */
  private readonly gone = traffic();

  joined({ transport }: Connection): void {
    this.accepted[transport]++;
  }

  /** @param clientCode what the client closed with, where this side did not close first */
  left(connection: Connection, clientCode: number | undefined): void {
    const code = labelOf(connection.closeCode, clientCode);
    this.closed.set(code, (this.closed.get(code) ?? 0) + 1);
    connection.addTo(this.gone);
  }

  /** @param connections those that are here now */
  counts(connections: Iterable<Connection>): Counts {
    const { sent, conflated } = this.gone;
    // What waited for those that have left waits no more.
    const total = { ...traffic(), sent, conflated };
    const open: Record<Transport, number> = { websocket: 0, sse: 0 };
    for (const connection of connections) {
      open[connection.transport]++;
      connection.addTo(total);
    }

    return { ...total, open, accepted: this.accepted, closed: this.closed, broadcast: this.broadcast };
  }
}

function traffic(): Traffic {
  return { sent: 0, conflated: 0, queuedBytes: 0, unreadBytes: 0, heldBack: 0 };
}

function labelOf(ownCode: number | undefined, clientCode: number | undefined): string {
  if (ownCode !== undefined) return String(ownCode);
  if (clientCode === undefined) return 'none';

  return clientCode < FIRST_FREE_CODE ? String(clientCode) : 'other';
}
