package rules

import (
	"cmp"

	"popeye/count"
	"popeye/count/internal/order"
	"popeye/vote"
)

// plurality elects the option that most voters chose.
var plurality = Rule{Name: "plurality/1", Message: "rule.plurality", Meaning: "rule.plurality.meaning", Kind: vote.Single, count: countMarks}

// countMarks orders options by the voters who marked them.
func countMarks(e count.Election, ballots count.Marked) (r count.Result) {
	votes := make([]int64, len(e.Options))
	for marks, voters := range ballots {
		for _, m := range marks {
			votes[m.Place] += voters
		}
	}
	order.Rank(e, &r, func(a, b int) int { return cmp.Compare(votes[b], votes[a]) }, "", nil)
	return r
}
