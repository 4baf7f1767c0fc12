package vote

// Board is every poll there is, as of one moment: what the worker reads from
// the store and publishes to the queue as a whole.
type Board struct {
	// Revision is that of the newest change, deletions included. Of two boards
	// the one with the greater revision is the newer.
	Revision int64
	Polls    []Poll
}
