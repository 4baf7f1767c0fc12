package count

import (
	"strconv"

	"popeye/vote"
)

// score orders options by the mean of the points of those who rated them, then by more
// raters. Options with fewer raters than the quorum come last.
var score = Rule{Name: "score/1", Kind: vote.Score, count: func(e Election, ballots Marked) (r Result) {
	t := newTotals(e)
	for range t.tee(e.Kind, ballots) { //nolint:revive // the tee adds them up
	}
	t.place()
	r.Scores, r.Means, r.Raters = map[string]string{}, map[string]string{}, map[string]int64{}
	for _, o := range t.Options {
		r.Scores[o.ID], r.Raters[o.ID] = strconv.FormatInt(o.Votes, 10), o.Raters
		if o.Raters > 0 {
			r.Means[o.ID] = o.Mean
		}
	}
	e.ranking(&r, func(a, b int) int {
		if few, other := t.Options[a].Raters < e.Quorum, t.Options[b].Raters < e.Quorum; few != other {
			if few {
				return 1
			}
			return -1
		}
		return compareMeans(t.Options[a], t.Options[b])
	})
	return r
}}
