package vote

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
		marks := p.Read(ballot)
		if marks == nil {
			c.Invalid += voters
			continue
		}
		c.Voters += voters
		for _, m := range marks {
			c.Options[at[m.ID]].Votes += voters * p.worth(m)
		}
	}
	return c
}

// worth is what a mark adds to its option under the plain rule.
func (p Poll) worth(m Mark) int64 {
	switch {
	case p.Kind == Score:
		return int64(m.N)
	case p.Kind == Ranked && m.N > 1:
		return 0
	default:
		return 1
	}
}
