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
	Votes    int64 `json:"votes"`
	*Ratings       // of a score poll, else nil
}

// Count counts t by the plain rule of p's kind.
func (p Poll) Count(t Tally) Count {
	c := p.Counter()
	for ballot, voters := range t {
		c.Add(ballot, voters)
	}
	return c.Count()
}

// Counter counts a tally by the plain rule as it goes by, one distinct ballot
// after the other, and keeps none of them.
type Counter struct {
	poll  Poll
	at    map[string]int // option -> its place
	count Count
}

// Counter returns one that has counted nothing.
func (p Poll) Counter() *Counter {
	c := &Counter{poll: p, at: make(map[string]int, len(p.Options)), count: Count{Options: make([]OptionCount, len(p.Options))}}
	for i, o := range p.Options {
		c.count.Options[i].Option = o
		if p.Kind == Score {
			c.count.Options[i].Ratings = &Ratings{Distribution: map[int]int64{}}
		}
		c.at[o.ID] = i
	}
	return c
}

// Add counts a ballot that so many voters cast.
func (c *Counter) Add(ballot Ballot, voters int64) {
	marks := c.poll.Read(ballot)
	if marks == nil {
		c.count.Invalid += voters
		return
	}
	c.count.Voters += voters
	for _, m := range marks {
		o := &c.count.Options[c.at[m.ID]]
		o.Votes += voters * c.poll.worth(m)
		if o.Ratings != nil {
			o.Raters += voters
			o.Distribution[m.N] += voters
		}
	}
}

// Count returns what was counted; the Counter has ended with that.
func (c *Counter) Count() Count {
	if c.poll.Kind == Score {
		rate(c.count.Options)
	}
	return c.count
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
