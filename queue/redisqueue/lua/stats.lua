-- Reads what the queue holds at one moment. Read-only.
--
-- KEYS  1 popeye:before  2 popeye:moved  3 votes  4 popeye:position  5 popeye:claims
--       6 popeye:drained  7 popeye:batches  8 popeye:replaced
-- ARGV  1 how many bytes of the oldest message to return
-- Returns numbers: the first six keys, the time, and how many messages are to be
-- placed anew; that message, '' if none waits or if it is so huge that only to look
-- at it takes long; the ids of the batches leased. An id says how many messages a
-- batch has, so that nobody reads them to count.
local function number(key) return redis.call('GET', key) or '0' end

local leased = {}
local pending = redis.pcall('XPENDING', KEYS[7], 'workers', '-', '+', 100000)
if not pending.err then
  for i, lease in ipairs(pending) do leased[i] = lease[1] end
end
-- The oldest batch counts as leased even when someone destroyed the group and with
-- it the knowledge who holds what: it is not acknowledged.
local oldest = redis.call('XRANGE', KEYS[7], '-', '+', 'COUNT', 1)[1]
if oldest and oldest[1] ~= leased[1] then table.insert(leased, 1, oldest[1]) end

local replaced = 0
for _, name in ipairs(redis.call('HKEYS', KEYS[8])) do
  replaced = replaced + tonumber(string.match(name, '%d+$'))
end

local function head()
  local usage = redis.pcall('MEMORY', 'USAGE', KEYS[3], 'SAMPLES', 1) -- of the head's node, for all nodes
  if type(usage) == 'number' and usage > 4 * ARGV[1] * redis.call('LLEN', KEYS[3]) then return '' end
  return string.sub(redis.call('LINDEX', KEYS[3], 0) or '', 1, tonumber(ARGV[1]))
end

local time = redis.call('TIME')
return {
  {
    number(KEYS[1]), number(KEYS[2]), redis.call('LLEN', KEYS[3]), number(KEYS[4]), number(KEYS[5]), number(KEYS[6]),
    string.format('%.0f', time[1] * 1000000 + time[2]), replaced,
  },
  head(),
  leased,
}
