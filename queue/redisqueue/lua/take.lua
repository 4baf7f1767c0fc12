#!lua flags=allow-oom
-- Leases one batch to a worker: an abandoned one, else one that is to be placed
-- anew, else the next of the inbox. Moving, numbering and leasing are one step, so
-- a message is at any moment either in the inbox, or in a batch that Redis knows to
-- be leased or to be placed anew.
--
-- KEYS  1 votes  2 popeye:batches  3 popeye:position  4 popeye:moved  5 popeye:drained
--       6 popeye:claims  7 popeye:clock  8 popeye:fence  9 popeye:replaced
--       10 popeye:lifted
-- ARGV  1 worker  2 idle ms that make a batch abandoned  3 most messages  4 most bytes
--       5 bytes above which a message is cut  6 the worker's clock, microseconds
-- Returns {"<first position>-<messages>", {"after <prev>", <ordinal>, "m", <raw>, "m", <raw>, ...}},
-- nil when there is nothing, or why no position is assigned: {"unfenced"},
-- {"ahead", <last position>}, or {"later"} while batches are leased that come before.
--
-- The name of the first field tells the last position assigned before this batch;
-- the build before called it "n", and skips the name.
--
-- allow-oom: taking messages out is how a full Redis gets room again.
local votes, batches, position, moved, drained, claims, clock, fence, replaced, lifted = unpack(KEYS)
local me, idle, most, bytes, longest = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local day = 24 * 60 * 60 * 1000000
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

-- A clock that was set back makes leases look as if they were renewed in time to
-- come, for as long as it went back. They are dated anew: whoever is alive renews
-- them, and the others are abandoned once the usual time has passed.
local function watchClock()
  if now < tonumber(redis.call('GET', clock) or '0') then
    local pending = redis.pcall('XPENDING', batches, 'workers', '-', '+', 100000)
    for _, lease in ipairs(pending) do
      redis.call('XCLAIM', batches, 'workers', lease[2], 0, lease[1], 'JUSTID')
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

-- A batch in the stream that was never leased. There is one right after move, or
-- when someone destroyed the group.
local function unlent()
  local reply = redis.call('XREADGROUP', 'GROUP', 'workers', me, 'COUNT', 1, 'STREAMS', batches, '>')
  return reply and reply[1][2][1]
end

-- Why no position may be assigned, else the last one assigned. The fence says
-- which run of Redis was told how far the store is: a Redis that was started anew
-- may have come back with an older memory. And a position far ahead of both the
-- clock and the store is none of ours.
local function last()
  local run, high = string.match(redis.call('GET', fence) or '', '^(%S+) (%d+)$')
  local info = redis.pcall('INFO', 'server')
  if not run or type(info) == 'string' and run ~= string.match(info, 'run_id:(%w+)') then
    return nil, { 'unfenced' }
  end
  local known = redis.call('GET', position) or '0'
  local number = tonumber(known)
  if not (number and number <= math.max(now, tonumber(high)) + day) then
    return nil, { 'ahead', known }
  end
  return number
end

-- How many messages may be read at once: all of them, but not a huge one, and 0 if
-- that is the first. MEMORY USAGE reads no message. It takes the size of the list's
-- first k nodes for that of all nodes; each node has a message or more, and a huge
-- message has one of its own. So if k times that, over the number of messages, is
-- little, then the first k messages are too, within the factor of messages a node.
local function readable()
  local limit, k = bytes * redis.call('LLEN', votes), most
  while k >= 1 do
    local usage = redis.pcall('MEMORY', 'USAGE', votes, 'SAMPLES', k)
    if type(usage) ~= 'number' or usage * k <= limit then return k end -- or it is forbidden
    k = math.floor(k / 2)
  end
  return 0
end

-- What stands for a message that is not even read: too long, as that is.
local function unread()
  local size = redis.call('MEMORY', 'USAGE', votes, 'SAMPLES', 1) / redis.call('LLEN', votes)
  local text = string.format('(a message of more than %.0f MB, dropped unread)', math.floor(size / 2^20))
  return text .. string.rep(' ', longest - #text)
end

-- The head of the inbox as the fields of a stream entry. In small steps: the
-- inbox is public, and a message can be of any size. One that is too long for a
-- vote is cut, so that it is not copied again from here on.
local function head(fields)
  local n, size, may = 0, 0, readable()
  if may == 0 then
    fields[3], fields[4] = 'm', unread()
    return 1
  end
  while n < may do
    local messages = redis.call('LRANGE', votes, n, math.min(n + 50, may) - 1)
    if #messages == 0 then return n end
    for _, message in ipairs(messages) do
      size = size + #message
      if n > 0 and size > bytes then return n end
      n = n + 1
      fields[#fields + 1] = 'm'
      fields[#fields + 1] = string.sub(message, 1, longest)
    end
  end
  return n
end

-- Puts fields into the stream, behind everything that has a position. The stream
-- takes no id below one that it had: then the position was lost, and the fence
-- finds it again.
local function place(before, fields, n)
  local stamp = math.min(now, tonumber(ARGV[6]) + day) -- one clock alone does not lead far ahead
  local first = math.max(before + 1, stamp)
  fields[1] = 'after ' .. text(before)
  local added = redis.pcall('XADD', batches, string.format('%.0f-%d', first, n), unpack(fields))
  if type(added) == 'table' and added.err then return { 'unfenced' } end
  redis.call('SET', position, text(first + n - 1))
end

-- Places anew the oldest batch that is to be, once nothing else is leased: what is
-- leased may have to be placed anew too, and come before.
local function again(before)
  if redis.call('XLEN', batches) > 0 then return { 'later' } end
  local oldest, least
  for _, name in ipairs(redis.call('HKEYS', replaced)) do
    local ordinal = tonumber(string.match(name, '^%d+'))
    if not least or ordinal < least then oldest, least = name, ordinal end
  end
  local kept = cmsgpack.unpack(redis.call('HGET', replaced, oldest))
  local fields = { '', kept[1] }
  for i = 2, #kept do
    fields[#fields + 1] = 'm'
    fields[#fields + 1] = kept[i]
  end
  local refused = place(before, fields, #kept - 1)
  if not refused then redis.call('HDEL', replaced, oldest) end
  return refused
end

-- Whether batches are leased that a fence has lifted the positions over: the store
-- may not want them where they are.
local function below()
  local high = redis.call('GET', lifted)
  if not high then return false end
  local oldest = redis.call('XRANGE', batches, '-', '+', 'COUNT', 1)[1]
  if oldest and tonumber(string.match(oldest[1], '^%d+')) <= tonumber(high) then return true end
  redis.call('DEL', lifted)
  return false
end

-- Moves what is next into the stream. Returns why not; nil if it did, or if there
-- is nothing.
local function move()
  local anew = redis.call('HLEN', replaced) > 0
  if not anew and redis.call('LLEN', votes) == 0 then
    note(drained)
    return
  end
  local before, refused = last()
  if refused then return refused end
  if below() then return { 'later' } end
  if anew then return again(before) end

  local fields = { '', redis.call('GET', moved) or '0' }
  local n = head(fields)
  refused = place(before, fields, n)
  if refused then return refused end
  redis.call('INCRBY', moved, n)
  redis.call('LTRIM', votes, n, -1)
  if redis.call('LLEN', votes) == 0 then
    redis.call('SET', drained, text(now))
  end
end

watchClock()
return abandoned() or unlent() or move() or unlent()
