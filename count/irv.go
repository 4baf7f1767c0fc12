package count

import (
	"slices"
	"strconv"

	"popeye/vote"
)

// irv is the instant runoff: the option with the fewest votes goes out, one at a time,
// and each ballot goes to the next option on it that is still in. It ends when one has
// more than half of the votes still in, or two are left. Of options that tie, the one
// with fewer votes in the latest earlier round in which they differ goes out; then the
// lot decides. A ballot whose top place holds several options that are still in stops
// there.
var irv = Rule{Name: "irv/1", Message: "rule.irv", Kind: vote.Ranked, OneSeat: true, count: func(e Election, ballots Marked) Result {
	c := runoff{Election: e, ballots: keep(ballots), out: make([]bool, len(e.Options))}
	c.run()
	return c.result
}}

type runoff struct {
	Election
	ballots *kept
	out     []bool
	rounds  [][]int64
	result  Result
	gone    [][]string // the last that went out is the last
}

func (c *runoff) run() {
	in := len(c.Options)
	for {
		votes, exhausted := c.tally()
		c.rounds = append(c.rounds, votes)
		round := Round{Votes: map[string]string{}, Exhausted: strconv.FormatInt(exhausted, 10)}
		var still, best int64
		first := -1
		for _, o := range c.Lot {
			if c.out[o] {
				continue
			}
			round.Votes[c.Options[o].ID] = strconv.FormatInt(votes[o], 10)
			if still += votes[o]; first < 0 || votes[o] > best {
				first, best = o, votes[o]
			}
		}
		if in <= 2 || 2*best > still {
			c.finish(votes, round)
			return
		}
		loser := c.loser(votes)
		c.out[loser] = true
		in--
		round.Eliminated = c.ids([]int{loser})
		c.gone = append(c.gone, round.Eliminated)
		c.result.Rounds = append(c.result.Rounds, round)
	}
}

// tally counts each ballot for the first option on it that is still in.
func (c *runoff) tally() (votes []int64, exhausted int64) {
	votes = make([]int64, len(c.Options))
	for marks, voters := range c.ballots.all() {
		top := -1
		for i, m := range marks {
			if c.out[m.Place] {
				continue
			}
			top = m.Place
			if slices.ContainsFunc(marks[i+1:], func(n vote.Mark) bool { return n.N == m.N && !c.out[n.Place] }) {
				top = -1
			}
			break
		}
		if top < 0 {
			exhausted += voters
			continue
		}
		votes[top] += voters
	}
	return votes, exhausted
}

// loser returns the option that goes out, and notes how a tie was broken.
func (c *runoff) loser(votes []int64) int {
	var tied []int
	for _, o := range c.Lot {
		if c.out[o] {
			continue
		}
		if len(tied) == 0 || votes[o] < votes[tied[0]] {
			tied = tied[:0]
		}
		if len(tied) == 0 || votes[o] == votes[tied[0]] {
			tied = append(tied, o)
		}
	}
	if len(tied) == 1 {
		return tied[0]
	}
	tie := Tie{Round: len(c.rounds), Options: c.ids(slices.Sorted(slices.Values(tied))), By: ByPreviousRounds}
	for r := len(c.rounds) - 2; r >= 0 && len(tied) > 1; r-- {
		fewest := c.rounds[r][tied[0]]
		for _, o := range tied {
			fewest = min(fewest, c.rounds[r][o])
		}
		tied = slices.DeleteFunc(tied, func(o int) bool { return c.rounds[r][o] > fewest })
	}
	if len(tied) > 1 {
		tie.By = ByLot
	}
	c.result.Ties = append(c.result.Ties, tie)
	return tied[len(tied)-1]
}

// finish ends the count: those still in come first, by their votes in the last round.
func (c *runoff) finish(votes []int64, round Round) {
	e := c.Election
	var in []int
	for _, o := range e.Lot {
		if !c.out[o] {
			in = append(in, o)
		}
	}
	e.Lot = in
	e.ranking(&c.result, func(a, b int) int { return int(votes[b] - votes[a]) }, "", nil)
	for i := range c.result.Ties {
		if c.result.Ties[i].Round == 0 {
			c.result.Ties[i].Round = len(c.rounds)
		}
	}
	round.Elected = c.result.Winners
	c.result.Rounds = append(c.result.Rounds, round)
	slices.Reverse(c.gone)
	c.result.Order = append(c.result.Order, c.gone...)
}
