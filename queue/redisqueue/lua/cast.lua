-- Lets one vote in, or says why not, in one step: between the look at the gate
-- and the push nobody can shut the gate.
--
-- KEYS  1 popeye:gate  2 votes  3 popeye:revision  4 popeye:once:<digest>, only with Once
-- ARGV  1 poll  2 revision  3 message, with Once also  4 digest of the ballot  5 seconds to remember it
--
-- A full Redis refuses RPUSH, and then the script has changed nothing.
if KEYS[4] then
  local before = redis.call('GET', KEYS[4])
  if before then
    return before == ARGV[4] and 'recorded' or 'reused'
  end
end

local gate = redis.call('HGET', KEYS[1], ARGV[1])
if gate ~= 'open ' .. ARGV[2] then
  if gate then
    return string.sub(gate, 1, 5) == 'open ' and 'changed' or 'shut'
  end
  return redis.call('EXISTS', KEYS[3]) == 1 and 'unknown' or 'unpublished'
end

redis.call('RPUSH', KEYS[2], ARGV[3])
if KEYS[4] then
  redis.call('SET', KEYS[4], ARGV[4], 'EX', ARGV[5])
end
return 'recorded'
