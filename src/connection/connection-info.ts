import type { FilterLists } from '../protocol/messages.js';
import type { Transport } from './prepared-frame.js';

/** What a connection tells of itself; `GET /api/connections` shows it. */
export interface ConnectionInfo {
  id: string;
  transport: Transport;
  /** ISO 8601, UTC */
  connected_at: string;
  remote_address: string;
  /** What it asked to get; absent when that is everything. */
  filter?: FilterLists;
  /** Messages written to it. */
  sent: number;
  /** States that a newer one took the place of before they were written. */
  conflated: number;
  /** Bytes that wait in this process for the client to read. */
  buffered: number;
  /** Bytes written that it is not known to have read. */
  unread?: number;
  /** How many bytes may be unread now; it follows how fast the client reads. */
  window?: number;
  /** How fast it reads, in bytes a second; absent until it is known. */
  delivery_rate?: number;
  /** Best round trip, in ms; absent until it is known. */
  round_trip_ms?: number;
}

/** What some connections were sent, and what they have not read yet. */
export interface Traffic {
  /** Messages written. */
  sent: number;
  /** States that a newer one took the place of before they were written. */
  conflated: number;
  /** Bytes that wait in this process. */
  queuedBytes: number;
  /** Bytes written that are not known to have been read. */
  unreadBytes: number;
  /** Connections for which something waits, since they read too slowly. */
  heldBack: number;
  /** How often one was not read for a while, since it sent too much. */
  throttled: number;
}

/**
 * Why this side gave a client up:
 *
 * - `queue`: more waited for it than `MAX_QUEUE_BYTES`
 * - `total`: more waited for all than this process may hold, and most of it for this one
 * - `stalled`: it read nothing for too long, while something waited
 * - `frames`: it sent too much, or in too many pieces
 * - `acks`: it acknowledged more than it was sent
 */
export type Eviction = 'queue' | 'total' | 'stalled' | 'frames' | 'acks';
