import { createHash, randomBytes } from 'node:crypto';
import type { RedisClient } from '../../redis/redis-client.js';
import { type PastEpoch, parsePast } from '../lineage.js';
import type { Skipped } from '../skipped.js';
import type { RedisClock } from './redis-clock.js';
import {
  type AppendReply,
  appendScript,
  claimScript,
  continueScript,
  joinScript,
  type LogKeys,
  logKeys,
  missingScript,
  probeScript,
  type ReadItem,
  readScript,
  refillScript,
} from './scripts.js';

/** An entry of the log: the message as JSON, without its offset. */
export interface LogEntry {
  readonly offset: string;
  readonly id: string;
  readonly json: string;
}

export interface Append {
  readonly id: string;
  readonly json: string;
  readonly channel: string;
  readonly idempotencyKey?: string;
  /** What all instances heard alike. */
  readonly heardByAll?: string;
}

/** The log from one loss of Redis's memory to the next. Times in ms since 1970, on Redis's clock. */
export interface Epoch {
  /** `<name>.<secret>`: the secret is for the instances only. */
  readonly token: string;
  /** The epochs that it goes on from, oldest first. */
  readonly past: readonly PastEpoch[];
  /** The log is complete after this offset. */
  readonly floor: string;
  /** How long it still settles, in ms: until then the instances put back what they hold. */
  readonly settleMs: number;
  readonly now: number;
}

/** What an instance followed before it came to another epoch. */
export interface Followed {
  readonly token: string;
  readonly past: readonly PastEpoch[];
  /** It has all after this offset, */
  readonly floor: string;
  /** and up to this one. */
  readonly head: string;
}

/** Some entries of the log that came one after the other. */
export interface Stretch {
  readonly entries: LogEntry[];
  /** How many were looked at, whatever they were, and the offset of the last; `undefined` where there was none. */
  readonly count: number;
  readonly end: string | undefined;
  /** Whether the log went on after it, in the direction that was read. */
  readonly hasMore: boolean;
}

/** How long an `Idempotency-Key` holds, in ms. */
const IDEMPOTENCY_MS = 120_000;

/** How long an instance that says nothing more is counted, in ms. */
const PRESENCE_MS = 7_000;

/** Most entries in one call: a script holds up Redis as long as it runs. */
const CHUNK = 500;

/** Most bytes of JSON that one call reads. */
const CHUNK_BYTES = 8 * 1024 * 1024;

export function epochName(token: string): string {
  return token.slice(0, token.indexOf('.'));
}

/** The log in Redis, over one connection. All methods reject when the connection is lost. */
export class RedisLog {
  private readonly keys: LogKeys;
  /** Since when all that is published is heard over this connection, on Redis's clock, in ms. */
  private listeningSince = 0;
  private joined: () => void = () => undefined;
  private readonly firstJoin = new Promise<void>((resolve) => (this.joined = resolve));

  constructor(
    private readonly client: RedisClient,
    private readonly clock: RedisClock,
    private readonly skipped: Skipped,
    private readonly options: {
      prefix: string;
      maxLength: number;
      maxMessageBytes: number;
      origin: string;
      instanceId: string;
    },
  ) {
    this.keys = logKeys(options.prefix);
  }

  /** The epoch that the log is in, and how far it is; begins a new one where Redis is a new one. */
  async join(channel: string): Promise<Epoch> {
    const { log, ids, meta } = this.keys;
    // Leaves the script in Redis, and sees that it can be run there: the empty epoch is none, so nothing is appended.
    for (const run of ['load', 'run'] as const) {
      await appendScript[run](this.client, [log, ids, meta, meta, meta], ['', '', '', 1, '', 0, '', 0]);
    }
    const askedAt = performance.now();
    const newToken = `${randomBytes(6).toString('hex')}.${randomBytes(16).toString('hex')}`;
    const reply = await joinScript.load(this.client, [log, ids, meta], [newToken, channel]);
    const [token, settleMs, now, floor, past, purged] = reply;
    this.hear(now, askedAt);
    this.notePurged(purged);

    return { token, settleMs, now, floor, past: parsePast(past) };
  }

  async append(token: string, { id, json, channel, idempotencyKey, heardByAll }: Append): Promise<AppendReply> {
    const { log, ids, meta, heard } = this.keys;
    const keyOfKey = idempotencyKey === undefined ? meta : this.placeOf(idempotencyKey);
    const keyOfHeard = heardByAll === undefined ? meta : heard + heardByAll;
    const reply = await appendScript.run(
      this.client,
      [log, ids, meta, keyOfKey, keyOfHeard],
      [token, id, json, this.options.maxLength, channel, IDEMPOTENCY_MS, this.options.origin, this.listeningSince],
    );
    if (reply[0] === 'appended') this.notePurged(reply[2]);

    return reply;
  }

  /**
   * Puts back those entries that Redis has forgotten, at their old offsets; only while the log settles. Returns whether all
   * of them are there.
   */
  async refill(token: string, entries: readonly LogEntry[]): Promise<boolean> {
    const { log, ids, meta } = this.keys;

    for (const missing of chunks(await this.missing(entries))) {
      const flat = missing.flatMap(({ offset, id, json }) => [offset, id, json]);
      const isInTime = await refillScript.load(this.client, [log, ids, meta], [token, ...flat]);
      if (isInTime !== 1) return false;
    }

    return true;
  }

  /** Goes on from what this instance has followed; `isWhole` where all that it holds of that is in the log again. */
  async continue(token: string, followed: Followed, isWhole: boolean): Promise<void> {
    const past = followed.past.map(({ name, head, end }) => `${name}:${head}:${end}`).join(' ');
    const { floor, head } = followed;
    await continueScript.load(
      this.client,
      [this.keys.meta],
      [token, epochName(followed.token), past, floor, head, isWhole ? 1 : 0],
    );
  }

  /** Those that are not in the log and never were. */
  async missing(entries: readonly LogEntry[]): Promise<LogEntry[]> {
    const found: LogEntry[] = [];

    for (const chunk of chunks(entries)) {
      const positions = await missingScript.load(
        this.client,
        [this.keys.ids, this.keys.log],
        chunk.flatMap(({ id, offset }) => [id, offset]),
      );
      for (const position of positions) {
        const entry = chunk[position];
        if (entry) found.push(entry);
      }
    }

    return found;
  }

  /** The entries after an offset, oldest first, a bounded number of them. */
  after(offset: string): Promise<Stretch> {
    return this.read('after', offset);
  }

  /** The entries before an offset, newest first, a bounded number of them; without an offset, the newest. */
  before(offset = '+'): Promise<Stretch> {
    return this.read('before', offset);
  }

  /** Takes this key for a message of the class `latest`, unless it was used in the last two minutes. */
  async claim(key: string, fingerprint: string): Promise<'first' | 'repeated' | 'reused'> {
    const place = this.placeOf(key);
    if ((await this.client.set(place, `0 ${fingerprint}`, 'PX', IDEMPOTENCY_MS, 'NX')) !== null) return 'first';
    const held = await this.client.get(place);

    return held === null || held.endsWith(` ${fingerprint}`) ? 'repeated' : 'reused';
  }

  /** Whether this instance is the first of all to have heard this. */
  async claimHeard(fingerprint: string): Promise<boolean> {
    await this.firstJoin;
    const [outcome] = await claimScript.load(
      this.client,
      [this.keys.heard + fingerprint],
      [this.options.origin, this.listeningSince],
    );

    return outcome === 'first';
  }

  /** The token of the epoch that the log is in. */
  async epoch(): Promise<string> {
    return (await this.client.hget(this.keys.meta, 'epoch')) ?? '';
  }

  /** Tells the others how many connections are here, and gives how many they have, by their ids; sends `nonce` around. */
  async probe(
    channel: string,
    nonce: string,
    connections: number,
  ): Promise<{ token: string; past: PastEpoch[]; others: ReadonlyMap<string, number> }> {
    const { meta, instances, log, ids, scratch } = this.keys;
    const { origin, instanceId } = this.options;
    const askedAt = performance.now();
    const [token, now, others, rubbish, past] = await probeScript.load(
      this.client,
      [meta, instances, log, ids, scratch],
      [channel, nonce, origin, connections, PRESENCE_MS, instanceId],
    );
    this.hear(now, askedAt);
    this.skipped.add('record', 'of an instance', rubbish);

    // Ids should differ, but nobody makes them.
    const counts = new Map<string, number>();
    for (const [id, count] of others) counts.set(id, (counts.get(id) ?? 0) + Number(count));

    return { token, past: parsePast(past), others: counts };
  }

  private hear(now: number, askedAt: number): void {
    this.clock.read(now, askedAt);
    this.listeningSince ||= now;
    this.joined();
  }

  /** A key of the client's may be of any form. */
  private placeOf(idempotencyKey: string): string {
    return this.keys.idempotency + createHash('sha256').update(idempotencyKey).digest('hex');
  }

  /** Takes this instance off the count of connections. */
  async leave(): Promise<void> {
    await this.client.hdel(this.keys.instances, this.options.origin);
  }

  private async read(direction: 'after' | 'before', from: string): Promise<Stretch> {
    const { log, meta } = this.keys;
    const { maxMessageBytes } = this.options;
    const [hasMore, page] = await readScript.load(
      this.client,
      [log, meta],
      [direction, from, CHUNK, maxMessageBytes, CHUNK_BYTES],
    );

    return {
      entries: page.flatMap((item) => this.entryFrom(item)),
      count: page.length,
      end: page.at(-1)?.[0],
      hasMore: hasMore === 1,
    };
  }

  private entryFrom([offset, idOrWhy, json]: ReadItem): LogEntry[] {
    if (json !== undefined) return [{ offset, id: idOrWhy, json }];

    this.skipped.add(idOrWhy === 'size' ? 'size' : 'entry', `entry ${offset} of the log`);
    return [];
  }

  private notePurged(count: number): void {
    this.skipped.add('future', 'entries of the log that are ahead of the clock of Redis', count);
  }
}

function chunks<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / CHUNK) }, (_, i) => items.slice(i * CHUNK, (i + 1) * CHUNK));
}
