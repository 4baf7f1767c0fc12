package audience

import (
	"bytes"
	"encoding/json"
	"strconv"

	"popeye/api"
	"popeye/count"
	"popeye/store"
	"popeye/vote"
)

// Asker is who asks what a poll's votes are.
type Asker uint8

// The askers. Each may see what those before may see.
const (
	Anyone    Asker = iota
	Voter           // has shown that they have voted in the poll
	Organiser       // has signed in, or sent the organiser's token
)

// Askers has all of them.
var Askers = [...]Asker{Anyone, Voter, Organiser}

// Counted is a poll with its count, of one moment. For is the only way out.
type Counted struct {
	snapshot store.Snapshot
	totals   count.Totals
	count    count.Result
}

// Shows reports whether an asker may see the results.
func (c Counted) Shows(a Asker) bool { return a == Organiser || c.snapshot.Poll.Shows(a == Voter) }

// Poll returns the poll's definition.
func (c Counted) Poll() vote.Poll { return c.snapshot.Poll }

// Results is what an asker may see: what a single request gets, and a viewer over
// Socket.IO.
type Results struct {
	api.Results
	HideTotal bool              // also how many have voted is hidden
	Settings  vote.Settings     // how the poll is counted, its rule by name
	Notes     map[string]string // of options that have one, by id; they are not sent with each tally
}

// For returns what an asker may see of a count: the gate through which every number
// leaves that comes from votes.
func (c Counted) For(a Asker) Results {
	p, t := c.snapshot.Poll, c.totals
	r := Results{Settings: p.Settings, Results: api.Results{
		Tally: api.Tally{Poll: p.Slug, Status: p.Status, AsOf: c.snapshot.AsOf.UTC(), Seq: c.snapshot.Seq},
		Code:  p.Code, Question: p.Question, Kind: p.Kind, Min: p.Min, Max: p.Max, OpensAt: p.OpensAt.UTC(), ClosesAt: p.ClosesAt.UTC(),
		TimeZone: p.TimeZone, Parent: p.Parent,
		Corrections: p.Corrections, Reopenings: p.Reopenings,
	}}
	r.Settings.Rule, r.Settings.PassKey = p.CountedBy(), ""
	if p.Status != vote.Draft {
		r.LotSeed = p.LotSeed
	}
	r.Total = t.Voters + t.Invalid + t.Abstained
	switch {
	case p.Status == vote.Draft: // it may be a quiz: its options are told when it opens
		r.Options = []count.Option{}
	case c.Shows(a):
		r.Options, r.Count, r.Invalid, r.Abstained = t.Options, &c.count, t.Invalid, t.Abstained
		r.Notes = notesOf(p)
	default:
		r.hide(p)
	}
	if p.HideVoters {
		r.Seq = c.seqOf(r.HideTotal)
	}
	return r
}

func notesOf(p vote.Poll) map[string]string {
	notes := map[string]string{}
	for _, o := range p.Options {
		if o.Note != "" {
			notes[o.ID] = o.Note
		}
	}
	return notes
}

// hide leaves the words of p's options, and how many have voted if that may be known.
func (r *Results) hide(p vote.Poll) {
	r.Hidden, r.Visibility, r.HideTotal = true, p.Visibility, p.HideVoters
	r.Options = make([]count.Option, len(p.Options))
	for i, o := range p.Options {
		r.Options[i].ID, r.Options[i].Label = o.ID, o.Label
	}
	if r.HideTotal {
		r.Total = 0
	}
}

// eachRevision is more than the changes of a tally between two changes of a poll.
const eachRevision = 1_000_000

// seqOf returns the sequence of a poll that hides how many have voted: the tally's own
// grows with every vote, so while that is hidden only changes of the poll let it grow.
func (c Counted) seqOf(hidden bool) int64 {
	seq := c.snapshot.Poll.Revision * eachRevision
	if !hidden {
		seq += c.snapshot.Seq
	}
	return seq
}

// MarshalJSON writes results that are hidden without the places where numbers would be.
func (r Results) MarshalJSON() ([]byte, error) {
	if !r.Hidden {
		return json.Marshal(r.Results)
	}
	hidden := struct {
		api.Results
		Options []vote.Option `json:"options"`
		Total   *int64        `json:"total,omitempty"`
	}{Results: r.Results, Options: make([]vote.Option, len(r.Options))}
	for i, o := range r.Options {
		hidden.Options[i] = o.Option
	}
	if !r.HideTotal {
		hidden.Total = &r.Total
	}
	return json.Marshal(hidden)
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
