package cli

import (
	"fmt"
	"strings"

	"popeye/count"
	"popeye/count/rules"
	"popeye/vote"
)

// says is what ballots of a kind hold, for a message.
var says = map[vote.Kind]string{
	vote.Single: "one choice", vote.Multiple: "approvals", vote.Ranked: "orders of preference", vote.Score: "points",
}

// fit makes the ballots those that the rule counts, where that changes nothing of what
// they say: plurality counts the first preference of an order, and approval counts
// points if there are only 0 and 1.
func (e *election) fit() error {
	in := &e.File.Election
	switch from, to := in.Kind, e.rule.Kind; {
	case from == to:
		return nil
	case from == vote.Ranked && to == vote.Single:
		e.first()
	case from == vote.Score && to == vote.Multiple && in.Max <= 1:
		e.Ballots = approvals(e.Ballots)
	default:
		return fmt.Errorf("%s counts %s, and the ballots are %s: choose one of %s",
			e.rule.Name, says[to], says[from], strings.Join(rules.Names(from), ", "))
	}
	in.Kind, in.Min, in.Max = e.rule.Kind, 0, 0
	return nil
}

// first leaves the first preference of each ballot. One with several is invalid.
func (e *election) first() {
	whole := e.Ballots
	shared := func(marks []vote.Mark) bool { return len(marks) > 1 && marks[1].N == marks[0].N }
	for marks, voters := range whole {
		if shared(marks) {
			e.Voters, e.Invalid = e.Voters-voters, e.Invalid+voters
		}
	}
	e.Ballots = func(yield func([]vote.Mark, int64) bool) {
		for marks, voters := range whole {
			if !shared(marks) && !yield(marks[:min(1, len(marks))], voters) {
				return
			}
		}
	}
}

// approvals makes 1 an approval, and 0 none.
func approvals(points count.Marked) count.Marked {
	return func(yield func([]vote.Mark, int64) bool) {
		var kept []vote.Mark
		for marks, voters := range points {
			kept = kept[:0]
			for _, m := range marks {
				if m.N == 1 {
					kept = append(kept, m)
				}
			}
			if !yield(kept, voters) {
				return
			}
		}
	}
}
