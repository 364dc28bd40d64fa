import { setTimeout as delay } from 'node:timers/promises';
import { type Delivery, headingOf, isLogged, type LoggedHeading } from '../../protocol/messages.js';
import { compareOffsets, laterOffset, withOffset } from '../../protocol/offset.js';
import { isMessageId, parseIncoming } from '../incoming.js';
import { isContinued, type PastEpoch } from '../lineage.js';
import type { Skipped } from '../skipped.js';
import { isSigned, type LoggedArrival } from './channel.js';
import { LOG_AHEAD_MS } from './lua-log.js';
import type { RedisClock } from './redis-clock.js';
import { type Epoch, epochName, type LogEntry, type RedisLog } from './redis-log.js';
import type { Page, ReadOptions } from '../relay.js';
import { Ring, type RingEntry } from '../ring.js';

/** How far an offset may be ahead of what is here: another instance may have shown it a moment earlier, in ms. */
const MAX_AHEAD_MS = 1_000;

/** An offset that is ahead of what is here for longer than this is of another log: this instance would have it, in ms. */
const MAX_LAG_MS = 10_000;

/** What an instance that comes late appends again of what a new Redis does not know: the last minute, in ms. */
const LATE_MS = 60_000;

/** Most messages that are kept while the log is read. */
const MAX_HEARD = 100;

/** Takes each entry of the log once, in log order; `isKnown` where the same id was here before, at another offset. */
export type OnEntry = (id: string, offset: string, delivery: Delivery, isKnown: boolean) => void;

export interface MirrorOptions {
  historySize: number;
  historyBytes: number;
  maxMessageBytes: number;
  channels: { events: string; epochs: string };
}

/**
 * This instance's copy of the log: read to the end when the link is made, then followed on the channel. Serves all
 * reads, and gives a Redis that forgot its log what it held.
 */
export class LogMirror {
  /** The epoch that is followed, with its secret; empty until the first contact. */
  private token = '';
  private past: readonly PastEpoch[] = [];
  private readonly ring: Ring;
  private readonly openedAt = performance.now();
  /** All of the log up to here has been looked at, whatever it was. */
  private cursor = '0-0';
  /** What came by on the channel while the log is read. */
  private heard: LoggedArrival[] = [];
  private following = false;

  constructor(
    private readonly options: MirrorOptions,
    private readonly clock: RedisClock,
    private readonly skipped: Skipped,
    private readonly onEntry: OnEntry,
  ) {
    this.ring = new Ring(options.historySize, options.historyBytes, '0-0');
  }

  /** Goes with all that is asked of the log; empty until the first contact. */
  get currentToken(): string {
    return this.token;
  }

  /** The name of the epoch, for everybody. */
  get epoch(): string {
    return epochName(this.token);
  }

  /** Whether the channel alone is enough to have everything. */
  get isFollowing(): boolean {
    return this.following;
  }

  /** The channel is not to be trusted until the next `catchUp`. */
  stopFollowing(): void {
    this.following = false;
  }

  /** Another instance may have gone on from an epoch that this one has never seen. */
  learnPast(past: readonly PastEpoch[]): void {
    this.past = past;
  }

  offsetOf(id: string): string | undefined {
    return this.ring.offsetOf(id);
  }

  /** Whether this offset has gone by here: it will not come again. */
  hasPassed(offset: string): boolean {
    return offset === '' || compareOffsets(offset, this.cursor) <= 0;
  }

  read({ since, epoch: asked, limit }: ReadOptions): Omit<Page, 'ahead'> {
    const { token, ring, epoch } = this;
    if (token === '') return { deliveries: [], complete: false };
    const { head } = ring;
    if (since === undefined) return { deliveries: ring.newest(limit), complete: true, head, epoch };

    const complete = ring.reachesBackTo(since) && this.vouchesFor(since, asked);

    return { deliveries: ring.after(since, limit), complete, head, epoch };
  }

  /** Reads what is missing here, puts back what is missing there, and follows the channel from then on. */
  async catchUp(log: RedisLog): Promise<void> {
    this.following = false;
    let epoch = await log.join(this.options.channels.epochs);

    for (;;) {
      // Whoever has nothing to put back reads what the others have.
      if (epoch.settleMs > 0 && (this.token === '' || epoch.token === this.token)) await delay(epoch.settleMs);
      else if (epoch.token !== this.token) await this.enter(log, epoch);
      else break;
      epoch = await log.join(this.options.channels.epochs);
    }
    this.past = epoch.past;
    // What lay between is gone: it is known that this instance has not got it.
    if (compareOffsets(epoch.floor, this.cursor) > 0) this.ring.raiseFloor(epoch.floor);

    // Messages may come faster than answers do: the last answer and what was heard since it was asked for are enough.
    for (let isAtEnd = false; !isAtEnd || !this.goOn();) {
      this.heard = [];
      const { entries, end, hasMore } = await log.after(this.cursor);
      for (const entry of entries) this.take(entry);
      this.cursor = end ?? this.cursor;
      isAtEnd = !hasMore;
    }
  }

  /** Follows the channel from here on. Returns `false` where what was heard meanwhile shows that something is missing. */
  private goOn(): boolean {
    this.following = true;

    return this.heard.splice(0).every((arrival) => this.follow(arrival));
  }

  /** Whether a hub of this log put this on the channel. */
  isOwn(arrival: LoggedArrival): boolean {
    return isSigned(arrival, this.token.slice(this.epoch.length + 1));
  }

  /** Whether no hub can have given out this offset yet. Where the clock of Redis was set back, the log is ahead of it. */
  isFuture(offset: string): boolean {
    const newestMs = Math.max(this.clock.now() ?? Infinity, Number.parseInt(this.cursor, 10));

    return Number.parseInt(offset, 10) > newestMs + LOG_AHEAD_MS;
  }

  /** A logged message of a hub came by on the channel. Returns `false` when it shows that something was missed. */
  follow(arrival: LoggedArrival): boolean {
    const { json, offset, prev } = arrival;
    if (!this.following) {
      // One that is left out shows as a gap, which the log fills.
      if (this.heard.length < MAX_HEARD) this.heard.push(arrival);
      return true;
    }
    if (compareOffsets(offset, this.cursor) <= 0) return true;

    if (compareOffsets(prev, this.cursor) > 0) {
      this.following = false;
      return false;
    }
    this.cursor = offset;
    this.take({ json, offset });

    return true;
  }

  private vouchesFor(offset: string, epoch: string | undefined): boolean {
    const { ring, past } = this;
    const isHere = compareOffsets(offset, ring.head) <= 0;
    const now = this.clock.now() ?? 0;
    const isPast = isHere || compareOffsets(offset, offsetAt(now + MAX_AHEAD_MS)) <= 0;
    if (epoch !== undefined) return isPast && isContinued(past, this.epoch, epoch, offset);
    if (isHere) return ring.hasGiven(offset);

    // Whoever is in step has all but the newest. While Redis is away, another instance may have given out more.
    return isPast && (!this.following || compareOffsets(offset, offsetAt(now - MAX_LAG_MS)) >= 0);
  }

  private async enter(log: RedisLog, epoch: Epoch): Promise<void> {
    const { token, past, ring } = this;
    if (token === '') {
      await this.begin(log, epoch);
    } else {
      const { start: floor, head } = ring;
      const isLate = epoch.settleMs === 0;
      const isWhole = !isLate && (await log.refill(epoch.token, ring.all().map(logEntryFrom)));
      await log.continue(epoch.token, { token, past, floor, head }, isWhole);
      if (!isWhole) await this.appendAgain(log, epoch.token, offsetAt(epoch.now - LATE_MS));
    }

    this.token = epoch.token;
  }

  /** Fills the ring with the newest of the log. */
  private async begin(log: RedisLog, { token, floor, now }: Epoch): Promise<void> {
    // What is newer than this instance is for the connections that are here already.
    const openedAt = offsetAt(now - (performance.now() - this.openedAt));
    const { historySize, historyBytes } = this.options;
    const past: RingEntry[] = [];
    let [bytes, lookedAt] = [0, 0];
    let from: string | undefined;

    do {
      const { entries, count, end } = await log.before(from);
      for (const entry of entries) {
        if (compareOffsets(entry.offset, openedAt) > 0) continue;
        const ringEntry = this.ringEntryFrom(entry, epochName(token));
        if (ringEntry) past.push(ringEntry);
        bytes += entry.json.length;
      }
      lookedAt += count;
      from = end;
      // Rubbish is no reason to read for ever.
    } while (from !== undefined && past.length < historySize && bytes < historyBytes && lookedAt < 4 * historySize);
    past.reverse();

    // All that there is has been read, or else the first of these is the last whose followers are all here.
    this.ring.prepend(past, from === undefined ? floor : laterOffset(floor, past[0]?.offset ?? openedAt));
    this.cursor = this.ring.size > 0 ? this.ring.head : openedAt;
  }

  /** Others have gone on already, so what only this instance has gets a new place at the end. */
  private async appendAgain(log: RedisLog, token: string, from: string): Promise<void> {
    const recent = this.ring.all().filter(({ offset }) => compareOffsets(offset, from) > 0);
    const missing = await log.missing(recent.map(logEntryFrom));

    for (const { id, json } of missing) await log.append(token, { id, json, channel: this.options.channels.events });
  }

  private take(entry: Omit<LogEntry, 'id'> & { id?: string }): void {
    const taken = this.ringEntryFrom(entry);
    if (!taken) return;

    const { id, offset, delivery } = taken;
    const isKnown = this.ring.offsetOf(id) !== undefined;
    this.ring.append(id, offset, delivery);
    this.onEntry(id, offset, delivery, isKnown);
  }

  /** `undefined`, and counted, for what somebody else has written to the log: it is not ours to deliver. */
  private ringEntryFrom(entry: Omit<LogEntry, 'id'> & { id?: string }, epoch = this.epoch): RingEntry | undefined {
    const { offset, json, id } = entry;
    const incoming = parseIncoming(json, this.options.maxMessageBytes);
    if ('reason' in incoming) return this.skipped.add(incoming.reason, `entry ${offset}: ${incoming.detail}`);

    const { draft, id: ownId } = incoming;
    if (!isMessageId(ownId) || (id !== undefined && id !== ownId) || !isLogged(draft)) {
      return this.skipped.add('entry', `entry ${offset} of the log`);
    }
    const message = { ...draft, id: ownId } as unknown as LoggedHeading;
    const delivery = {
      message: headingOf(message, offset),
      json: withOffset(JSON.stringify(message), offset),
      epoch,
    };

    return { id: ownId, offset, delivery };
  }
}

function offsetAt(ms: number): string {
  return `${Math.floor(ms)}-0`;
}

function logEntryFrom({ id, offset, delivery: { json } }: RingEntry): LogEntry {
  const end = `,"offset":"${offset}"}`;

  return { id, offset, json: `${json.slice(0, -end.length)}}` };
}
