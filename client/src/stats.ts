import type { HubMessage, PongMessage } from '../../src/protocol/messages.js';
import { parseTimestamp } from './timestamp.js';
import type { HubStats } from './types.js';

/** Over how many seconds the rate is counted, the current one included. */
const RATE_SECONDS = 5;

/** What the client has counted; `stats` of the client is a picture of it. */
export class Counters {
  received = 0;
  duplicates = 0;
  dropped = 0;
  /** -1 before the first connection. */
  reconnects = -1;
  rttMs: number | undefined;
  clockOffsetMs: number | undefined;
  /** Of the connections before, and of this one. */
  private conflatedBefore = 0;
  private conflatedNow = 0;
  private bestRttMs = Infinity;
  private timed: { message: HubMessage; at: number } | undefined;
  private readonly startedAt = performance.now();
  private readonly perSecond = Array.from({ length: RATE_SECONDS }, () => ({ second: -1, count: 0 }));

  /** @param isPast whether it was brought later, and so tells nothing of how long messages take */
  count(message: HubMessage, isPast: boolean): void {
    this.received++;
    // The time in it is read when somebody asks.
    if (!isPast && ('offset' in message || 'timestamp' in message.data)) this.timed = { message, at: Date.now() };

    const second = this.second();
    const slot = this.perSecond[second % RATE_SECONDS];
    if (!slot) return;
    if (slot.second !== second) Object.assign(slot, { second, count: 0 });
    slot.count++;
  }

  /** A new connection, maybe to another instance: the first or one more. */
  connected(): void {
    this.reconnects++;
    this.conflatedBefore += this.conflatedNow;
    this.conflatedNow = 0;
    this.bestRttMs = Infinity;
  }

  /** What a pong tells of the connection. */
  measure({ server_time, conflated = 0 }: PongMessage['data'], rttMs: number): void {
    this.conflatedNow = conflated;
    this.rttMs = rttMs;

    // A pong that a busy page was late to handle says little of the clock. The best one counts less and less.
    this.bestRttMs = Math.min(rttMs, this.bestRttMs * 1.5);
    if (rttMs === this.bestRttMs) this.clockOffsetMs = Date.parse(server_time) + rttMs / 2 - Date.now();
  }

  stats(): HubStats {
    const { received, duplicates, dropped, rttMs, clockOffsetMs } = this;
    const conflated = this.conflatedBefore + this.conflatedNow;

    return {
      received,
      duplicates,
      dropped,
      conflated,
      reconnects: Math.max(0, this.reconnects),
      rttMs,
      clockOffsetMs,
      ageMs: this.age(),
      messagesPerSecond: this.rate(),
    };
  }

  private second(): number {
    return Math.floor((performance.now() - this.startedAt) / 1000);
  }

  private rate(): number {
    const now = this.second();
    const recent = this.perSecond.filter(({ second }) => second > now - RATE_SECONDS);
    const seconds = Math.min(RATE_SECONDS - 1, now) + (((performance.now() - this.startedAt) / 1000) % 1);

    return recent.reduce((sum, { count }) => sum + count, 0) / Math.max(1, seconds);
  }

  private age(): number | undefined {
    const { timed, clockOffsetMs = 0 } = this;
    if (!timed) return undefined;

    const sentAt = timeOf(timed.message);
    return Number.isNaN(sentAt) ? undefined : Math.max(0, timed.at + clockOffsetMs - sentAt);
  }
}

/** When the message was made, as it says itself, else when it was logged: ms since 1970; `NaN` where it tells neither. */
function timeOf(message: HubMessage): number {
  const stamp = parseTimestamp(message.data['timestamp']);
  if (stamp?.hasZone) return stamp.at;

  return 'offset' in message && message.offset ? parseInt(message.offset) : NaN;
}
