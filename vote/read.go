package vote

import (
	"slices"

	"popeye/vote/internal/idtable"
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
	poll   Poll
	rules  kindRules
	known  bool // there is such a kind
	end    int  // the byte between two parts; -1 if there is one part
	shared bool // options may share a place
	ids    idtable.Table
	round  int    // of the ballot that is read
	named  []int  // by place: the last round in which a ballot named the option
	marks  []Mark // of the ballot that was read last
}

// Reader returns one for p's ballots.
func (p Poll) Reader() *Reader {
	rules, err := p.rules()
	r := &Reader{
		poll: p, rules: rules, known: err == nil, shared: p.EqualRanks && rules.gives == givesPlace,
		ids: idtable.New(p.ids()), named: make([]int, len(p.Options)), marks: make([]Mark, 0, len(p.Options)), end: -1,
	}
	if rules.separator != "" {
		r.end = int(rules.separator[0])
	}
	return r
}

// ids returns those of all options.
func (p Poll) ids() []string {
	ids := make([]string, len(p.Options))
	for i, o := range p.Options {
		ids[i] = o.ID
	}
	return ids
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
	r.round++
	if len(b) > MaxBallot || !r.known {
		return nil
	}
	text, before, ascending := string(b), "", r.rules.ascending
	named, round, gives, marks := r.named, r.round, r.rules.gives, r.marks[:0]
	for begin, n := 0, 1; ; {
		at, end := r.ids.Find(text, begin)
		if at < 0 || named[at] == round { // a ballot names each option once
			return nil
		}
		if ascending && text[begin:end] <= before {
			return nil
		}
		before = text[begin:end]
		if gives == givesPoints {
			if n, end = r.points(text, end); n < 0 {
				return nil
			}
		}
		named[at] = round
		marks = append(marks, Mark{at, n})
		if end == len(text) {
			break
		}
		switch next := text[end]; {
		case int(next) == r.end:
			ascending = r.rules.ascending
			if gives == givesPlace {
				n++
			}
		case next == equalSign && r.shared:
			ascending = true
		default:
			return nil
		}
		begin = end + 1
	}
	if !r.rules.whole(r.poll, len(marks)) {
		return nil
	}
	return marks
}

// points returns the points that stand after an id, and where they end; -1 if there are
// none that an option can have.
func (r *Reader) points(ballot string, after int) (n, end int) {
	if after == len(ballot) || ballot[after] != equalSign {
		return -1, after
	}
	end = after + 1
	for end < len(ballot) && isDigit(ballot[end]) {
		end++
	}
	n, ok := plainNumber(ballot[after+1 : end])
	if !ok || n < r.poll.Min || n > r.poll.Max {
		return -1, end
	}
	return n, end
}
