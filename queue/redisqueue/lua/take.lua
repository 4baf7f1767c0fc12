#!lua flags=allow-oom
-- Lends one batch to a worker: an abandoned one, else the next of the inbox.
-- Moving, numbering and lending are one step, so a message is at any moment
-- either in the inbox or in a batch that Redis knows to be lent.
--
-- KEYS  1 votes  2 popeye:batches  3 popeye:position  4 popeye:moved
-- ARGV  1 worker  2 idle ms that make a batch abandoned  3 most messages  4 most bytes
-- Returns {"<first position>-<messages>", {"n", <ordinal>, "m", <raw>, "m", <raw>, ...}} or nil.
--
-- allow-oom: taking messages out is how a full Redis gets room again.
local votes, batches, position, moved = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local me, idle, most, bytes = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])

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
    if entry then return entry end
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
  if n == 0 then return false end
  local time = redis.call('TIME')
  local first = math.max((tonumber(redis.call('GET', position) or '0')) + 1, time[1] * 1000000 + time[2])
  redis.call('XADD', batches, string.format('%.0f-%d', first, n), unpack(fields))
  redis.call('SET', position, string.format('%.0f', first + n - 1))
  redis.call('INCRBY', moved, n)
  redis.call('LTRIM', votes, n, -1)
  return true
end

return abandoned() or unlent() or (move() and unlent())
