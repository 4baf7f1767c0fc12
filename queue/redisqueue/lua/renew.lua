-- Keeps a worker's leases alive: sets their idle time to zero, of those that are
-- still its own. Returns the ids of those that are not: acknowledged, or leased to
-- another while this worker was stopped.
--
-- KEYS  1 popeye:batches
-- ARGV  1 worker, then the id of each lease
local lost = {}
for i = 2, #ARGV do
  local mine = redis.pcall('XPENDING', KEYS[1], 'workers', ARGV[i], ARGV[i], 1, ARGV[1])
  if not mine.err and #mine == 1 then
    redis.call('XCLAIM', KEYS[1], 'workers', ARGV[1], 0, ARGV[i], 'JUSTID')
  else
    lost[#lost + 1] = ARGV[i]
  end
end
return lost
