-- Takes a worker's name off the list. What it still holds counts as abandoned
-- at once, so that nobody waits for a worker that said goodbye. Names of others
-- that held nothing for long go too: a worker that was killed can't say goodbye.
-- The list is only for the eye; a name that is used again comes back by itself.
--
-- KEYS  1 popeye:batches
-- ARGV  1 worker  2 ms after which a name is forgotten
local day = 24 * 60 * 60 * 1000
local leased = redis.pcall('XPENDING', KEYS[1], 'workers', '-', '+', 1000, ARGV[1])
if leased.err then return 0 end
for _, lease in ipairs(leased) do
  redis.call('XCLAIM', KEYS[1], 'workers', ARGV[1], 0, lease[1], 'IDLE', day, 'JUSTID')
end
for _, fields in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], 'workers')) do
  local c = {}
  for i = 1, #fields, 2 do c[fields[i]] = fields[i + 1] end
  if c.pending == 0 and (c.name == ARGV[1] or c.idle > tonumber(ARGV[2])) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], 'workers', c.name)
  end
end
return 1
