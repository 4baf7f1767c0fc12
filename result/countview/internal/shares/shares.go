// Package shares writes and draws shares of a whole. What enters is votes; what leaves is the
// percents that people read, and how far bars go.
package shares

import (
	"cmp"
	"slices"
	"strconv"

	"popeye/internal/i18n"
	"popeye/internal/ui"
)

// How shares are written and drawn, in whole numbers throughout (exact for any
// crowd there can be). result/static/share.js does the same for a page that is live;
// TestSharesInTheScript holds the two together.

// Percents writes shares of a total: to the nearest percent, a half up. What is
// not nothing never reads "0 %", what is not all never "100 %". Where every voter
// gave one vote (parts) and rounding up makes the sum more than 100, those that
// gained most by it are rounded down: 15, 46 and 15 votes read 20, 60 and 20.
// Equal votes always read the same.
func Percents(say *i18n.Printer, votes []int64, total int64, parts bool) []string {
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
		texts[i] = ui.Percent(say, whole, n, total)
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

// Width returns how far a bar goes that shows n of a whole.
func Width(n, whole int64) string {
	return strconv.FormatFloat(float64(ui.Ratio(n, whole, 10_000))/100, 'f', 2, 64) + "%"
}
