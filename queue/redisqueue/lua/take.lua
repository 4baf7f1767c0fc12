#!lua flags=allow-oom
-- Lends one batch to a worker: an abandoned one, else the next of the inbox.
-- Moving, numbering and lending are one step, so a message is at any moment
-- either in the inbox or in a batch that Redis knows to be lent.
--
-- KEYS  1 votes  2 popeye:batches  3 popeye:position  4 popeye:moved  5 popeye:drained
--       6 popeye:claims  7 popeye:clock
-- ARGV  1 worker  2 idle ms that make a batch abandoned  3 most messages  4 most bytes
-- Returns {"<first position>-<messages>", {"n", <ordinal>, "m", <raw>, "m", <raw>, ...}} or nil.
--
-- allow-oom: taking messages out is how a full Redis gets room again.
local votes, batches, position, moved, drained, claims, clock = unpack(KEYS)
local me, idle, most, bytes = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local function text(number) return string.format('%.0f', number) end

-- Notes the time in memory only: an idle worker must not keep the disk busy. A
-- note that a restart has lost is made again by the next take.
local function note(key)
  redis.set_repl(redis.REPL_NONE)
  redis.call('SET', key, text(now))
  redis.set_repl(redis.REPL_ALL)
end

-- A clock that was set back makes loans look as if they were renewed in time to
-- come, for as long as it went back. They are dated anew: whoever is alive renews
-- them, and the others are abandoned once the usual time has passed.
local function watchClock()
  if now < tonumber(redis.call('GET', clock) or '0') then
    local pending = redis.pcall('XPENDING', batches, 'workers', '-', '+', 100000)
    for _, loan in ipairs(pending) do
      redis.call('XCLAIM', batches, 'workers', loan[2], 0, loan[1], 'JUSTID')
    end
  end
  note(clock)
end

-- The oldest batch that its holder has not kept alive. XPENDING looks at all of
-- them; XAUTOCLAIM would stop after ten that are alive.
local function abandoned()
  while true do
    local pending = redis.pcall('XPENDING', batches, 'workers', 'IDLE', idle, '-', '+', 1)
    if pending.err then -- no group yet: a fresh Redis, or one that lost its memory
      redis.call('XGROUP', 'CREATE', batches, 'workers', '0', 'MKSTREAM')
      return nil
    end
    if #pending == 0 then return nil end
    local entry = redis.call('XCLAIM', batches, 'workers', me, idle, pending[1][1])[1]
    if entry then
      redis.call('INCR', claims)
      return entry
    end
    redis.call('XACK', batches, 'workers', pending[1][1]) -- someone deleted it by hand
  end
end

-- A batch in the stream that was never lent. There is one right after move, or
-- when someone destroyed the group.
local function unlent()
  local reply = redis.call('XREADGROUP', 'GROUP', 'workers', me, 'COUNT', 1, 'STREAMS', batches, '>')
  return reply and reply[1][2][1]
end

-- The head of the inbox as the fields of a stream entry. In small steps: the
-- inbox is public, and a message can be of any size.
local function head(fields)
  local n, size = 0, 0
  while n < most do
    local step = redis.call('LRANGE', votes, n, math.min(n + 50, most) - 1)
    if #step == 0 then return n end
    for _, message in ipairs(step) do
      size = size + #message
      if n > 0 and size > bytes then return n end
      n = n + 1
      fields[#fields + 1] = 'm'
      fields[#fields + 1] = message
    end
  end
  return n
end

local function move()
  local before = redis.call('GET', moved) or '0'
  local fields = { 'n', before }
  local n = head(fields)
  if n == 0 then
    note(drained)
    return false
  end
  local first = math.max((tonumber(redis.call('GET', position) or '0')) + 1, now)
  redis.call('XADD', batches, string.format('%.0f-%d', first, n), unpack(fields))
  redis.call('SET', position, text(first + n - 1))
  redis.call('INCRBY', moved, n)
  redis.call('LTRIM', votes, n, -1)
  if redis.call('LLEN', votes) == 0 then
    redis.call('SET', drained, text(now))
  end
  return true
end

watchClock()
return abandoned() or unlent() or (move() and unlent())
