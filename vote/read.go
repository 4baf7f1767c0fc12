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

// Abstains reports whether b is the abstention that p allows.
func (p Poll) Abstains(b Ballot) bool { return b == Abstention && p.Abstain }

// Read returns what a canonical ballot says, in the ballot's order; nil when b
// is none of p's, or says nothing of any option: see Abstains. For many ballots of one poll see Reader.
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
	before, place, ascending := "", 1, r.rules.ascending
	for rest, next := string(b), byte(','); next != 0; {
		var part string
		part, rest, next = r.cut(rest)
		id, n, ok := r.rules.mark(r.poll, place, part)
		if !ok || ascending && id <= before || !r.add(id, n) {
			return nil
		}
		before, ascending = id, r.rules.ascending || next == equalSign
		if next != equalSign {
			place++
		}
	}
	if !r.rules.whole(r.poll, len(r.marks)) {
		return nil
	}
	return r.marks
}

// cut takes the first part off a ballot, and returns what stands between it and the
// next; 0 if it is the last.
func (r *Reader) cut(ballot string) (part, rest string, next byte) {
	i := -1
	switch {
	case r.rules.separator == "":
	case r.poll.EqualRanks:
		i = strings.IndexAny(ballot, r.rules.separator+sepEqual)
	default:
		i = strings.Index(ballot, r.rules.separator)
	}
	if i < 0 {
		return ballot, "", 0
	}
	return ballot[:i], ballot[i+1:], ballot[i]
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
