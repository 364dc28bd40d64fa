import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { getHeapStatistics } from 'node:v8';
import { Logger } from '@nestjs/common';
import { HubError } from '../protocol/errors.js';

/** What a connection may take of the heap, in bytes, several times what it does: where nothing else is said, that is the limit. */
const HEAP_BYTES_A_CONNECTION = 16 * 1024;

/** Sockets for producers, probes and those that are told to come later, beside the connections. */
const SPARE_SOCKETS = 512;

/** Descriptors for what is no client: Redis, files. */
const SPARE_DESCRIPTORS = 64;

/** Least time between two lines about one cause, in ms. */
const LOG_EVERY_MS = 60_000;

/**
 * Why somebody was not let in:
 *
 * - `connections`: as many clients are here as may be
 * - `sockets`: as many sockets are open as may be, with those that have sent no request yet
 * - `descriptors`: this process has no more file descriptors for them
 */
export type Refusal = 'connections' | 'sockets' | 'descriptors';

/** How many clients there may be. Those who are here are not touched; who comes is refused in time, not by an error of the system. */
export class ConnectionLimit {
  readonly refused: Record<Refusal, number> = { connections: 0, sockets: 0, descriptors: 0 };
  /** Most connections, by whatever transport. */
  readonly maxConnections: number;
  private readonly maxSockets: number;
  private readonly isByDescriptors: boolean;
  private readonly log = new Logger('Connections');
  private readonly loggedAt: Partial<Record<Refusal, number>> = {};
  private isOut = false;

  /** @param configured where it is not, the heap and the file descriptors are the limit */
  constructor(configured: number | undefined) {
    const wanted = configured ?? Math.floor(getHeapStatistics().heap_size_limit / HEAP_BYTES_A_CONNECTION);
    const possible = socketsPossible();
    this.isByDescriptors = wanted + SPARE_SOCKETS > possible;
    this.maxSockets = Math.min(possible, wanted + SPARE_SOCKETS);
    this.maxConnections = Math.min(wanted, Math.ceil(possible - Math.min(SPARE_SOCKETS, possible / 4)));
  }

  /** @throws HubError `TOO_MANY_CONNECTIONS` when so many are open that no other may come */
  check(open: number): void {
    if (open < this.maxConnections) return;

    this.refuse('connections', `${open} connections are open, which is the limit (MAX_CONNECTIONS)`);
    throw new HubError('TOO_MANY_CONNECTIONS', `${this.maxConnections} connections are open, which is the limit`);
  }

  /** Bounds the sockets of this server, those without a request too; not where its host has set a bound of its own. */
  guard(server: Server): void {
    // Node's types say that it is always there.
    if ((server.maxConnections as number | undefined) !== undefined) return;

    server.maxConnections = this.maxSockets;
    server.on('drop', () => {
      if (this.isByDescriptors)
        this.refuse('descriptors', `${this.maxSockets} sockets are open, more than ulimit -n has room for`);
      else
        this.refuse(
          'sockets',
          `${this.maxSockets} sockets are open, which is the limit (MAX_CONNECTIONS and ${SPARE_SOCKETS})`,
        );
    });
  }

  /** Looks whether there are file descriptors: without any, the system takes and closes every socket, and tells nobody. */
  probe(): void {
    try {
      closeSync(openSync('/dev/null', 'r'));
      if (this.isOut) this.log.log('there are file descriptors again');
      this.isOut = false;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      this.isOut = code === 'EMFILE' || code === 'ENFILE';
      if (this.isOut) this.refuse('descriptors', `no file descriptor is left (${code}): raise ulimit -n`);
    }
  }

  private refuse(reason: Refusal, why: string): void {
    this.refused[reason]++;
    const now = performance.now();
    if (now - (this.loggedAt[reason] ?? -Infinity) < LOG_EVERY_MS) return;

    this.loggedAt[reason] = now;
    this.log.warn(`refusing new connections: ${why}`);
  }
}

/** As many sockets as this process has file descriptors for; no bound where the system does not tell. */
function socketsPossible(): number {
  try {
    // Node has raised the soft limit to the hard one.
    const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? [];
    if (limit === undefined) return Infinity;

    const left = Number(limit) - readdirSync('/proc/self/fd').length;
    return Math.max(1, Math.floor(left - Math.min(SPARE_DESCRIPTORS, left / 4)));
  } catch {
    return Infinity;
  }
}
