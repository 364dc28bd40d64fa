/** How far an offset may be ahead of the clock of Redis, in ms: further only where the log is there already. */
export const LOG_AHEAD_MS = 600_000;

/** How long a new epoch waits for the instances to put back what they hold, in ms. */
export const SETTLE_MS = 1_000;

/** The time, in ms. */
export const NOW = `
  local t = redis.call('TIME')
  local now = t[1] * 1000 + math.floor(t[2] / 1000)`;

/** What can be done with offsets, whatever they are. */
export const OFFSETS = `
  local function parts(offset)
    local ms, n = string.match(offset or '', '^(%d+)-(%d+)$')
    if ms and #ms <= 14 and #n <= 15 then return tonumber(ms), tonumber(n) end
  end
  local function before(a, b)
    local aMs, aN = parts(a)
    local bMs, bN = parts(b)
    return aMs < bMs or (aMs == bMs and aN < bN)
  end
  local function later(a, b)
    if not (a and parts(a)) then return b end
    if not (b and parts(b)) then return a end
    return before(a, b) and b or a
  end
  local function at(ms, n) return string.format('%.0f-%.0f', ms, n) end
  local function settling(time)
    local left = (tonumber(time) or 0) - now
    return left > 0 and left <= ${SETTLE_MS} and left or 0
  end
  -- The newest offset that was given out; one of the far future can be that only where the log is there.
  local function given(last, top)
    local ms = parts(last)
    if ms and (ms <= now + ${LOG_AHEAD_MS} or parts(top) and not before(top, last)) then return last end
    return false
  end
  local function latest(last) return math.max(now + ${LOG_AHEAD_MS}, parts(last or '') or 0) end`;

/** KEYS[1] log: what is known of it, and how what lies in the future is taken out of it. */
export const LOG = `
  local last, purged = false, 0
  local function top()
    local entry = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
    return entry and entry[1] or '0-0'
  end
  local function isSane(offset)
    local ms = parts(offset)
    return ms ~= nil and ms <= latest(last)
  end
  local function rebuild(entries)
    redis.call('DEL', KEYS[1])
    for _, e in ipairs(entries) do redis.call('XADD', KEYS[1], e[1], unpack(e[2])) end
  end
  local function purge()
    local kept = {}
    for _, e in ipairs(redis.call('XRANGE', KEYS[1], '-', at(latest(last), 999999999999999))) do
      if parts(e[1]) and #e[2] == 4 then kept[#kept + 1] = e end
    end
    purged = redis.call('XLEN', KEYS[1]) - #kept
    rebuild(kept)
  end
  -- Gives the newest offset, the one that nothing before is known of, and the length.
  local function inspect(floor, oldLast, count)
    local length, newest = redis.call('XLEN', KEYS[1]), top()
    last = given(oldLast, newest)
    count = tonumber(count)
    if not count or length < count then floor = later(floor, last) end
    if not isSane(newest) then
      purge()
      length, newest = redis.call('XLEN', KEYS[1]), top()
    end
    last = later(last, newest)
    local limit = later(at(now, 0), last)
    if not (floor and parts(floor)) or before(limit, floor) then floor = limit end
    return newest, floor, length
  end`;
