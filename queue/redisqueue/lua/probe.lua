-- Asks whether cast.lua would let a vote in, and pushes none: who pushes only may
-- not be able to take it back. Redis refuses this write whenever it refuses that one.
--
-- KEYS  1 popeye:gate  2 votes  3 popeye:revision  4 popeye:once:probe
redis.call('HLEN', KEYS[1])
redis.call('LLEN', KEYS[2]) -- it is a list, or nothing yet
redis.call('EXISTS', KEYS[3])
if not redis.acl_check_cmd('RPUSH', KEYS[2], '') then
  return redis.error_reply("NOPERM the user of this program can't run this command: RPUSH " .. KEYS[2])
end
redis.call('SET', KEYS[4], '', 'PX', 1)
return 1
