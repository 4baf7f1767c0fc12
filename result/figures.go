package result

import (
	"bytes"
	"strconv"
	"time"

	"popeye/count"
	"popeye/internal/socketio"
	"popeye/store"
	"popeye/vote"
)

// figures is a poll's count as the audience sees it: the `tally` object.
type figures struct {
	Poll    string         `json:"poll"`
	Status  vote.Status    `json:"status"`
	Total   int64          `json:"total"` // voters
	AsOf    time.Time      `json:"as_of"`
	Seq     int64          `json:"seq"` // grows with every change
	Options []count.Option `json:"options"`
}

// results is what a single request for the count gets.
type results struct {
	figures
	Question string    `json:"question"`
	Kind     vote.Kind `json:"kind"`
	Min      int       `json:"min,omitempty"`
	Max      int       `json:"max,omitempty"`
	Invalid  int64     `json:"invalid,omitempty"` // of Total: their ballots are none of this poll's
	OpensAt  time.Time `json:"opens_at,omitzero"`
	ClosesAt time.Time `json:"closes_at,omitzero"`

	Corrections []vote.Correction `json:"corrections,omitempty"`
	Reopenings  []vote.Reopening  `json:"reopenings,omitempty"`
}

// counted is a poll with its count, of one moment.
type counted struct {
	store.Snapshot
	Count count.Result
}

// newResults returns what the audience is told of a count.
func newResults(s counted) results {
	options := s.Count.Options
	if s.Poll.Status == vote.Draft { // it may be a quiz: its options are told when it opens
		options = []count.Option{}
	}
	return results{
		figures:  figures{s.Poll.Slug, s.Poll.Status, s.Count.Voters + s.Count.Invalid, s.AsOf.UTC(), s.Seq, options},
		Question: s.Poll.Question, Kind: s.Poll.Kind, Min: s.Poll.Min, Max: s.Poll.Max, Invalid: s.Count.Invalid,
		OpensAt: s.Poll.OpensAt.UTC(), ClosesAt: s.Poll.ClosesAt.UTC(),
		Corrections: s.Poll.Corrections, Reopenings: s.Poll.Reopenings,
	}
}

// scores is the classic form: every option with its figure, zero included, in
// the poll's order.
func (f figures) scores() string {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, o := range f.Options {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Quote(o.ID)) // ids are plain ASCII: the same in JSON
		b.WriteByte(':')
		b.WriteString(strconv.FormatInt(o.Votes, 10))
	}
	b.WriteByte('}')
	return b.String()
}

// update is a poll's newest figures, encoded once for all its viewers.
type update struct {
	scores socketio.Packet
	tally  socketio.Packet
}

func newUpdate(r results) (update, error) {
	scores, err := socketio.Encode("scores", r.scores())
	if err != nil {
		return update{}, err
	}
	// The live page also shows a question that was corrected.
	tally, err := socketio.Encode("tally", r)
	return update{scores, tally}, err
}
