-- Returns the revision of what is published; 0 when nothing is, or no longer all of
-- it: someone deleted a part. Read-only.
--
-- KEYS  1 popeye:revision  2 popeye:polls  3 popeye:gate  4 popeye:barrier  5 popeye:published
local revision = redis.call('GET', KEYS[1])
if not revision then return 0 end
local polls, gates = redis.call('HLEN', KEYS[2]), redis.call('HLEN', KEYS[3])
local whole = redis.call('GET', KEYS[5]) -- the build before did not count
if whole then
  if whole ~= revision .. ' ' .. polls .. ' ' .. gates .. ' ' .. redis.call('HLEN', KEYS[4])
    and string.match(whole, '^%d+') == revision then return 0 end
elseif polls ~= gates then
  return 0
end
return tonumber(revision)
