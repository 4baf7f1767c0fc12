#!lua flags=allow-oom
-- Applies a change to what is published, or replaces all of it, unless something as
-- new is. A gate that is not open remembers how many messages had been accepted when
-- it shut; for one that the clock has shut before, that is when it is published to be
-- shut.
--
-- KEYS  1 popeye:revision  2 popeye:polls  3 popeye:gate  4 popeye:barrier  5 popeye:moved  6 votes
--       7 popeye:published
-- ARGV  1 revision  2 its mark  3 revision that the change leads from, 0 for none: it is the whole
--       4 the mark of that  5 how many fields of popeye:polls go, 6 how many codes are given,
--       then the former, then for each of the latter: code, what it leads to, then for
--       each poll that was made or changed: slug, gate, definition with its code, and
--       '' unless it is to be found by everybody
-- Returns 1, or 0 if it leads from another version than what is published.
--
-- allow-oom: a gate must shut also when Redis is full.
local to, mark, from, before = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), ARGV[4]
local given = 7 + tonumber(ARGV[5]) -- the first code
local first = given + 2 * tonumber(ARGV[6]) -- of the polls

-- How much there is of each is kept with the revision: a part that someone deleted
-- is missed, see revision.lua. "<revision> <polls> <gates> <barriers> <mark>"
local function count()
  return redis.call('GET', KEYS[1]) .. ' ' .. redis.call('HLEN', KEYS[2]) .. ' ' .. redis.call('HLEN', KEYS[3])
    .. ' ' .. redis.call('HLEN', KEYS[4])
end

local published = tonumber(redis.call('GET', KEYS[1]) or '0')
local noted, known = string.match(redis.call('GET', KEYS[7]) or '', '^(%d+ %d+ %d+ %d+) ?(%S*)$')
local intact = published > 0 and noted == count() and redis.call('HGET', KEYS[2], '#revision') == tostring(redis.call('GET', KEYS[1]))

if from == 0 then
  if published > to or published == to and intact then return 1 end
else
  if intact and published >= to then return 1 end
  if not intact or published ~= from or known ~= before or known == '' then return 0 end
end

local accepted = tonumber(redis.call('GET', KEYS[5]) or '0') + redis.call('LLEN', KEYS[6])
local barriers = {}
for i = first, #ARGV, 4 do
  if string.sub(ARGV[i + 1], 1, 5) ~= 'open ' then
    barriers[ARGV[i]] = redis.call('HGET', KEYS[4], ARGV[i]) or string.format('%.0f', accepted)
  end
end

-- A code leads no longer to a poll that is deleted, or has another by now.
local listed = {}
for slug in string.gmatch(redis.call('HGET', KEYS[2], '#listed') or '', '%S+') do listed[slug] = true end
local function forget(slug)
  local code = string.match(redis.call('HGET', KEYS[2], slug) or '', ' (%d+)$')
  if code and redis.call('HGET', KEYS[2], '#' .. code) == slug then redis.call('HDEL', KEYS[2], '#' .. code) end
  listed[slug] = nil
end

if from == 0 then
  redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
  listed = {}
end
for i = 7, given - 1 do
  forget(ARGV[i])
  for _, key in ipairs({ KEYS[2], KEYS[3], KEYS[4] }) do redis.call('HDEL', key, ARGV[i]) end
end
for i = first, #ARGV, 4 do forget(ARGV[i]) end
for i = given, first - 1, 2 do redis.call('HSET', KEYS[2], '#' .. ARGV[i], ARGV[i + 1]) end
for i = first, #ARGV, 4 do
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 2])
  redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 1])
  if barriers[ARGV[i]] then
    redis.call('HSET', KEYS[4], ARGV[i], barriers[ARGV[i]])
  else
    redis.call('HDEL', KEYS[4], ARGV[i])
  end
  if ARGV[i + 3] ~= '' then listed[ARGV[i]] = true end
end

local slugs = {}
for slug in pairs(listed) do slugs[#slugs + 1] = slug end
table.sort(slugs)
redis.call('HSET', KEYS[2], '#listed', table.concat(slugs, ' '), '#revision', ARGV[1])
redis.call('SET', KEYS[1], ARGV[1])
redis.call('SET', KEYS[7], count() .. ' ' .. mark)
return 1
