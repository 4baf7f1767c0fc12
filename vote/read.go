package vote

import (
	"slices"
	"strings"
)

// Mark is what a ballot says of one option: chosen (N is 1), at place N of a
// ranking, or given N points.
type Mark struct {
	Place int // of the option in the poll's list
	N     int
}

// Read returns what a canonical ballot says, in the ballot's order; nil when b
// is none of p's. For many ballots of one poll see Reader.
func (p Poll) Read(b Ballot) []Mark { return slices.Clone(p.Reader().Read(b)) }

// Reader reads many ballots of one poll. A ballot takes as long as it is, however
// many options the poll has, and no memory. Not safe for concurrent use.
type Reader struct {
	poll  Poll
	rules kindRules
	known bool           // there is such a kind
	place map[string]int // option -> its place in the poll
	round int            // of the ballot that is read
	named []int          // by place: the last round in which a ballot named the option
	marks []Mark         // of the ballot that was read last
}

// Reader returns one for p's ballots.
func (p Poll) Reader() *Reader {
	rules, err := p.rules()
	return &Reader{
		poll: p, rules: rules, known: err == nil,
		place: p.places(), named: make([]int, len(p.Options)), marks: make([]Mark, 0, len(p.Options)),
	}
}

// places returns where each option stands.
func (p Poll) places() map[string]int {
	at := make(map[string]int, len(p.Options))
	for i, o := range p.Options {
		at[o.ID] = i
	}
	return at
}

// Read returns the marks of a canonical ballot, in its order, until the next
// call; nil when b is none of the poll's.
func (r *Reader) Read(b Ballot) []Mark {
	r.marks = r.marks[:0]
	r.round++
	if len(b) > MaxBallot || !r.known {
		return nil
	}
	before := ""
	for rest, more := string(b), true; more; {
		var part string
		part, rest, more = r.cut(rest)
		id, n, ok := r.rules.mark(r.poll, len(r.marks)+1, part)
		if !ok || r.rules.ascending && id <= before || !r.add(id, n) {
			return nil
		}
		before = id
	}
	if !r.rules.whole(r.poll, len(r.marks)) {
		return nil
	}
	return r.marks
}

// cut takes the first part off a ballot, and tells whether another follows.
func (r *Reader) cut(ballot string) (part, rest string, more bool) {
	if r.rules.separator == "" {
		return ballot, "", false
	}
	return strings.Cut(ballot, r.rules.separator)
}

// add notes what an option gets. A ballot names each option once.
func (r *Reader) add(id string, n int) bool {
	at, ok := r.place[id]
	if !ok || r.named[at] == r.round {
		return false
	}
	r.named[at] = r.round
	r.marks = append(r.marks, Mark{at, n})
	return true
}
