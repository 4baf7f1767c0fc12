package rules

import (
	"math/big"
	"strconv"
	"strings"

	"popeye/count"
	"popeye/count/internal/order"
	"popeye/vote"
)

// score orders options by the mean of the points of those who rated them, then by more
// raters. Options with fewer raters than the quorum come last.
var score = Rule{
	Name: "score/1", Message: "rule.score", Meaning: "rule.score.meaning", Kind: vote.Score,
	count: func(e count.Election, ballots count.Marked) (r count.Result) {
		t := count.NewTotals(e)
		for marks, voters := range ballots {
			t.Add(e.Kind, marks, voters)
		}
		r.Scores, r.Means, r.Raters = map[string]string{}, map[string]string{}, map[string]int64{}
		for _, o := range t.Options {
			r.Scores[o.ID], r.Raters[o.ID] = strconv.FormatInt(o.Votes, 10), o.Raters
			if o.Raters > 0 {
				r.Means[o.ID] = quotient(o.Votes, o.Raters)
			}
		}
		order.Rank(e, &r, func(a, b int) int { return compareWithQuorum(t.Options[a], t.Options[b], e.Quorum) },
			count.ByRaters, func(a, b int) int { return count.CompareMeans(t.Options[a], t.Options[b]) })
		return r
	},
}

// compareWithQuorum compares by the mean alone, where both have enough raters or
// neither has.
func compareWithQuorum(a, b count.Option, quorum int64) int {
	switch few, other := a.Raters < quorum, b.Raters < quorum; {
	case few && !other:
		return 1
	case other && !few:
		return -1
	}
	a, b = meanOf(a), meanOf(b)
	return count.CompareMeans(a, b)
}

// meanOf is an option of the same mean with as few raters as that can have, so that
// only means are compared.
func meanOf(o count.Option) count.Option {
	if o.Raters == 0 {
		return o
	}
	mean := big.NewRat(o.Votes, o.Raters)
	o.Votes = mean.Num().Int64()
	o.Ratings = &count.Ratings{Raters: mean.Denom().Int64()}
	return o
}

// quotient writes a/b as a decimal: exactly, if ten places are enough, else rounded to
// as many.
func quotient(a, b int64) string {
	text := big.NewRat(a, b).FloatString(10)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}
