package countview

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/count"
	"popeye/result/countview/internal/shares"
)

// scoreWidget shows the mean of each option, of how many ratings it is, and how many gave
// each number of points.
var scoreWidget = widget{
	order: count.ByMean,
	meaning: func(v View) string {
		if v.byGrade() {
			return v.Say.Text("result.meaning.median", args{"Min": v.Min, "Max": v.Max})
		}
		return v.Say.Text("result.meaning.score", args{"Min": v.Min, "Max": v.Max})
	},
	figure: func(v View, o count.Option) string {
		if v.byGrade() {
			return cmp.Or(v.grade(o.ID), "–")
		}
		return cmp.Or(v.Say.Decimal(o.Mean), "–")
	},
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
	return v.Say.Text("result.ratings", args{"Count": n, "Number": v.Say.Number(n)})
}

// placeOnScale draws where the mean lies between the fewest points and the most, or the
// median grade.
func placeOnScale(v View, o count.Option) string {
	least, most := int64(v.Min), int64(v.Max)
	if v.byGrade() {
		grade, err := strconv.ParseInt(v.grade(o.ID), 10, 64)
		if err != nil {
			return shares.Width(0, 1)
		}
		return shares.Width(grade-least, most-least)
	}
	return shares.Width(o.Votes-least*o.Raters, (most-least)*o.Raters)
}

// spread shows how many gave each number of points, as parts of one bar and as numbers
// below it. A rule that takes the median has its place marked.
func (v View) spread(o count.Option) g.Node {
	var parts, numbers g.Group
	var given []string
	before := int64(0)
	for n := v.Min; n <= v.Max; n++ {
		voters := o.Distribution[n]
		parts = append(parts, g.El("rect", g.Attr("x", shares.Width(before, o.Raters)), h.Width(shares.Width(voters, o.Raters)), h.Height("100%"),
			g.Attr("fill-opacity", depth(n-v.Min, v.Max-v.Min))))
		before += voters
		numbers = append(numbers, h.Span(g.Text(v.Say.Number(voters)), h.Small(g.Text(strconv.Itoa(n)))))
		if voters > 0 {
			given = append(given, fmt.Sprintf("%d: %d", n, voters))
		}
	}
	words := v.Say.Text("result.points.none", nil)
	if len(given) > 0 {
		words = v.Say.Text("result.points", args{"Spread": strings.Join(given, ", ")})
	}
	middle := g.If(strings.HasPrefix(v.Settings.Rule, "median/"),
		g.El("rect", h.Class("middle"), g.Attr("x", "49.7%"), h.Width("0.6%"), h.Height("100%")))
	return h.Div(h.Class("points"),
		h.SVG(h.Class("spread"), h.Role("img"), h.Aria("label", words), parts, middle),
		h.Div(h.Class("given"), h.Aria("hidden", "true"), numbers))
}

// depth is how dark the part of the nth number of points is, of most.
func depth(n, most int) string {
	return strconv.FormatFloat(.2+.8*float64(n)/float64(max(most, 1)), 'f', 2, 64)
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
