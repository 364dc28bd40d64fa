import { createHash } from 'node:crypto';
import type { RedisClient } from '../../redis/redis-client.js';
import { APPEND, CLAIM, CONTINUE, JOIN, MISSING, PROBE, READ, REFILL } from './lua.js';

/** All keys share one hash tag, so a Cluster keeps them on one node. */
export interface LogKeys {
  readonly log: string;
  readonly ids: string;
  readonly meta: string;
  /** Number of connections and expiry of each instance. */
  readonly instances: string;
  /** Begin of a key for each `Idempotency-Key` in use: when it was first used, in ms, and for which fingerprint. */
  readonly idempotency: string;
  /** Begin of a key for each message that all instances heard from a bus. */
  readonly heard: string;
  /** What a probe writes, to see that it may. */
  readonly scratch: string;
}

export function logKeys(prefix: string): LogKeys {
  const tag = `{${prefix}}`;

  return {
    log: `${tag}:log`,
    ids: `${tag}:ids`,
    meta: `${tag}:meta`,
    instances: `${tag}:instances`,
    idempotency: `${tag}:key:`,
    heard: `${tag}:heard:`,
    scratch: `${tag}:scratch`,
  };
}

/** A Lua script, run by its hash. */
export class Script<Result> {
  private readonly sha: string;

  constructor(private readonly lua: string) {
    this.sha = createHash('sha1').update(lua).digest('hex');
  }

  /** Runs by hash only: falling back to the text would let later calls overtake this one. */
  run(client: RedisClient, keys: readonly string[], args: readonly (string | number)[]): Promise<Result> {
    return client.evalsha(this.sha, keys.length, ...keys, ...args) as Promise<Result>;
  }

  /** Runs by text, which also leaves the hash in Redis. */
  load(client: RedisClient, keys: readonly string[], args: readonly (string | number)[]): Promise<Result> {
    return client.eval(this.lua, keys.length, ...keys, ...args) as Promise<Result>;
  }
}

export type AppendReply =
  | [outcome: 'appended', offset: string, purged: number]
  | [outcome: 'known', offset: string]
  | [outcome: 'heard' | 'moved' | 'reused'];
export type JoinReply = [epoch: string, settleMs: number, nowMs: number, floor: string, past: string, purged: number];
export type ReadItem = [offset: string, id: string, json: string] | [offset: string, why: 'entry' | 'size'];
export type ReadReply = [hasMore: number, page: ReadItem[]];
export type ProbeReply = [
  epoch: string,
  nowMs: number,
  others: [instance: string, connections: string][],
  rubbish: number,
  past: string,
];

export const appendScript = new Script<AppendReply>(APPEND);
export const claimScript = new Script<['heard'] | ['first']>(CLAIM);
export const continueScript = new Script<number>(CONTINUE);
export const joinScript = new Script<JoinReply>(JOIN);
export const missingScript = new Script<number[]>(MISSING);
export const probeScript = new Script<ProbeReply>(PROBE);
export const readScript = new Script<ReadReply>(READ);
export const refillScript = new Script<number>(REFILL);
