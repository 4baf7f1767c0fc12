#!lua flags=allow-oom
-- Ends a lease: forgets the batch, in one step. Who holds the lease does not
-- matter: the store has the batch, dead letters included.
--
-- KEYS  1 popeye:batches
-- ARGV  1 the batch's entry
--
-- allow-oom: to forget a batch is how a full Redis gets room again.
local pending = redis.pcall('XPENDING', KEYS[1], 'workers', ARGV[1], ARGV[1], 1)
if pending.err then
  if string.find(pending.err, 'NOGROUP', 1, true) then return 0 end
  return pending
end
if #pending == 0 then return 0 end

redis.call('XACK', KEYS[1], 'workers', pending[1][1])
redis.call('XDEL', KEYS[1], pending[1][1])
return 1
