package result

import (
	"bytes"
	"strconv"

	"popeye/api"
	"popeye/count"
	"popeye/internal/socketio"
	"popeye/store"
	"popeye/vote"
)

// results is what a single request for the count gets, and a viewer over Socket.IO.
type results struct {
	api.Results
	settings vote.Settings // how the poll is counted; for pages
}

// counted is a poll with its count, of one moment.
type counted struct {
	store.Snapshot
	Totals count.Totals
	Count  count.Result
}

// newResults returns what the audience is told of a count.
func newResults(s counted) results {
	options, counted := s.Totals.Options, &s.Count
	if s.Poll.Status == vote.Draft { // it may be a quiz: its options are told when it opens
		options, counted = []count.Option{}, nil
	}
	settings := s.Poll.Settings
	settings.Rule = s.Poll.CountedBy()
	return results{settings: settings, Results: api.Results{
		Tally: api.Tally{
			Poll: s.Poll.Slug, Status: s.Poll.Status, Total: s.Totals.Voters + s.Totals.Invalid + s.Totals.Abstained,
			AsOf: s.AsOf.UTC(), Seq: s.Seq, Options: options,
		},
		Question: s.Poll.Question, Kind: s.Poll.Kind, Min: s.Poll.Min, Max: s.Poll.Max, Invalid: s.Totals.Invalid, Abstained: s.Totals.Abstained, Count: counted,
		OpensAt: s.Poll.OpensAt.UTC(), ClosesAt: s.Poll.ClosesAt.UTC(),
		Corrections: s.Poll.Corrections, Reopenings: s.Poll.Reopenings,
	}}
}

// scores is the classic form: every option with its figure, zero included, in
// the poll's order.
func (r results) scores() string {
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
