-- Returns the revision of what is published; 0 when nothing is, or no longer all of
-- it: someone deleted a part. Read-only.
--
-- KEYS  1 popeye:revision  2 popeye:polls  3 popeye:gate  4 popeye:barrier  5 popeye:published
local revision = redis.call('GET', KEYS[1])
if not revision then return 0 end
local count = revision .. ' ' .. redis.call('HLEN', KEYS[2]) .. ' ' .. redis.call('HLEN', KEYS[3]) .. ' ' .. redis.call('HLEN', KEYS[4])
if redis.call('GET', KEYS[5]) ~= count then return 0 end -- also once after the build before, which did not count
return tonumber(revision)
