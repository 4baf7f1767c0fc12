// Package pace draws how fast votes came in lately. What enters is how many there were at
// each step; what leaves is a chart of a few minutes.
package pace

import (
	"strconv"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
	"popeye/internal/ui"
)

// Chart draws how many votes came in each of the last steps: totals are those at the ends
// of steps, the oldest first, last is when the last one began. static/pace.js goes on with
// what comes. The drawing has its place from the start, so nothing moves when it fills.
func Chart(say *i18n.Printer, totals []int64, last time.Time, step time.Duration, steps int) g.Node {
	all := make([]string, len(totals))
	for i, n := range totals {
		all[i] = strconv.FormatInt(n, 10)
	}
	return h.Figure(h.Class("pace"), h.ID("pace"), h.Data("totals", strings.Join(all, " ")),
		h.Data("last", strconv.FormatInt(last.Unix(), 10)), h.Data("step", strconv.Itoa(int(step.Seconds()))),
		h.FigCaption(h.Class("small quiet"), g.Text(lately(say, totals, int(time.Minute/step)))),
		columns(grown(totals, steps)))
}

// lately says how many votes came in the last minute, which has so many steps; nothing
// until it is known of the whole minute.
func lately(say *i18n.Printer, totals []int64, minute int) string {
	last := len(totals) - 1
	if last < minute {
		return ""
	}
	n := totals[last] - totals[last-minute]
	return say.Text("result.pace", map[string]any{"Count": n, "Number": say.Number(n)})
}

// grown are the votes of each step, as many steps as there is room for.
func grown(totals []int64, steps int) []int64 {
	votes := make([]int64, steps)
	for i := 1; i < len(totals); i++ {
		if at := steps - len(totals) + i; at >= 0 {
			votes[at] = totals[i] - totals[i-1]
		}
	}
	return votes
}

func columns(votes []int64) g.Node {
	most := int64(1)
	for _, n := range votes {
		most = max(most, n)
	}
	var all g.Group
	for i, n := range votes {
		high := ui.Ratio(n, most, 100)
		all = append(all, g.El("rect", g.Attr("x", strconv.Itoa(i)), g.Attr("y", strconv.FormatInt(100-high, 10)),
			h.Width("0.8"), h.Height(strconv.FormatInt(high, 10))))
	}
	return h.SVG(h.Aria("hidden", "true"), g.Attr("viewBox", "0 0 "+strconv.Itoa(len(votes))+" 100"), g.Attr("preserveAspectRatio", "none"), all)
}
