package rules

import (
	"popeye/count"
	"popeye/count/internal/pile"
	"popeye/vote"
)

// Count counts a poll: its totals, and by its rule. Without ballots for the rule, which
// another program knows, there are still the totals.
func Count(p vote.Poll, ballots vote.Ballots) (count.Totals, count.Result, error) {
	e := count.ElectionOf(p)
	totals := count.NewTotals(e)
	marked := tee(&totals, p.Kind, read(p, ballots, &totals))
	rule, err := For(p)
	if err != nil {
		for range marked { //nolint:revive // the tee adds them up
		}
		totals.Finish()
		return totals, count.Result{}, err
	}
	result := rule.With(e, marked, p.Withdrawn)
	result.Voters, result.Invalid, result.Abstained = totals.Voters, totals.Invalid, totals.Abstained
	if result.Without != nil {
		result.Without.Voters, result.Without.Invalid, result.Without.Abstained = totals.Voters, totals.Invalid, totals.Abstained
	}
	totals.Finish()
	return totals, result, nil
}

// Count counts an election. Voters, Invalid and Abstained are the caller's to fill in.
func (r Rule) Count(e count.Election, ballots count.Marked) count.Result {
	return complete(r.count(e, ballots), r.Name, e)
}

// With is Count with, beside it, the count without options that have withdrawn.
func (r Rule) With(e count.Election, ballots count.Marked, withdrawn []string) count.Result {
	if len(withdrawn) == 0 {
		return r.Count(e, ballots)
	}
	kept := pile.Keep(ballots)
	result := r.Count(e, kept.All())
	without := r.Without(e, kept.All(), withdrawn)
	result.Withdrawn, result.Without = withdrawn, &without
	return result
}

// Without is Count without options that have withdrawn.
func (r Rule) Without(e count.Election, ballots count.Marked, withdrawn []string) count.Result {
	left, off := e.Without(withdrawn)
	return r.Count(left, off(ballots))
}

// read returns the valid ballots of p as what they say, and counts the others.
func read(p vote.Poll, ballots vote.Ballots, t *count.Totals) count.Marked {
	return func(yield func([]vote.Mark, int64) bool) {
		reader := p.Reader()
		for ballot, voters := range ballots {
			marks := reader.Read(ballot)
			switch {
			case len(marks) > 0:
				if !yield(marks, voters) {
					return
				}
			case p.Abstains(ballot):
				t.Abstained += voters
			default:
				t.Invalid += voters
			}
		}
	}
}

// tee adds each ballot that goes by.
func tee(t *count.Totals, kind vote.Kind, ballots count.Marked) count.Marked {
	return func(yield func([]vote.Mark, int64) bool) {
		for marks, voters := range ballots {
			t.Add(kind, marks, voters)
			if !yield(marks, voters) {
				return
			}
		}
	}
}

// complete fills in what is the same for every rule. ids are written as lists even if
// there are none.
func complete(r count.Result, rule string, e count.Election) count.Result {
	r.Rule, r.Seats, r.Options = rule, e.Seats, e.Options
	r.Lot = make([]string, len(e.Lot))
	for i, place := range e.Lot {
		r.Lot[i] = e.Options[place].ID
	}
	for i := range r.Rounds {
		r.Rounds[i].Elected = append([]string{}, r.Rounds[i].Elected...)
		r.Rounds[i].Eliminated = append([]string{}, r.Rounds[i].Eliminated...)
	}
	return r
}
