package vote

import (
	"strings"
)

// Tally maps each distinct ballot to the number of voters who cast it. It is
// the anonymous record of a poll: anyone can recount from it.
type Tally map[Ballot]int64

// Count is what a tally says about each option, in the poll's order.
type Count struct {
	Voters  int64         // voters with a ballot that is valid for the poll
	Invalid int64         // voters whose ballot is not: hand-made rows, or options taken away since
	Options []OptionCount // every option, zero included
}

// OptionCount is the figure of one option. Votes are its voters (single), its
// approvals (multiple), its first preferences (ranked) or the sum of its
// points (score).
type OptionCount struct {
	Option
	Votes int64 `json:"votes"`
}

// Count counts t by the plain rule of p's kind.
func (p Poll) Count(t Tally) Count {
	c := Count{Options: make([]OptionCount, len(p.Options))}
	at := make(map[string]int, len(p.Options))
	for i, o := range p.Options {
		c.Options[i].Option = o
		at[o.ID] = i
	}
	for ballot, voters := range t {
		canonical, err := ParseBallot(p, string(ballot))
		if err != nil || canonical != ballot {
			c.Invalid += voters
			continue
		}
		c.Voters += voters
		for _, m := range p.marks(ballot) {
			c.Options[at[m.id]].Votes += voters * int64(m.n)
		}
	}
	return c
}

// marks returns what a canonical ballot adds to each option under the plain
// rule: 1 for a choice, an approval or a first preference, points for a score.
func (p Poll) marks(b Ballot) []points {
	switch p.Kind {
	case Multiple:
		var m []points
		for id := range strings.SplitSeq(string(b), sepMultiple) {
			m = append(m, points{id, 1})
		}
		return m
	case Ranked:
		first, _, _ := strings.Cut(string(b), sepRanked)
		return []points{{first, 1}}
	case Score:
		m, _ := parsePoints(string(b)) // canonical, so it parses
		return m
	default:
		return []points{{string(b), 1}}
	}
}
