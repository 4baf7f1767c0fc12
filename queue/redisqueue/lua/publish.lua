#!lua flags=allow-oom
-- Replaces everything that is published, unless something as new is, and all of it. A gate that
-- is not open remembers how many messages had been accepted when it shut; for one
-- that the clock has shut before, that is when it is published to be shut.
--
-- KEYS  1 popeye:revision  2 popeye:polls  3 popeye:gate  4 popeye:barrier  5 popeye:moved  6 votes
--       7 popeye:published
-- ARGV  1 revision, then for each poll: slug, gate, definition
--
-- allow-oom: a gate must shut also when Redis is full.
-- How much there is of each is kept with the revision: a part that someone deleted
-- is missed, see revision.lua. "<revision> <polls> <gates> <barriers>"
local function count()
  return redis.call('GET', KEYS[1]) .. ' ' .. redis.call('HLEN', KEYS[2]) .. ' ' .. redis.call('HLEN', KEYS[3])
    .. ' ' .. redis.call('HLEN', KEYS[4])
end

local published = tonumber(redis.call('GET', KEYS[1]) or '0')
if published > tonumber(ARGV[1]) then return 0 end
if published == tonumber(ARGV[1]) and redis.call('GET', KEYS[7]) == count() then return 0 end

local accepted = tonumber(redis.call('GET', KEYS[5]) or '0') + redis.call('LLEN', KEYS[6])
local barriers = {}
for i = 2, #ARGV, 3 do
  if string.sub(ARGV[i + 1], 1, 5) ~= 'open ' then
    barriers[ARGV[i]] = redis.call('HGET', KEYS[4], ARGV[i]) or string.format('%.0f', accepted)
  end
end

redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
for i = 2, #ARGV, 3 do
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 2])
  redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 1])
end
for slug, barrier in pairs(barriers) do
  redis.call('HSET', KEYS[4], slug, barrier)
end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('SET', KEYS[7], count())
return 1
