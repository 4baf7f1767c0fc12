-- Keeps what a voting front tells of new voters, in place of what it told before.
--
-- KEYS  1 popeye:arrivals
-- ARGV  1 the front  2 what it tells, JSON  3 most fronts
local time = redis.call('TIME')
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], time[1] .. ' ' .. ARGV[2])
return 1
