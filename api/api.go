// Package api holds the bodies of the HTTP API: what requests and answers say, in
// JSON. The handlers of poll and result write and read them, and so does package
// client; openapi.yaml, beside this, describes them for everybody else. What enters is a Go
// value; what leaves is the same on both sides.
//
// What the language already says in JSON (a poll as the organiser sees it, its
// definition, a change of it) is not said twice: those are aliases, so that a new
// field of a poll needs no line here.
package api

import (
	"encoding/json"
	"time"

	"popeye/count"
	"popeye/vote"
	"popeye/vote/definition"
)

// Base is where the API begins, on both sites.
const Base = "/api/v1"

// Recorded is the status of a vote that counts.
const Recorded = "recorded"

// Cast is the body of POST /polls/{slug}/votes.
type Cast struct {
	Vote json.RawMessage `json:"vote"`         // "a", ["b","a"] or {"a":4}, by the kind of the poll
	ID   string          `json:"id,omitempty"` // the same id makes a retry harmless
	// Edition is that of the poll as the voter was shown it.
	Edition string `json:"edition,omitempty"`
}

// Receipt is the answer to a vote that is recorded.
type Receipt struct {
	Status string      `json:"status"` // Recorded
	Poll   string      `json:"poll"`
	Vote   vote.Ballot `json:"vote"` // in canonical form
	ID     string      `json:"id"`
	// Pass shows that its bearer has voted, where that lets them see the results.
	Pass string `json:"pass,omitempty"`
}

// Poll is what anyone may know of a poll: the body of GET /polls/{slug}. A draft
// does not show its options.
type Poll struct {
	Slug     string        `json:"slug"`
	Code     string        `json:"code,omitempty"` // leads here; see GET /codes/{code}
	Question string        `json:"question"`
	Kind     vote.Kind     `json:"kind"`
	Options  []vote.Option `json:"options"`
	Min      int           `json:"min"`
	Max      int           `json:"max"`
	Status   vote.Status   `json:"status"`
	OpensAt  time.Time     `json:"opens_at,omitzero"`
	ClosesAt time.Time     `json:"closes_at,omitzero"`
	TimeZone string        `json:"time_zone,omitempty"` // the organiser's; "" is UTC

	// How the votes are counted, and what a ballot may say.
	Rule       string   `json:"rule"`
	Seats      int      `json:"seats"`
	EqualRanks bool     `json:"equal_ranks,omitempty"`
	Abstain    bool     `json:"abstain,omitempty"`
	Withdrawn  []string `json:"withdrawn,omitempty"`
	LotSeed    string   `json:"lot_seed,omitempty"` // of a draft it is not told

	Edition     string            `json:"edition,omitempty"` // for a vote to say what its voter was shown
	Corrections []vote.Correction `json:"corrections,omitempty"`
	Reopenings  []vote.Reopening  `json:"reopenings,omitempty"`
}

// Tally is a poll's count as the audience sees it, also over Socket.IO.
type Tally struct {
	Poll    string         `json:"poll"`
	Status  vote.Status    `json:"status"`
	Total   int64          `json:"total"` // voters
	AsOf    time.Time      `json:"as_of"`
	Seq     int64          `json:"seq"` // grows with every change
	Options []count.Option `json:"options"`
}

// Results is the body of GET /polls/{slug}/results.
type Results struct {
	Tally
	// Hidden says that whoever asks may not see the results, and Visibility when they
	// may. Then there is no Count, no number of an option, and a Total of 0 may be one
	// that is hidden too.
	Hidden     bool            `json:"hidden,omitempty"`
	Visibility vote.Visibility `json:"visibility,omitempty"`

	Code     string    `json:"code,omitempty"` // leads to the poll's ballot
	Question string    `json:"question"`
	Kind     vote.Kind `json:"kind"`
	Min      int       `json:"min,omitempty"`
	Max      int       `json:"max,omitempty"`
	Invalid  int64     `json:"invalid,omitempty"` // of Total: their ballots are none of this poll's
	// Abstained are of Total too. They are outside every percentage.
	Abstained int64 `json:"abstained,omitempty"`
	// Count is what the poll's rule makes of the ballots; none of a draft.
	Count    *count.Result `json:"count,omitempty"`
	OpensAt  time.Time     `json:"opens_at,omitzero"`
	ClosesAt time.Time     `json:"closes_at,omitzero"`
	TimeZone string        `json:"time_zone,omitempty"` // the organiser's; "" is UTC
	Parent   string        `json:"parent,omitempty"`    // the round before
	LotSeed  string        `json:"lot_seed,omitempty"`  // from the opening on: what decides ties that nothing else does

	Corrections []vote.Correction `json:"corrections,omitempty"`
	Reopenings  []vote.Reopening  `json:"reopenings,omitempty"`
}

// What organisers send and get is the language's own.
type (
	// OwnPoll is a poll as its organiser sees it.
	OwnPoll = vote.Poll
	// NewPoll is the body of POST /polls and PUT /polls/{slug}.
	NewPoll = definition.Definition
	// Change is the body of PATCH /polls/{slug}; what it leaves out stays as it is.
	Change = definition.Edit
	// NewRound is the body of POST /polls/{slug}/rounds.
	NewRound = definition.Round
)

// Duplicate is the body of POST /polls/{slug}/duplicate.
type Duplicate struct {
	ID   string `json:"id,omitempty"`   // of the request: sent again, it makes no second poll
	Slug string `json:"slug,omitempty"` // made from the question if empty
}

// Rounds is the body of GET /polls/{slug}/rounds: all of them, the first one first.
type Rounds struct {
	Rounds []OwnPoll `json:"rounds"`
}

// Polls is the body of GET /polls.
type Polls struct {
	Polls []OwnPoll `json:"polls"`
}

// Account is the body of GET /account: where every vote is that was ever accepted.
type Account struct {
	Accepted   int64     `json:"accepted"`
	Stored     int64     `json:"stored"`
	Waiting    int64     `json:"waiting"`
	Dead       int64     `json:"dead"`
	AsOf       time.Time `json:"as_of"`
	Difference int64     `json:"difference"` // 0 is the promise
	Balanced   bool      `json:"balanced"`
	LagSeconds float64   `json:"lag_seconds"` // age of the oldest vote that waits
	AgeSeconds float64   `json:"age_seconds"` // of this account

	// QueueRisk is how Redis, as it is set up, may lose votes that were accepted.
	QueueRisk string `json:"queue_risk,omitempty"`

	// Of the last whole minute: voters who came without a cookie of ours, and of these
	// those of the network that brought most.
	NewVoters        int64 `json:"new_voters"`
	NewVotersLargest int64 `json:"new_voters_largest"`
}

// Failure is the body of every answer that is an error.
type Failure struct {
	Error Problem `json:"error"`
}

// Problem says what is wrong: the code to programs, the message to people.
type Problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}
