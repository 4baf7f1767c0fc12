package queue

// Risk is a way in which the queue's server may lose votes that it has accepted.
// The values are the names that metrics, programs and the store know.
type Risk string

// The risks, the worst first.
const (
	RiskEviction Risk = "eviction"       // it deletes votes when its memory is full
	RiskNoLog    Risk = "no_aof"         // it keeps them in its memory alone
	RiskNoSync   Risk = "fsync_no"       // the system writes them to the disk some time
	RiskLateSync Risk = "fsync_everysec" // it writes them to the disk once a second
	RiskUnknown  Risk = "unknown"        // it does not tell how it keeps them
)

// Risks lists every one, the worst first.
var Risks = []Risk{RiskEviction, RiskNoLog, RiskNoSync, RiskLateSync, RiskUnknown}

// Guard tells how the queue's server keeps votes. Safe for concurrent use. A queue
// in the memory of one process has no server, and none of this.
type Guard interface {
	// Risk returns the worst risk that was found last, "" if there is none.
	Risk() Risk
}
