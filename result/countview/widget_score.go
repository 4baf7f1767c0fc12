package countview

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/count"
	"popeye/internal/ui"
)

// scoreWidget shows the mean of each option, of how many ratings it is, and how many gave
// each number of points.
var scoreWidget = widget{
	order: func(options []count.Option, _ int) []count.Option { return count.ByMean(options) },
	meaning: func(v View) string {
		return v.Say.Text("result.meaning.score", args{"Min": v.Min, "Max": v.Max})
	},
	figure:  func(o count.Option) string { return cmp.Or(o.Mean, "–") },
	shares:  shareOfRaters,
	reach:   placeOnScale,
	drawing: View.spread,
	columns: pointColumns,
	cells:   pointCells,
}

// shareOfRaters says of how many ratings each mean is.
func shareOfRaters(v View) []string {
	texts := make([]string, len(v.Options))
	for i, o := range v.Options {
		texts[i] = v.ratings(o.Raters)
	}
	return texts
}

// ratings says of how many ratings a mean is.
func (v View) ratings(n int64) string {
	if n == 0 {
		return v.Say.Text("result.ratings.none", nil)
	}
	return v.Say.Text("result.ratings", args{"Count": n, "Number": ui.Grouped(n)})
}

// placeOnScale draws where the mean lies between the fewest points and the most.
func placeOnScale(v View, o count.Option) string {
	least, most := int64(v.Min), int64(v.Max)
	return width(o.Votes-least*o.Raters, (most-least)*o.Raters)
}

// spread draws how many gave each number of points, the fewest points first.
func (v View) spread(o count.Option) g.Node {
	most := int64(1)
	for _, voters := range o.Distribution {
		most = max(most, voters)
	}
	var columns g.Group
	var given []string
	for n := v.Min; n <= v.Max; n++ {
		voters := o.Distribution[n]
		high := strconv.FormatInt(ui.Ratio(voters, most, 100), 10)
		columns = append(columns, g.El("rect", g.Attr("x", strconv.Itoa(n-v.Min)), h.Width("0.85"), h.Height(high)))
		if voters > 0 {
			given = append(given, fmt.Sprintf("%d: %d", n, voters))
		}
	}
	words := v.Say.Text("result.points.none", nil)
	if len(given) > 0 {
		words = v.Say.Text("result.points", args{"Spread": strings.Join(given, ", ")})
	}
	return h.SVG(h.Class("spread"), h.Role("img"), h.Aria("label", words),
		g.Attr("viewBox", fmt.Sprintf("0 0 %d 100", v.Max-v.Min+1)), g.Attr("preserveAspectRatio", "none"), columns)
}

func pointColumns(v View) []string {
	names := []string{"raters", "mean", "place"}
	for n := v.Min; n <= v.Max; n++ {
		names = append(names, "points_"+strconv.Itoa(n))
	}
	return names
}

func pointCells(v View, o count.Option) []string {
	cells := []string{decimal(o.Raters), o.Mean, strconv.Itoa(o.Place)}
	for n := v.Min; n <= v.Max; n++ {
		cells = append(cells, decimal(o.Distribution[n]))
	}
	return cells
}
