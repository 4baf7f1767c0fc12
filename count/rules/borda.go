package rules

import (
	"cmp"
	"strconv"

	"popeye/count"
	"popeye/count/internal/order"
	"popeye/vote"
)

// borda gives an option on each ballot a point for each option that it beats there, and
// half a point for each that it equals. Options that a ballot leaves out are last on it,
// and equal.
var borda = Rule{
	Name: "borda/1", Message: "rule.borda", Meaning: "rule.borda.meaning", Kind: vote.Ranked, EqualRanks: true,
	count: func(e count.Election, ballots count.Marked) (r count.Result) {
		halves := make([]int64, len(e.Options))
		for marks, voters := range ballots {
			countBorda(halves, marks, voters)
		}
		r.Scores = make(map[string]string, len(halves))
		for i, o := range e.Options {
			r.Scores[o.ID] = inHalves(halves[i])
		}
		order.Rank(e, &r, func(a, b int) int { return cmp.Compare(halves[b], halves[a]) }, "", nil)
		return r
	},
}

// countBorda adds a ballot, in half points. Those that it does not rank get what
// everybody gets, and those that it ranks the difference.
func countBorda(halves []int64, marks []vote.Mark, voters int64) {
	n := len(halves)
	unranked := int64(max(0, n-len(marks)-1))
	if unranked > 0 {
		for i := range halves {
			halves[i] += unranked * voters
		}
	}
	for i := 0; i < len(marks); {
		end := i + 1
		for end < len(marks) && marks[end].N == marks[i].N {
			end++
		}
		points := int64(2*(n-end) + end - i - 1)
		for _, m := range marks[i:end] {
			halves[m.Place] += (points - unranked) * voters
		}
		i = end
	}
}

// inHalves writes a number of halves as a decimal.
func inHalves(n int64) string {
	whole := strconv.FormatInt(n/2, 10)
	if n%2 != 0 {
		return whole + ".5"
	}
	return whole
}
