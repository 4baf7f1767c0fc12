-- Lets votes in, one after the other, or says of each why not, in one step: between the
-- look at the gate and the push nobody can shut the gate. Each vote is as if it had come
-- alone; what fails one of them is its own answer.
--
-- KEYS  1 popeye:gate  2 votes  3 popeye:revision, then popeye:once:<digest> of each vote with Once
-- ARGV  1 seconds to remember an id, then of each vote
--         poll, revision, message, digest of the ballot ("" without Once)
--
-- Returns the answers in their order; one of an error is "!" and its words. A full Redis
-- refuses the first RPUSH of a script, and then the script has changed nothing.

-- A poll that closes by itself is shut by this clock, in this step, whether or
-- not anyone has published so. Where the clock is set back over that moment, a
-- gate that nobody has shut since is open once more.
local function over(closes)
  if closes == '' then return false end
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2] >= tonumber(closes)
end

local gates = {} -- of the polls that were asked for: nobody moves them meanwhile

local function gate_of(poll)
  if gates[poll] == nil then gates[poll] = redis.call('HGET', KEYS[1], poll) end
  return gates[poll]
end

local function let_in(poll, revision, message, digest, once)
  if once then
    local before = redis.call('GET', once)
    if before then
      return before == digest and 'repeated' or 'reused'
    end
  end
  local gate = gate_of(poll)
  if gate ~= 'open ' .. revision then
    if not gate then
      return redis.call('EXISTS', KEYS[3]) == 1 and 'unknown' or 'unpublished'
    end
    local status, current, closes = string.match(gate, '^(%a+) (%d+) ?(%d*)$')
    if status ~= 'open' or over(closes) then
      return current == revision and 'shut' or 'shut and changed'
    end
    if current ~= revision then return 'changed' end
  end
  redis.call('RPUSH', KEYS[2], message)
  if once then
    redis.call('SET', once, digest, 'EX', ARGV[1])
  end
  return 'recorded'
end

local answers, key = {}, 3
for i = 2, #ARGV, 4 do
  local once
  if ARGV[i + 3] ~= '' then
    key = key + 1
    once = KEYS[key]
  end
  local fine, answer = pcall(let_in, ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], once)
  if not fine then
    answer = '!' .. (type(answer) == 'table' and answer.err or tostring(answer))
  end
  answers[#answers + 1] = answer
end
return answers
