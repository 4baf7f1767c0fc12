package audience

import (
	"bytes"
	"strconv"

	"popeye/api"
	"popeye/count"
	"popeye/store"
	"popeye/vote"
)

// Results is what a single request for the count gets, and a viewer over Socket.IO.
type Results struct {
	api.Results
	Hidden   bool          `json:"hidden,omitempty"` // by the poll's visibility
	Settings vote.Settings `json:"-"`                // how the poll is counted, for pages
}

// Counted is a poll with its count, of one moment.
type Counted struct {
	store.Snapshot
	Totals count.Totals
	Count  count.Result
}

// Results returns what the audience is told of a count.
func (s Counted) Results() Results {
	options, counted := s.Totals.Options, &s.Count
	hidden := s.Poll.Hides()
	if hidden || s.Poll.Status == vote.Draft { // it may be a quiz: its options are told when it opens
		options, counted = []count.Option{}, nil
	}
	r := Results{Hidden: hidden, Settings: s.Poll.Settings, Results: api.Results{
		Tally: api.Tally{
			Poll: s.Poll.Slug, Status: s.Poll.Status, Total: s.Totals.Voters + s.Totals.Invalid + s.Totals.Abstained,
			AsOf: s.AsOf.UTC(), Seq: s.Seq, Options: options,
		},
		Question: s.Poll.Question, Kind: s.Poll.Kind, Min: s.Poll.Min, Max: s.Poll.Max, Count: counted,
		OpensAt: s.Poll.OpensAt.UTC(), ClosesAt: s.Poll.ClosesAt.UTC(),
		Corrections: s.Poll.Corrections, Reopenings: s.Poll.Reopenings,
	}}
	r.Settings.Rule = s.Poll.CountedBy()
	if !hidden {
		r.Invalid, r.Abstained = s.Totals.Invalid, s.Totals.Abstained
	}
	return r
}

// Scores is the classic form: every option with its figure, zero included, in
// the poll's order.
func (r Results) Scores() string {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, o := range r.Options {
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
