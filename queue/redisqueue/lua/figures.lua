-- Reads what the queue holds at one moment: moved out of the inbox, waiting in
-- it, dead letters, and the ids of the batches lent. An id says how many
-- messages a batch has, so that nobody reads them to count. Read-only.
--
-- KEYS  1 popeye:moved  2 votes  3 popeye:dead  4 popeye:batches
local held = {}
local pending = redis.pcall('XPENDING', KEYS[4], 'workers', '-', '+', 100000)
if not pending.err then
  for i, loan in ipairs(pending) do held[i] = loan[1] end
end
-- The oldest batch counts as lent even when someone destroyed the group and with
-- it the knowledge who holds what: it is not acknowledged.
local oldest = redis.call('XRANGE', KEYS[4], '-', '+', 'COUNT', 1)[1]
if oldest and oldest[1] ~= held[1] then table.insert(held, 1, oldest[1]) end
return {
  tonumber(redis.call('GET', KEYS[1]) or '0'),
  redis.call('LLEN', KEYS[2]),
  redis.call('ZCARD', KEYS[3]),
  held,
}
