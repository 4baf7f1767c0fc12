#!lua flags=allow-oom
-- Takes a batch that the store does not want at its place out of the stream, to be
-- placed anew by take.lua. In one step, so its messages are in one of both.
--
-- KEYS  1 popeye:batches  2 popeye:replaced
-- ARGV  1 the batch's entry  2 the name of its first field
-- Returns 0 if there is no such batch: it was acknowledged or taken out before, or
-- the queue never had it.
local entry = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not entry or entry[2][1] ~= ARGV[2] then return 0 end

local kept = {} -- the ordinal, and the messages
for i = 2, #entry[2], 2 do kept[#kept + 1] = entry[2][i] end
-- By what came before it: the entry of a batch that is placed anew twice is greater.
redis.call('HSET', KEYS[2], kept[1] .. '-' .. ARGV[1], cmsgpack.pack(kept))
redis.pcall('XACK', KEYS[1], 'workers', ARGV[1]) -- there may be no group
redis.call('XDEL', KEYS[1], ARGV[1])
return 1
