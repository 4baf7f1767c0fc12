package vote

import (
	"strconv"
	"strings"
)

// Mark is what a ballot says of one option: chosen (N is 1), at place N of a
// ranking, or given N points.
type Mark struct {
	Option
	N int
}

// Read returns what a canonical ballot says, in the ballot's order; nil when b
// is none of p's. For many ballots of one poll see Reader.
func (p Poll) Read(b Ballot) []Mark {
	r := p.Reader()
	var marks []Mark
	for _, m := range r.read(b) {
		marks = append(marks, Mark{p.Options[m.place], m.n})
	}
	return marks
}

// Reader reads many ballots of one poll. A ballot takes as long as it is, however
// many options the poll has, and no memory. Not safe for concurrent use.
type Reader struct {
	poll  Poll
	place map[string]int // option -> its place in the poll
	round int            // of the ballot that is read
	named []int          // by place: the last round in which a ballot named the option
	marks []mark         // of the ballot that was read last
}

// mark is a Mark of the option at a place.
type mark struct{ place, n int }

// Reader returns one for p's ballots.
func (p Poll) Reader() *Reader {
	r := &Reader{poll: p, place: p.places(), named: make([]int, len(p.Options))}
	r.marks = make([]mark, 0, len(p.Options))
	return r
}

// places returns where each option stands.
func (p Poll) places() map[string]int {
	at := make(map[string]int, len(p.Options))
	for i, o := range p.Options {
		at[o.ID] = i
	}
	return at
}

// read returns the marks of a canonical ballot, in its order, until the next
// call; none when b is none of the poll's.
func (r *Reader) read(b Ballot) []mark {
	r.marks = r.marks[:0]
	r.round++
	if len(b) > MaxBallot {
		return nil
	}
	before := ""
	for rest, more := string(b), true; more; {
		var id string
		id, rest, more = r.cut(rest)
		m, ok := r.mark(&id)
		if !ok || r.sorts() && id <= before {
			return nil
		}
		before = id
		r.marks = append(r.marks, m)
	}
	if r.poll.Kind == Multiple && (len(r.marks) < r.poll.Min || len(r.marks) > r.poll.Max) {
		return nil
	}
	return r.marks
}

// cut takes the first part off a ballot, and tells whether another follows.
func (r *Reader) cut(ballot string) (part, rest string, more bool) {
	switch r.poll.Kind {
	case Multiple, Score:
		return strings.Cut(ballot, sepMultiple)
	case Ranked:
		return strings.Cut(ballot, sepRanked)
	default:
		return ballot, "", false
	}
}

// sorts reports whether a canonical ballot names its options in ascending order.
func (r *Reader) sorts() bool { return r.poll.Kind == Multiple || r.poll.Kind == Score }

// mark reads one part, and leaves the option's id of it. Each option is named once.
func (r *Reader) mark(part *string) (mark, bool) {
	m := mark{n: 1}
	switch r.poll.Kind {
	case Ranked:
		m.n = len(r.marks) + 1
	case Score:
		id, number, _ := strings.Cut(*part, sepPoints)
		n, ok := plainNumber(number)
		if !ok || n < r.poll.Min || n > r.poll.Max {
			return m, false
		}
		*part, m.n = id, n
	}
	at, ok := r.place[*part]
	if !ok || r.named[at] == r.round {
		return m, false
	}
	r.named[at], m.place = r.round, at
	return m, true
}

// plainNumber reads a decimal without sign or leading zeros, so that every ballot
// has one spelling.
func plainNumber(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	if err != nil || s[0] == '-' || s[0] == '+' || s[0] == '0' && len(s) > 1 {
		return 0, false
	}
	return n, true
}
