package count

import (
	"cmp"

	"popeye/vote"
)

// plurality elects the option that most voters chose.
var plurality = Rule{Name: "plurality/1", Message: "rule.plurality", Meaning: "rule.plurality.meaning", Kind: vote.Single, count: countMarks}

// countMarks orders options by the voters who marked them.
func countMarks(e Election, ballots Marked) (r Result) {
	votes := make([]int64, len(e.Options))
	for marks, voters := range ballots {
		for _, m := range marks {
			votes[m.Place] += voters
		}
	}
	e.ranking(&r, func(a, b int) int { return cmp.Compare(votes[b], votes[a]) }, "", nil)
	return r
}
