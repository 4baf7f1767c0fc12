package vote

import (
	"iter"
	"maps"
)

// Tally maps each distinct ballot to the number of voters who cast it. It is
// the anonymous record of a poll: anyone can recount from it.
type Tally map[Ballot]int64

// Ballots is a tally that goes by: distinct ballots with their voters, in any
// order.
type Ballots = iter.Seq2[Ballot, int64]

// All returns the ballots of t.
func (t Tally) All() Ballots { return maps.All(t) }
