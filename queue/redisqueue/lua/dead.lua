-- Reads dead letters by position: position, letter, position, letter ... Read-only.
--
-- KEYS  1 popeye:dead  2 popeye:dead:letters
-- ARGV  1 after which position  2 how many
local found = {}
for _, position in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf', 'LIMIT', 0, ARGV[2])) do
  found[#found + 1] = position
  found[#found + 1] = redis.call('HGET', KEYS[2], position)
end
return found
