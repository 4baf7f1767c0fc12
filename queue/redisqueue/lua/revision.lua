-- Returns the version of what is published, "<revision> <mark>"; nil when nothing is,
-- or no longer all of it: someone deleted a part. Read-only.
--
-- KEYS  1 popeye:revision  2 popeye:polls  3 popeye:gate  4 popeye:barrier  5 popeye:published
local revision = redis.call('GET', KEYS[1])
if not revision then return nil end
local count = revision .. ' ' .. redis.call('HLEN', KEYS[2]) .. ' ' .. redis.call('HLEN', KEYS[3]) .. ' ' .. redis.call('HLEN', KEYS[4])
local noted, mark = string.match(redis.call('GET', KEYS[5]) or '', '^(%d+ %d+ %d+ %d+) ?(%S*)$')
if noted ~= count then return nil end
if redis.call('HGET', KEYS[2], '#revision') ~= revision then return nil end -- the build before knew of no codes
return revision .. ' ' .. mark -- the build before noted no mark
