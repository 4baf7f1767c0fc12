package result

import (
	"cmp"
	"slices"
	"strconv"

	"popeye/count"
	"popeye/internal/ui"
	"popeye/vote"
)

// How shares are written and drawn, in whole numbers throughout (exact for any
// crowd there can be). static/share.js does the same for a page that is live;
// TestSharesInTheScript holds the two together.

// percents writes shares of a total: to the nearest percent, a half up. What is
// not nothing never reads "0 %", what is not all never "100 %". Where every voter
// gave one vote (parts) and rounding up makes the sum more than 100, those that
// gained most by it are rounded down: 15, 46 and 15 votes read 20, 60 and 20.
// Equal votes always read the same.
func percents(votes []int64, total int64, parts bool) []string {
	texts := make([]string, len(votes))
	if total == 0 {
		return texts
	}
	var down []int64
	if parts {
		down = roundedDown(votes, total)
	}
	for i, n := range votes {
		whole := ui.Ratio(n, total, 100)
		if slices.Contains(down, n) {
			whole--
		}
		texts[i] = ui.Percent(whole, n, total)
	}
	return texts
}

// roundedDown returns the numbers of votes whose percents are rounded down so
// that the sum is not above 100, or as little as equal votes allow.
func roundedDown(votes []int64, total int64) (down []int64) {
	excess := int64(-100)
	for _, n := range votes {
		excess += ui.Ratio(n, total, 100)
	}
	rest := func(n int64) int64 { return 100 * n % total } // a half or more was rounded up
	distinct := slices.Compact(slices.Sorted(slices.Values(votes)))
	slices.SortFunc(distinct, func(a, b int64) int { return cmp.Or(cmp.Compare(rest(a), rest(b)), cmp.Compare(b, a)) })
	for _, n := range distinct {
		same := int64(0)
		for _, m := range votes {
			if m == n {
				same++
			}
		}
		if 2*rest(n) >= total && same <= excess {
			down = append(down, n)
			excess -= same
		}
	}
	return down
}

// width returns how far a bar goes that shows n of a whole.
func width(n, whole int64) string {
	return strconv.FormatFloat(float64(ui.Ratio(n, whole, 10_000))/100, 'f', 2, 64) + "%"
}

// reach returns how far an option's bar goes: its part of all voters, or in a score
// poll its mean on the scale.
func (r results) reach(o count.Option) string {
	if o.Ratings == nil {
		return width(o.Votes, r.Total)
	}
	least, most := int64(r.Min), int64(r.Max)
	return width(o.Votes-least*o.Raters, (most-least)*o.Raters)
}

// shares says beside each option's figure what part of the whole it is, or in a
// score poll of how many ratings it is the mean.
func (r results) shares() []string {
	texts := make([]string, len(r.Options))
	votes := make([]int64, len(r.Options))
	for i, o := range r.Options {
		votes[i] = o.Votes
		if o.Ratings != nil {
			texts[i] = ratings(o.Raters)
		}
	}
	if r.Kind == vote.Score {
		return texts
	}
	return percents(votes, r.Total, r.Kind != vote.Multiple)
}

// ratings says of how many ratings a mean is.
func ratings(n int64) string {
	switch n {
	case 0:
		return "not rated"
	case 1:
		return "1 rating"
	default:
		return "mean of " + ui.Grouped(n) + " ratings"
	}
}
