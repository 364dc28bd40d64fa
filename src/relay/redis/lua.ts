import { LOG, NOW, OFFSETS, SETTLE_MS } from './lua-log.js';

/**
 * The steps that must be one in Redis. Anybody may have written to the keys: nothing that is read from them is trusted, and
 * no value of theirs makes a script fail.
 *
 * - `log` the stream: entries `{id, json}`; the entry's own id is the offset
 * - `ids` a sorted set: what was ever appended, by time, longer than the log itself; makes appending idempotent
 * - `meta` a hash:
 *   - `epoch` `<name>.<secret>` of this generation of the log; it changes when Redis restarted, failed over or was wiped. The
 *     secret signs what is published
 *   - `run` the Redis that this epoch began in, and `begun` the offset that all of its own come after
 *   - `past` the epochs that it goes on from, `<name>:<head>:<end>` with blanks between
 *   - `settle_until` for a while nothing new is appended, so that the instances can put back what was forgotten
 *   - `floor` the log is complete after this offset; `wiped` whether the instances may still put that back
 *   - `last` the newest offset that was given out, and `count` how many entries there are: fewer were deleted by hand
 */

/** Most past epochs that are remembered. */
const MAX_PAST = 16;

/**
 * What each instance has heard of the same kind, counted: only the instance that raises the maximum publishes. One that begins
 * to listen begins where the count was then, or it would keep quiet until it had heard as much again; for that, the key holds
 * when each of the last hundred was counted.
 */
const HEARD = (key: string, instance: string, listeningSince: string): string => `
    local kind = redis.call('TYPE', ${key}).ok
    if kind ~= 'hash' and kind ~= 'none' then redis.call('DEL', ${key}) end
    local function field(name)
      local value = tonumber(redis.call('HGET', ${key}, name))
      return value and value >= 0 and value < 2 ^ 50 and value or nil
    end
    local most, mine = field('#') or 0, field(${instance})
    if not mine then
      mine = most
      local at = field('@' .. mine)
      while at and at >= tonumber(${listeningSince}) and mine > most - 100 do
        mine = mine - 1
        at = field('@' .. mine)
      end
    end
    mine = mine + 1
    redis.call('HSET', ${key}, ${instance}, mine)
    redis.call('PEXPIRE', ${key}, 600000)
    if mine <= most then return {'heard'} end
    redis.call('HSET', ${key}, '#', mine, '@' .. mine, now)
    redis.call('HDEL', ${key}, '@' .. (mine - 100))`;

/**
 * KEYS log ids meta idempotency heard | epoch id json max channel keep-ms instance listening-since. A key that is `meta` again
 * is unused
 */
export const APPEND = `
  ${NOW}${OFFSETS}${LOG}
  local meta = redis.call('HMGET', KEYS[3], 'epoch', 'settle_until', 'floor', 'last', 'count')
  local epoch, secret = string.match(ARGV[1], '^([%w-]+)%.(%w+)$')
  if not epoch or meta[1] ~= ARGV[1] or settling(meta[2]) > 0 then return {'moved'} end
  local held = KEYS[4] ~= KEYS[3] and redis.pcall('GET', KEYS[4])
  local keyMs, keyId = string.match(type(held) == 'string' and #held <= 100 and held or '', '^(%d+) (.+)$')
  if keyId and keyId ~= ARGV[2] then return {'reused'} end
  local known = redis.call('ZSCORE', KEYS[2], ARGV[2]) or keyMs
  if type(known) == 'string' and #known <= 14 and string.match(known, '^%d+$') then
    for _, entry in ipairs(redis.call('XRANGE', KEYS[1], known, known)) do
      if entry[2][2] == ARGV[2] then return {'known', entry[1]} end
    end
    return {'known', ''}
  end
  if KEYS[5] ~= KEYS[3] then${HEARD('KEYS[5]', 'ARGV[7]', 'ARGV[8]')}
  end
  local newest, floor, length = inspect(meta[3], meta[4], meta[5])
  local ms, n = parts(last)
  local offset = now > ms and at(now, 0) or n < 999999999999999 and at(ms, n + 1) or at(ms + 1, 0)
  local function add() return redis.pcall('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], offset, 'id', ARGV[2], 'json', ARGV[3]) end
  local reply = add()
  if type(reply) == 'table' and (string.find(reply.err, 'smaller', 1, true) or string.find(reply.err, 'exhausted', 1, true)) then
    purge()
    length = redis.call('XLEN', KEYS[1])
    reply = add()
  end
  if type(reply) == 'table' then return reply end
  local count = redis.call('XLEN', KEYS[1])
  if count <= length then floor = later(floor, redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1][1]) end
  redis.call('HSET', KEYS[3], 'floor', floor, 'last', offset, 'count', count)
  ms = string.match(offset, '^%d+')
  redis.call('ZADD', KEYS[2], ms, ARGV[2])
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -(10 * ARGV[4]) - 1)
  if KEYS[4] ~= KEYS[3] then redis.call('SET', KEYS[4], ms .. ' ' .. ARGV[2], 'PX', ARGV[6]) end
  local sign = redis.sha1hex(secret .. redis.sha1hex(secret .. offset .. ' ' .. newest .. ' ' .. ARGV[3]))
  redis.call('PUBLISH', ARGV[5], string.sub(ARGV[3], 1, -2) .. ',"offset":"' .. offset .. '","prev":"' .. newest
    .. '","log":"' .. epoch .. '","sign":"' .. sign .. '"}')
  return {'appended', offset, purged}`;

/** KEYS heard | instance listening-since */
export const CLAIM = `
  ${NOW}${HEARD('KEYS[1]', 'ARGV[1]', 'ARGV[2]')}
  return {'first'}`;

/** KEYS log ids meta | new-epoch channel: begins a new epoch of the log where Redis is not the one it was */
export const JOIN = `
  ${NOW}${OFFSETS}${LOG}
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
  local meta = redis.call('HMGET', KEYS[3], 'epoch', 'run', 'settle_until', 'floor', 'last', 'count', 'past')
  local epoch, settle, past = meta[1], meta[3], meta[7] or ''
  local name = #(epoch or '') <= 100 and string.match(epoch or '', '^([%w-]+)%.%w+$')
  local _, floor, length = inspect(meta[4], meta[5], meta[6])
  if not name or meta[2] ~= run then
    local begun = later(at(now, 0), last)
    if name then
      past = (#past < 4000 and past or '') .. ' ' .. name .. ':' .. last .. ':' .. begun
    else
      -- What is there was written by nobody knows whom: all that the instances hold may be put back.
      redis.call('DEL', KEYS[2])
      past, floor = '', begun
    end
    epoch, settle, last = ARGV[1], now + ${SETTLE_MS}, begun
    redis.call('HSET', KEYS[3], 'epoch', epoch, 'run', run, 'begun', begun, 'past', past, 'settle_until', settle,
      'wiped', name and '0' or '1')
    redis.call('PUBLISH', ARGV[2], string.match(epoch, '^[%w-]+'))
  end
  redis.call('HSET', KEYS[3], 'floor', floor, 'last', last, 'count', length)
  return {epoch, settling(settle), now, floor, past, purged}`;

/**
 * KEYS log meta | direction from count max-entry-bytes max-bytes. Gives whether there is more, and entries as
 * `{offset, id, json}`, and as `{offset, why}` what is none. What lies in the future is not read
 */
export const READ = `
  ${NOW}${OFFSETS}
  local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
  local bound = at(latest(given(redis.call('HGET', KEYS[2], 'last'), newest and newest[1])), 999999999999999)
  local entries
  if ARGV[1] == 'after' then
    entries = redis.call('XRANGE', KEYS[1], '(' .. ARGV[2], bound, 'COUNT', ARGV[3])
  else
    entries = redis.call('XREVRANGE', KEYS[1], ARGV[2] == '+' and bound or '(' .. ARGV[2], '-', 'COUNT', ARGV[3])
  end
  local page, bytes, more = {}, 0, #entries == tonumber(ARGV[3])
  for _, entry in ipairs(entries) do
    local offset, f = entry[1], entry[2]
    if #f ~= 4 or f[1] ~= 'id' or f[3] ~= 'json' or #f[2] > 64 or not parts(offset) then
      page[#page + 1] = {offset, 'entry'}
    elseif #f[4] > tonumber(ARGV[4]) then
      page[#page + 1] = {offset, 'size'}
    else
      bytes = bytes + #f[4]
      if bytes > tonumber(ARGV[5]) and #page > 0 then
        more = true
        break
      end
      page[#page + 1] = {offset, f[2], f[4]}
    end
  end
  return {more and 1 or 0, page}`;

/** KEYS ids log | (id offset)…: gives the positions, from 0, of those that were never appended. Who wipes `ids` has not wiped the log */
export const MISSING = `
  local missing = {}
  for i = 1, #ARGV, 2 do
    local id, offset = ARGV[i], ARGV[i + 1]
    if not redis.call('ZSCORE', KEYS[1], id) then
      local entry = redis.call('XRANGE', KEYS[2], offset, offset)[1]
      if entry and entry[2][1] == 'id' and entry[2][2] == id then
        redis.call('ZADD', KEYS[1], string.match(offset, '^%d+'), id)
      else
        missing[#missing + 1] = (i - 1) / 2
      end
    end
  end
  return missing`;

/** KEYS log ids meta | epoch (offset id json)…: puts back what Redis forgot, at its old place; 0 where it is too late for that */
export const REFILL = `
  ${NOW}${OFFSETS}${LOG}
  local meta = redis.call('HMGET', KEYS[3], 'epoch', 'settle_until', 'last')
  if meta[1] ~= ARGV[1] or settling(meta[2]) == 0 then return 0 end
  local newest = top()
  last = later(given(meta[3], newest) or '0-0', newest)
  if not parts(last) then last = '0-0' end
  local entries, seen, must_rebuild = {}, {}, false
  for i = 2, #ARGV, 3 do
    local entry = {ARGV[i], {'id', ARGV[i + 1], 'json', ARGV[i + 2]}}
    if parts(entry[1]) and not redis.call('ZSCORE', KEYS[2], ARGV[i + 1]) then
      entries[#entries + 1] = entry
      last = later(last, entry[1])
      if not parts(newest) or not before(newest, entry[1]) then must_rebuild = true end
    end
  end
  -- Refused here where Redis takes no writes, before anything is taken away.
  redis.call('HSET', KEYS[3], 'last', last)
  local function first(a, b) return before(a[1], b[1]) end
  if must_rebuild then
    for _, e in ipairs(entries) do seen[e[1]] = true end
    for _, e in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do
      if not seen[e[1]] and isSane(e[1]) and #e[2] == 4 then entries[#entries + 1] = e end
    end
    table.sort(entries, first)
    rebuild(entries)
  else
    table.sort(entries, first)
    for _, e in ipairs(entries) do redis.call('XADD', KEYS[1], e[1], unpack(e[2])) end
  end
  for _, e in ipairs(entries) do redis.call('ZADD', KEYS[2], string.match(e[1], '^%d+'), e[2][2]) end
  redis.call('HSET', KEYS[3], 'count', redis.call('XLEN', KEYS[1]))
  return 1`;

/**
 * KEYS meta | epoch old-name old-past floor head is-whole: an instance goes on from an epoch that it followed up to `head`.
 * `is-whole` where all that it held after `floor` is in the log again
 */
export const CONTINUE = `
  ${NOW}${OFFSETS}
  local meta = redis.call('HMGET', KEYS[1], 'epoch', 'settle_until', 'begun', 'past', 'floor', 'wiped')
  if meta[1] ~= ARGV[1] or not parts(meta[3]) then return 0 end
  local isWhole = ARGV[6] == '1' and settling(meta[2]) > 0
  local head, floor = isWhole and ARGV[5] or '0-0', meta[5]
  local past, found = {}, nil
  for name, h, e in string.gmatch(#(meta[4] or '') < 4000 and meta[4] or '', '([%w-]+):(%d+-%d+):(%d+-%d+)') do
    if parts(h) and parts(e) then
      past[#past + 1] = {name, h, e}
      if name == ARGV[2] then found = past[#past] end
    end
  end
  if isWhole and meta[6] == '1' and parts(floor) then
    if #past == 0 then
      floor = ARGV[4]
    elseif found and not before(found[2], ARGV[4]) and not before(ARGV[5], floor) then
      floor = before(floor, ARGV[4]) and floor or ARGV[4]
    else
      floor = later(floor, ARGV[4])
    end
    redis.call('HSET', KEYS[1], 'floor', floor)
  end
  if found then
    found[2] = later(found[2], head)
  else
    if #past == 0 then
      for name, h, e in string.gmatch(ARGV[3], '([%w-]+):(%d+-%d+):(%d+-%d+)') do past[#past + 1] = {name, h, e} end
    end
    past[#past + 1] = {ARGV[2], head, meta[3]}
  end
  local items = {}
  for i = math.max(1, #past - ${MAX_PAST - 1}), #past do items[#items + 1] = table.concat(past[i], ':') end
  redis.call('HSET', KEYS[1], 'past', table.concat(items, ' '))
  return 1`;

/**
 * KEYS meta instances log ids scratch | channel nonce origin connections ttl-ms instance: the epoch, the time, the connections of the others,
 * how many records of instances were none, and the past epochs. Does what `APPEND` does, with no effect on the log, so that a
 * refusal shows before a message meets it
 */
export const PROBE = `
  ${NOW}
  redis.call('SET', KEYS[5], '', 'PX', ARGV[5])
  redis.call('GET', KEYS[5])
  redis.call('DEL', KEYS[5])
  redis.call('XADD', KEYS[5], 'MAXLEN', '~', 1, '*', 'id', '')
  redis.call('PEXPIRE', KEYS[5], ARGV[5])
  redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)
  redis.call('XLEN', KEYS[3])
  redis.call('ZADD', KEYS[4], 'XX', 0, '')
  redis.call('ZREMRANGEBYRANK', KEYS[4], 1, 0)
  local others, rubbish = {}, 0
  local all = redis.call('HGETALL', KEYS[2])
  for i = 1, #all, 2 do
    local count, time, id = string.match(all[i + 1], '^(%d+):(%d+):([%w._-]+)$')
    if not count or #count > 7 or #id > 64 or #all[i] > 64 or tonumber(time) > now + 600000 then
      rubbish = rubbish + 1
      redis.call('HDEL', KEYS[2], all[i])
    elseif tonumber(time) < now then redis.call('HDEL', KEYS[2], all[i])
    elseif all[i] ~= ARGV[3] and #others < 1000 then others[#others + 1] = {id, count} end
  end
  redis.call('HSET', KEYS[2], ARGV[3], ARGV[4] .. ':' .. (now + ARGV[5]) .. ':' .. ARGV[6])
  redis.call('PUBLISH', ARGV[1], ARGV[2])
  local meta = redis.call('HMGET', KEYS[1], 'epoch', 'past')
  return {#(meta[1] or '') <= 100 and meta[1] or '', now, others, rubbish, #(meta[2] or '') < 4000 and meta[2] or ''}`;
