#!lua flags=allow-oom
-- Makes the positions to come greater than the one given.
--
-- KEYS  1 popeye:position
-- ARGV  1 position
if tonumber(redis.call('GET', KEYS[1]) or '0') >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
return 1
