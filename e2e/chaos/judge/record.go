// Package judge says whether a vote kept its promises. What enters is a record:
// what the voters of a storm know of their own casts, and what the store held
// at some moments. What leaves is charges, each with the voter concerned; none
// is an acquittal. It starts nothing and reads no clock, so a record can be
// written by hand, and the tests do.
//
//   - record.go: what is known
//   - judge.go: each ballot against its voter's casts; tallies, sums, accounts
//   - closing.go: final means final
//   - history.go: whether one register for each voter explains all that was seen
package judge

import (
	"time"

	"popeye/store"
)

// Answer is what a voter knows of a cast.
type Answer string

// A cast whose answer is Unknown may have taken effect at any time after it was
// invoked, also after later casts, or not at all; never twice.
const (
	Recorded Answer = "recorded"
	Refused  Answer = "refused"
	Unknown  Answer = "unknown"
)

// Cast is one vote with all its tries, as its voter knows it. Times count from
// any one moment, by a clock that is never set.
type Cast struct {
	Poll     string        `json:"poll"`
	Voter    string        `json:"voter"`
	Ballot   string        `json:"ballot"`
	ID       string        `json:"id"`
	Invoked  time.Duration `json:"invoked"`  // before its first try was sent
	Returned time.Duration `json:"returned"` // when the voter had the answer, or gave up
	Answer   Answer        `json:"answer"`
}

// Reading is all of a poll as the store held it at one moment between From and
// To.
type Reading struct {
	Poll     string
	From, To time.Duration
	Ballots  map[string]string // voter -> ballot
	Tally    map[string]int64  // ballot -> voters
	Shown    *int64            // voters that the result page showed then, nil if nobody looked
}

// State is where a poll stands in its life.
type State struct {
	Status   string
	Revision int64 // grows with every change of the poll
}

// Closing is a time in which a poll was closed: First was read after it had been
// seen closed, Last before anyone asked to open it again. Late tries of an
// earlier request of the organiser's own are not in it.
type Closing struct {
	Poll        string
	First, Last Reading
	Was, Is     State // of the poll in these
}

// Changed reports whether the poll itself was not closed all the time.
func (c Closing) Changed() bool { return c.Was.Status != "closed" || c.Is != c.Was }

// Record is what is known of a storm.
type Record struct {
	Casts    []Cast    // of all voters; those of one voter are in the order in which they were invoked
	Closings []Closing //
	Final    []Reading // of each poll, once the queue was empty

	Accounts []store.Account // taken during the storm
	End      store.Account   // taken once the queue was empty
}

// Kind says what a charge is about.
type Kind string

// What can be wrong.
const (
	Lost       Kind = "lost"       // recorded, and not there
	Stale      Kind = "stale"      // an earlier choice of the voter stands
	Foreign    Kind = "foreign"    // a ballot that its voter never had recorded
	Doubled    Kind = "doubled"    // counted more often, or less, than it is there
	Late       Kind = "late"       // recorded while the poll was closed
	Moved      Kind = "moved"      // a closed poll changed
	Unbalanced Kind = "unbalanced" // accepted is not stored + waiting + dead
	Disordered Kind = "disordered" // no order of the casts explains what was read
)

// Charge is one thing that went wrong.
type Charge struct {
	Kind  Kind
	Poll  string // "" if it is about all
	Voter string // "" if it is about no single one
	N     int64  // how many votes it is about
	Text  string
}

// Verdict is what the judge says of a record.
type Verdict struct {
	Charges   []Charge
	Histories int // voters in a poll whose history was checked
	Explained int // of these, how many are linearizable
	Undecided int // of these, how many were too long to decide
}

// Count returns how many votes the charges of these kinds are about.
func (v Verdict) Count(kinds ...Kind) int64 {
	var n int64
	for _, c := range v.Charges {
		for _, k := range kinds {
			if c.Kind == k {
				n += c.N
			}
		}
	}
	return n
}
