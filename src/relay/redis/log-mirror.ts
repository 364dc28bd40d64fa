import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Delivery, headingOf, type LoggedHeading } from '../../protocol/messages.js';
import { compareOffsets, withOffset } from '../../protocol/offset.js';
import type { RedisClock } from './redis-clock.js';
import type { Life, LogEntry, RedisLog } from './redis-log.js';
import type { Page } from '../relay.js';
import { Ring, type RingEntry } from '../ring.js';

/** How far an offset may be ahead of what is here: another instance may have shown it a moment earlier, in ms. */
const MAX_AHEAD_MS = 1_000;

/** What an instance that comes late appends again of what a new Redis does not know: the last minute, in ms. */
const LATE_MS = 60_000;

/** Takes each entry of the log once, in log order; `isKnown` where the same id was here before, at another offset. */
export type OnEntry = (id: string, offset: string, delivery: Delivery, isKnown: boolean) => void;

/**
 * This instance's copy of the log: read to the end when the link is made, then followed on the channel. Serves all
 * reads, and gives a Redis that forgot its log what it held.
 */
export class LogMirror {
  /** The name of the log that is followed; `undefined` until the first contact. */
  private life: string | undefined;
  private readonly ring: Ring;
  private readonly openedAt = performance.now();
  /** The newest offset heard of on the channel. */
  private newestHeard = '0-0';
  private following = false;

  constructor(
    options: { historySize: number; historyBytes: number },
    private readonly channels: { events: string; lives: string },
    private readonly clock: RedisClock,
    private readonly onEntry: OnEntry,
  ) {
    this.ring = new Ring(options.historySize, options.historyBytes, '0-0');
  }

  get currentLife(): string {
    return this.life ?? '';
  }

  /** Whether the channel alone is enough to have everything. */
  get isFollowing(): boolean {
    return this.following;
  }

  /** The channel is not to be trusted until the next `catchUp`. */
  stopFollowing(): void {
    this.following = false;
  }

  offsetOf(id: string): string | undefined {
    return this.ring.offsetOf(id);
  }

  /** Whether this offset has gone by here: it will not come again. */
  hasPassed(offset: string): boolean {
    return offset === '' || compareOffsets(offset, this.ring.head) <= 0;
  }

  read({ since, limit }: { since?: string; limit: number }): Omit<Page, 'ahead'> {
    if (this.life === undefined) return { deliveries: [], complete: false };
    const { head } = this.ring;
    if (since === undefined) return { deliveries: this.ring.newest(limit), complete: true, head };

    const now = offsetAt((this.clock.now() ?? 0) + MAX_AHEAD_MS);
    const isPast = compareOffsets(since, head) <= 0 || compareOffsets(since, now) <= 0;
    const complete = isPast && this.ring.reachesBackTo(since);

    return { deliveries: this.ring.after(since, limit), complete, head };
  }

  /** Reads what is missing here, puts back what is missing there, and follows the channel from then on. */
  async catchUp(log: RedisLog): Promise<void> {
    this.following = false;
    let birth: string;

    for (;;) {
      const life = await log.join(randomUUID().slice(0, 8), this.channels.lives);
      if (life.name !== this.life) await this.enter(log, life);
      birth = offsetAt(life.bornAt);
      if (life.settleMs === 0) break;
      await delay(life.settleMs);
    }

    // What was heard meanwhile, and is not in the answer, is in the next one; then the channel goes on from here.
    for (let empty = 0; empty === 0 || (empty < 2 && compareOffsets(this.newestHeard, this.ring.head) > 0);) {
      const entries = await log.after(this.ring.head);
      empty = entries.length > 0 ? 0 : empty + 1;
      for (const entry of entries) this.take(entry);
    }

    // All instances begin alike, for a client that has no event yet and goes on at another one.
    if (this.ring.size === 0) this.ring.prepend([], birth);
    this.following = true;
  }

  /** A logged message came by on the channel. Returns `false` when it shows that something was missed. */
  follow(json: string, offset: string, prev: string): boolean {
    if (compareOffsets(offset, this.newestHeard) > 0) this.newestHeard = offset;
    if (!this.following || compareOffsets(offset, this.ring.head) <= 0) return true;

    if (compareOffsets(prev, this.ring.head) > 0) {
      this.following = false;
      return false;
    }
    const message = messageFrom(json);
    if (message) this.accept(message.id, offset, { message, json });

    return true;
  }

  private async enter(log: RedisLog, life: Life): Promise<void> {
    if (this.life === undefined) await this.begin(log, life);
    else if (life.settleMs === 0) await this.appendAgain(log, life.name, offsetAt(life.now - LATE_MS));
    else await log.refill(life.name, this.ring.all().map(logEntryFrom));

    this.newestHeard = '0-0';
    this.life = life.name;
  }

  private async begin(log: RedisLog, { bornAt, settleMs, now }: Life): Promise<void> {
    const { entries, isAll } = await log.newest();
    // What is newer than this instance is for the connections that are here already.
    const openedAt = offsetAt(now - (performance.now() - this.openedAt));
    const past = entries.flatMap(ringEntryFrom).filter(({ offset }) => compareOffsets(offset, openedAt) <= 0);
    const floor = past[0]?.offset ?? openedAt;
    const birth = offsetAt(bornAt);

    // Before the first of all there was none, once nobody puts back any more.
    const isFirst = isAll && settleMs === 0 && compareOffsets(birth, floor) < 0;
    this.ring.prepend(past, isFirst ? birth : floor);
  }

  /** Others have gone on already, so what only this instance has gets a new place at the end. */
  private async appendAgain(log: RedisLog, life: string, from: string): Promise<void> {
    const recent = this.ring.all().filter(({ offset }) => compareOffsets(offset, from) > 0);
    const missing = await log.missing(recent.map(logEntryFrom));

    for (const { id, json } of missing) await log.append(life, { id, json, channel: this.channels.events });
  }

  private take(entry: LogEntry): void {
    const [parsed] = ringEntryFrom(entry);
    if (parsed) this.accept(parsed.id, parsed.offset, parsed.delivery);
  }

  private accept(id: string, offset: string, delivery: Delivery): void {
    const isKnown = this.ring.offsetOf(id) !== undefined;
    this.ring.append(id, offset, delivery);
    this.onEntry(id, offset, delivery, isKnown);
  }
}

function ringEntryFrom({ id, offset, json: base }: LogEntry): RingEntry[] {
  const json = withOffset(base, offset);
  const message = messageFrom(json);

  return message ? [{ id, offset, delivery: { message, json } }] : [];
}

function offsetAt(ms: number): string {
  return `${Math.floor(ms)}-0`;
}

/** `undefined` for what somebody else has written to the log: it is not ours to deliver. */
function messageFrom(json: string): LoggedHeading | undefined {
  try {
    return headingOf(JSON.parse(json) as LoggedHeading);
  } catch {
    return undefined;
  }
}

function logEntryFrom({ id, offset, delivery: { json } }: RingEntry): LogEntry {
  const end = `,"offset":"${offset}"}`;

  return { id, offset, json: `${json.slice(0, -end.length)}}` };
}
