#!lua flags=allow-oom
-- Returns what the voting fronts told of new voters, and forgets those that have
-- not for a while. A clock that was set back makes none of them eternal.
--
-- KEYS  1 popeye:arrivals
-- ARGV  1 seconds that something told is believed
local now = tonumber(redis.call('TIME')[1])
local told, all = redis.call('HGETALL', KEYS[1]), {}
for i = 1, #told, 2 do
  local at, what = string.match(told[i + 1], '^(%d+) (.*)$')
  if at and math.abs(now - tonumber(at)) <= tonumber(ARGV[1]) then
    all[#all + 1] = what
  else
    redis.call('HDEL', KEYS[1], told[i])
  end
end
return all
