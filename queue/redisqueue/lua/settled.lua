-- Tells whether every message that was accepted before a poll's gate shut has
-- been acknowledged. Read-only.
--
-- KEYS  1 popeye:gate  2 popeye:barrier  3 popeye:batches  4 popeye:moved  5 votes
--       6 popeye:replaced
-- ARGV  1 poll
local gate = redis.call('HGET', KEYS[1], ARGV[1])
local barrier = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or nil)
if not gate or string.sub(gate, 1, 5) == 'open ' or not barrier then return 0 end

-- What is to be placed anew came before, or at least nobody can tell.
if redis.call('HLEN', KEYS[6]) > 0 then return 0 end

-- The stream holds what is not acknowledged, oldest first; a batch knows how
-- many messages went before it.
local oldest = redis.call('XRANGE', KEYS[3], '-', '+', 'COUNT', 1)[1]
if oldest and tonumber(oldest[2][2]) < barrier then return 0 end

-- An empty inbox is empty however it became so: messages that others took out,
-- or that were deleted by hand, must not keep a poll closing for ever.
if redis.call('LLEN', KEYS[5]) == 0 then return 1 end
return tonumber(redis.call('GET', KEYS[4]) or '0') >= barrier and 1 or 0
