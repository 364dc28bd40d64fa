import { createHash } from 'node:crypto';
import type { RedisClient } from '../../redis/redis-client.js';

/**
 * The steps that must be one in Redis. All keys share one hash tag, so a Cluster keeps them on one node.
 *
 * - `log` the stream: entries `{id, json}`; the entry's own id is the offset
 * - `ids` a sorted set: what was ever appended, by time, longer than the log itself; makes appending idempotent
 * - `meta` a hash: `life` names this log; it changes when Redis restarted, failed over or was wiped. `settle_until`:
 *   for a while after that nothing new is appended, so that the instances can put back what was forgotten
 */
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

/** How long a new life of the log waits for the instances to put back what they hold, in ms. */
export const SETTLE_MS = 1_000;

const NOW = `local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)`;

/** How long the log still settles, in ms. One that seems to take longer is over: the clock of Redis was set back. */
const LEFT = (settleUntil: string): string => `
  local left = (tonumber(${settleUntil}) or 0) - now
  if left < 0 or left > ${SETTLE_MS} then left = 0 end`;

const TOP = `
  local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
  local top = last[1] and last[1][1] or '0-0'`;

/**
 * What each instance has heard of the same kind, counted: the first to come further than all others has the word. One that
 * begins to listen begins where the count was then, or it would keep quiet until it had heard as much again; for that,
 * the key holds when each of the last hundred was counted.
 */
const HEARD = (key: string, instance: string, listeningSince: string): string => `
    if redis.call('TYPE', ${key}).ok ~= 'hash' then redis.call('DEL', ${key}) end
    local most = tonumber(redis.call('HGET', ${key}, '#')) or 0
    local mine = tonumber(redis.call('HGET', ${key}, ${instance}))
    if not mine then
      mine = most
      local at = redis.call('HGET', ${key}, '@' .. mine)
      while at and tonumber(at) >= tonumber(${listeningSince}) do
        mine = mine - 1
        at = redis.call('HGET', ${key}, '@' .. mine)
      end
    end
    mine = mine + 1
    redis.call('HSET', ${key}, ${instance}, mine)
    redis.call('PEXPIRE', ${key}, 600000)
    if mine <= most then return {'heard'} end
    redis.call('HSET', ${key}, '#', mine, '@' .. mine, now)
    redis.call('HDEL', ${key}, '@' .. (mine - 100))`;

/**
 * KEYS log ids meta idempotency heard | life id json max channel keep-ms instance listening-since. A key that is `meta` again
 * is unused
 */
const APPEND = `
  ${NOW}
  local meta = redis.call('HMGET', KEYS[3], 'life', 'settle_until')
  ${LEFT('meta[2]')}
  if meta[1] ~= ARGV[1] or left > 0 then return {'moved'} end
  local held = KEYS[4] ~= KEYS[3] and redis.pcall('GET', KEYS[4])
  if type(held) ~= 'string' then held = nil end
  if held and string.match(held, ' (.*)$') ~= ARGV[2] then return {'reused'} end
  local at = redis.call('ZSCORE', KEYS[2], ARGV[2]) or (held and string.match(held, '^%d+'))
  if at then
    for _, entry in ipairs(redis.call('XRANGE', KEYS[1], at, at)) do
      if entry[2][2] == ARGV[2] then return {'known', entry[1]} end
    end
    return {'known', ''}
  end
  if KEYS[5] ~= KEYS[3] then${HEARD('KEYS[5]', 'ARGV[7]', 'ARGV[8]')}
  end
  ${TOP}
  local offset = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], '*', 'id', ARGV[2], 'json', ARGV[3])
  local ms = string.match(offset, '^%d+')
  redis.call('ZADD', KEYS[2], ms, ARGV[2])
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -(10 * ARGV[4]) - 1)
  if KEYS[4] ~= KEYS[3] then redis.call('SET', KEYS[4], ms .. ' ' .. ARGV[2], 'PX', ARGV[6]) end
  redis.call('PUBLISH', ARGV[5], string.sub(ARGV[3], 1, -2) .. ',"offset":"' .. offset .. '","prev":"' .. top
    .. '","log":"' .. ARGV[1] .. '"}')
  return {'appended', offset}`;

/** KEYS heard | instance listening-since */
const CLAIM = `
  ${NOW}${HEARD('KEYS[1]', 'ARGV[1]', 'ARGV[2]')}
  return {'first'}`;

/**
 * KEYS log ids meta | new-life channel: begins a new life of the log where Redis is not the one it was. An empty log begins
 * at the time of its birth, so that offsets rise from there also where the clock of Redis is set back.
 */
const JOIN = `
  ${NOW}
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
  local meta = redis.call('HMGET', KEYS[3], 'life', 'run', 'settle_until')
  if not meta[1] or meta[2] ~= run then
    meta = {ARGV[1], run, now + ${SETTLE_MS}}
    redis.call('HSET', KEYS[3], 'life', meta[1], 'run', run, 'settle_until', meta[3])
    ${TOP}
    if top == '0-0' then redis.pcall('XADD', KEYS[1], 'MAXLEN', 0, now .. '-0', 'id', '', 'json', '') end
    redis.call('PUBLISH', ARGV[2], ARGV[1])
  end
  ${LEFT('meta[3]')}
  return {meta[1], left, now, math.max(${SETTLE_MS}, left > 0 and now + left or math.min(now, tonumber(meta[3]) or now))}`;

/** KEYS ids | id…: gives the positions, from 0, of those that were never appended */
const MISSING = `
  local missing = {}
  for i, id in ipairs(ARGV) do
    if not redis.call('ZSCORE', KEYS[1], id) then missing[#missing + 1] = i - 1 end
  end
  return missing`;

/** KEYS log ids meta | life max (offset id json)…: puts back what Redis forgot, at its old place */
const REFILL = `
  ${NOW}
  local meta = redis.call('HMGET', KEYS[3], 'life', 'settle_until')
  ${LEFT('meta[2]')}
  if meta[1] ~= ARGV[1] or left == 0 then return 0 end
  ${TOP}
  local function parts(offset)
    local ms, n = string.match(offset, '^(%d+)-(%d+)$')
    return tonumber(ms), tonumber(n)
  end
  local function before(a, b)
    local aMs, aN = parts(a.offset)
    local bMs, bN = parts(b.offset)
    return aMs < bMs or (aMs == bMs and aN < bN)
  end
  local entries, seen, must_rebuild = {}, {}, false
  for i = 3, #ARGV, 3 do
    local entry = {offset = ARGV[i], id = ARGV[i + 1], json = ARGV[i + 2]}
    if not redis.call('ZSCORE', KEYS[2], entry.id) then
      entries[#entries + 1] = entry
      if not before({offset = top}, entry) then must_rebuild = true end
    end
  end
  local added = #entries
  if added == 0 then return 0 end
  if must_rebuild or top == '0-0' then
    for _, e in ipairs(entries) do seen[e.offset] = true end
    for _, e in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do
      if not seen[e[1]] then entries[#entries + 1] = {offset = e[1], id = e[2][2], json = e[2][4]} end
    end
    redis.call('DEL', KEYS[1])
  end
  table.sort(entries, before)
  for _, e in ipairs(entries) do
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], e.offset, 'id', e.id, 'json', e.json)
    redis.call('ZADD', KEYS[2], string.match(e.offset, '^%d+'), e.id)
  end
  return added`;

/**
 * KEYS meta instances log ids scratch | channel nonce origin connections ttl-ms instance: the life, the time, and the
 * connections of the others. Does what `APPEND` does, with no effect on the log, so that a refusal shows before a message
 * meets it.
 */
const PROBE = `
  ${NOW}
  redis.call('SET', KEYS[5], '', 'PX', ARGV[5])
  redis.call('GET', KEYS[5])
  redis.call('DEL', KEYS[5])
  redis.call('XADD', KEYS[5], 'MAXLEN', '~', 1, '*', 'id', '')
  redis.call('PEXPIRE', KEYS[5], ARGV[5])
  redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)
  redis.call('ZADD', KEYS[4], 'XX', 0, '')
  redis.call('ZREMRANGEBYRANK', KEYS[4], 1, 0)
  local others = {}
  local all = redis.call('HGETALL', KEYS[2])
  for i = 1, #all, 2 do
    local count, until_ms, id = string.match(all[i + 1], '^(%d+):(%d+):(.+)$')
    if not until_ms or tonumber(until_ms) < now then redis.call('HDEL', KEYS[2], all[i])
    elseif all[i] ~= ARGV[3] then others[#others + 1] = {id, count} end
  end
  redis.call('HSET', KEYS[2], ARGV[3], ARGV[4] .. ':' .. (now + ARGV[5]) .. ':' .. ARGV[6])
  redis.call('PUBLISH', ARGV[1], ARGV[2])
  return {redis.call('HGET', KEYS[1], 'life') or '', now, others}`;

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

export type AppendReply = ['appended', string] | ['known', string] | ['heard'] | ['moved'] | ['reused'];

export const appendScript = new Script<AppendReply>(APPEND);
export const claimScript = new Script<['heard'] | ['first']>(CLAIM);
export const joinScript = new Script<[life: string, settleMs: number, nowMs: number, settleUntilMs: number]>(JOIN);
export const missingScript = new Script<number[]>(MISSING);
export const refillScript = new Script<number>(REFILL);
export const probeScript = new Script<[life: string, nowMs: number, others: [instance: string, connections: string][]]>(
  PROBE,
);
