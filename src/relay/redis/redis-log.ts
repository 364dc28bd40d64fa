import { createHash } from 'node:crypto';
import type { RedisClient } from '../../redis/redis-client.js';
import type { RedisClock } from './redis-clock.js';
import {
  type AppendReply,
  appendScript,
  claimScript,
  joinScript,
  type LogKeys,
  logKeys,
  missingScript,
  probeScript,
  refillScript,
  SETTLE_MS,
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
export interface Life {
  readonly name: string;
  readonly bornAt: number;
  /** How long it still settles, in ms: until then the instances put back what they hold. */
  readonly settleMs: number;
  readonly now: number;
}

/** How long an `Idempotency-Key` holds, in ms. */
const IDEMPOTENCY_MS = 120_000;

/** Most entries in one call: a script holds up Redis as long as it runs. */
const CHUNK = 500;

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
    private readonly options: { prefix: string; maxLength: number; origin: string; instanceId: string },
  ) {
    this.keys = logKeys(options.prefix);
  }

  /** The life that the log is in, and how far it is; begins a new one where Redis is a new one. */
  async join(newLife: string, channel: string): Promise<Life> {
    const { log, ids, meta } = this.keys;
    // Leaves the script in Redis, and sees that it can be run there: the empty life is none, so nothing is appended.
    for (const run of ['load', 'run'] as const) {
      await appendScript[run](this.client, [log, ids, meta, meta, meta], ['', '', '', 1, '', 0, '', 0]);
    }
    const askedAt = performance.now();
    const [name, settleMs, now, settledAt] = await joinScript.load(this.client, [log, ids, meta], [newLife, channel]);
    this.hear(now, askedAt);

    return { name, settleMs, now, bornAt: settledAt - SETTLE_MS };
  }

  append(life: string, { id, json, channel, idempotencyKey, heardByAll }: Append): Promise<AppendReply> {
    const { log, ids, meta, heard } = this.keys;
    const keyOfKey = idempotencyKey === undefined ? meta : this.placeOf(idempotencyKey);
    const keyOfHeard = heardByAll === undefined ? meta : heard + heardByAll;

    return appendScript.run(
      this.client,
      [log, ids, meta, keyOfKey, keyOfHeard],
      [life, id, json, this.options.maxLength, channel, IDEMPOTENCY_MS, this.options.origin, this.listeningSince],
    );
  }

  /** Puts back those entries that Redis has forgotten, at their old offsets; only while the log settles. */
  async refill(life: string, entries: readonly LogEntry[]): Promise<void> {
    const { log, ids, meta } = this.keys;

    for (const missing of chunks(await this.missing(entries))) {
      const flat = missing.flatMap(({ offset, id, json }) => [offset, id, json]);
      await refillScript.load(this.client, [log, ids, meta], [life, this.options.maxLength, ...flat]);
    }
  }

  /** Those that are not in the log and never were. */
  async missing(entries: readonly LogEntry[]): Promise<LogEntry[]> {
    const found: LogEntry[] = [];

    for (const chunk of chunks(entries)) {
      const positions = await missingScript.load(
        this.client,
        [this.keys.ids],
        chunk.map(({ id }) => id),
      );
      for (const position of positions) {
        const entry = chunk[position];
        if (entry) found.push(entry);
      }
    }

    return found;
  }

  /** The entries after an offset, oldest first, a bounded number of them. */
  async after(offset: string): Promise<LogEntry[]> {
    return (await this.client.xrange(this.keys.log, `(${offset}`, '+', 'COUNT', CHUNK)).flatMap(entryFrom);
  }

  /** The newest entries, as many as the log keeps, oldest first; and whether that is all there ever were in this life. */
  async newest(): Promise<{ entries: LogEntry[]; isAll: boolean }> {
    const entries = await this.client.xrevrange(this.keys.log, '+', '-', 'COUNT', this.options.maxLength);

    return { entries: entries.flatMap(entryFrom).reverse(), isAll: entries.length < this.options.maxLength };
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

  /** Tells the others how many connections are here, and gives how many they have, by their ids; sends `nonce` around. */
  async probe(
    channel: string,
    nonce: string,
    connections: number,
  ): Promise<{ life: string; others: ReadonlyMap<string, number> }> {
    const { meta, instances, log, ids, scratch } = this.keys;
    const { origin, instanceId } = this.options;
    const askedAt = performance.now();
    const [life, now, others] = await probeScript.load(
      this.client,
      [meta, instances, log, ids, scratch],
      [channel, nonce, origin, connections, PRESENCE_MS, instanceId],
    );
    this.hear(now, askedAt);

    // Ids should differ, but nobody makes them.
    const counts = new Map<string, number>();
    for (const [id, count] of others) counts.set(id, (counts.get(id) ?? 0) + Number(count));

    return { life, others: counts };
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
}

/** How long an instance that says nothing more is counted, in ms. */
const PRESENCE_MS = 7_000;

function entryFrom([offset, fields]: [string, string[]]): LogEntry[] {
  const [, id, , json] = fields;

  return id === undefined || json === undefined ? [] : [{ offset, id, json }];
}

function chunks<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / CHUNK) }, (_, i) => items.slice(i * CHUNK, (i + 1) * CHUNK));
}
