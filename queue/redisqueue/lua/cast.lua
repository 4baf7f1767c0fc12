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
    return before == ARGV[4] and 'repeated' or 'reused'
  end
end

-- A poll that closes by itself is shut by this clock, in this step, whether or
-- not anyone has published so. Where the clock is set back over that moment, a
-- gate that nobody has shut since is open once more.
local function over(closes)
  if closes == '' then return false end
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2] >= tonumber(closes)
end

local gate = redis.call('HGET', KEYS[1], ARGV[1])
if gate ~= 'open ' .. ARGV[2] then
  if not gate then
    return redis.call('EXISTS', KEYS[3]) == 1 and 'unknown' or 'unpublished'
  end
  local status, revision, closes = string.match(gate, '^(%a+) (%d+) ?(%d*)$')
  if status ~= 'open' or over(closes) then
    return revision == ARGV[2] and 'shut' or 'shut and changed'
  end
  if revision ~= ARGV[2] then return 'changed' end
end

redis.call('RPUSH', KEYS[2], ARGV[3])
if KEYS[4] then
  redis.call('SET', KEYS[4], ARGV[4], 'EX', ARGV[5])
end
return 'recorded'
