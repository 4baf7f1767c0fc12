package redisqueue

import (
	_ "embed"

	"github.com/redis/rueidis"
)

// What lies where, in database 0. The inbox is a public contract; the rest is
// ours.
const (
	keyVotes     = "votes"             // list: the inbox; anyone may push
	keyBatches   = "popeye:batches"    // stream: batches that are leased, see take.lua
	keyPosition  = "popeye:position"   // the last position assigned
	keyFence     = "popeye:fence"      // "<run of Redis> <position>": which run was told how far the store is
	keyLifted    = "popeye:lifted"     // the fence that went over what is leased, until that is acknowledged or placed anew
	keyReplaced  = "popeye:replaced"   // hash: batches that are to be placed anew, in their order, see replace.lua
	keyMoved     = "popeye:moved"      // how many messages ever left the inbox
	keyBefore    = "popeye:before"     // how many were accepted before this memory began, see Rebase
	keyClaims    = "popeye:claims"     // how many batches were taken over from a worker that was gone
	keyDrained   = "popeye:drained"    // when the inbox was last seen empty, microseconds by Redis' clock
	keyClock     = "popeye:clock"      // what that clock showed at the last take
	keyRevision  = "popeye:revision"   // of the published catalog
	keyPublished = "popeye:published"  // how much was published of each, see publish.lua
	keyPolls     = "popeye:polls"      // hash: what is published, see internal/published
	keyGate      = "popeye:gate"       // hash: slug -> what cast.lua asks for, see internal/published
	keyBarrier   = "popeye:barrier"    // hash: slug -> messages accepted when its gate shut
	keyOnce      = "popeye:once:"      // prefix of the ids cast, see inbox.go; they expire
	keyArrivals  = "popeye:arrivals"   // hash: voting front -> when and what it told of new voters
	keyCookie    = "popeye:cookie-key" // the secret that poll replicas share
)

var (
	//go:embed lua/cast.lua
	castLua string
	//go:embed lua/probe.lua
	probeLua string
	//go:embed lua/publish.lua
	publishLua string
	//go:embed lua/revision.lua
	revisionLua string
	//go:embed lua/settled.lua
	settledLua string
	//go:embed lua/take.lua
	takeLua string
	//go:embed lua/renew.lua
	renewLua string
	//go:embed lua/ack.lua
	ackLua string
	//go:embed lua/fence.lua
	fenceLua string
	//go:embed lua/replace.lua
	replaceLua string
	//go:embed lua/leave.lua
	leaveLua string
	//go:embed lua/tell.lua
	tellLua string
	//go:embed lua/arrivals.lua
	arrivalsLua string
	//go:embed lua/stats.lua
	statsLua string
)

// The scripts. rueidis never repeats one that is not read-only.
var (
	castScript     = rueidis.NewLuaScript(castLua)
	probeScript    = rueidis.NewLuaScript(probeLua)
	publishScript  = rueidis.NewLuaScript(publishLua)
	revisionScript = rueidis.NewLuaScriptReadOnly(revisionLua)
	settledScript  = rueidis.NewLuaScriptReadOnly(settledLua)
	takeScript     = rueidis.NewLuaScript(takeLua)
	renewScript    = rueidis.NewLuaScript(renewLua)
	ackScript      = rueidis.NewLuaScript(ackLua)
	fenceScript    = rueidis.NewLuaScript(fenceLua)
	replaceScript  = rueidis.NewLuaScript(replaceLua)
	leaveScript    = rueidis.NewLuaScript(leaveLua)
	tellScript     = rueidis.NewLuaScript(tellLua)
	arrivalsScript = rueidis.NewLuaScript(arrivalsLua)
	statsScript    = rueidis.NewLuaScriptReadOnly(statsLua)
)
