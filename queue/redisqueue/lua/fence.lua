#!lua flags=allow-oom
-- Makes the positions to come greater than the one given, the greatest that the
-- store has, and notes that this run of Redis was told.
--
-- KEYS  1 popeye:position  2 popeye:fence  3 popeye:batches  4 popeye:lifted
-- ARGV  1 position
--
-- A last position more than a day ahead of both the store and the clock is none of
-- ours: it is set back, once no batch is leased that may have got it from there.
local position, fence, batches, lifted = unpack(KEYS)
local high = tonumber(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local bound = math.max(now, high) + 24 * 60 * 60 * 1000000
local leased = redis.call('XLEN', batches)

-- The greatest position that the stream remembers: it takes no id below.
local top = 0
local stream = redis.pcall('XINFO', 'STREAM', batches)
for i = 1, stream.err and 0 or #stream, 2 do
  if stream[i] == 'last-generated-id' then
    local first, n = string.match(stream[i + 1], '^(%d+)-(%d+)$')
    top = tonumber(first) + tonumber(n) - 1
  end
end

local last = tonumber(redis.call('GET', position) or '0') or math.huge
if leased > 0 then
  last = math.max(last, top)
elseif not (last <= bound) then
  last = now
end
-- What is leased and lies below may have to be placed anew, before what comes next.
if last < high and leased > 0 then redis.call('SET', lifted, ARGV[1]) end
last = math.max(last, high)
if leased == 0 and top > last then redis.call('DEL', batches) end -- its next reader makes it anew
if last < math.huge then
  redis.call('SET', position, string.format('%.0f', last))
end

local info = redis.pcall('INFO', 'server')
local run = type(info) == 'string' and string.match(info, 'run_id:(%w+)') or '?'
redis.call('SET', fence, run .. ' ' .. ARGV[1])
return 1
