-- Does what cast.lua does to let a vote in, and takes it back: who is refused here
-- would be there. Nobody sees the message, and none is left behind.
--
-- KEYS  1 popeye:gate  2 votes  3 popeye:revision  4 popeye:once:probe
--
-- A user who may push and not pop would leave a message behind. To pop from nothing,
-- to see, would be a write, and after a write Redis asks no more if it is full.
if not redis.acl_check_cmd('RPOP', KEYS[2]) then
  return redis.error_reply('NOPERM the user can not run RPOP, which is needed to try whether votes are taken')
end
redis.call('HLEN', KEYS[1])
redis.call('EXISTS', KEYS[3])
redis.call('RPUSH', KEYS[2], '')
redis.call('RPOP', KEYS[2])
redis.call('SET', KEYS[4], '', 'EX', 1)
redis.call('DEL', KEYS[4])
return 1
