package ui

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// Series is how many colours a chart has for its series: --series-1 and on in the style
// sheet. They stay apart for colour-blind eyes, which a test computes.
const Series = 8

// patterns are lines and dots across an area of 8 by 8, drawn in the colour of the card.
// They differ where colours don't: on paper, in a photograph, from far away.
var patterns = [Series]string{
	"",                           // plain
	"M-2 2l4-4M0 8l8-8M6 10l4-4", // slanting up
	"M2 2h2v2h-2z M6 6h2v2h-2z",  // dots
	"M0 2h8M0 6h8",               // across
	"M-2 6l4 4M0 0l8 8M6-2l4 4",  // slanting down
	"M2 0v8M6 0v8",               // upright
	"M0 4h8M4 0v8",               // a grid
	"M0 4l4-4 4 4-4 4z",          // diamonds
}

// SeriesFill is the value of an attribute fill for a series, from 0: its colour with its
// pattern, of which SeriesPatterns has to be in the same page.
func SeriesFill(i int) string { return "url(#" + patternID(i) + ")" }

// SeriesColour is its colour alone, for lines and for text beside it.
func SeriesColour(i int) string { return "var(--series-" + strconv.Itoa(i%Series+1) + ")" }

func patternID(i int) string { return "series-" + strconv.Itoa(i+1) }

// SeriesPatterns defines the fills of n series. Of 64, no two have both the same colour
// and the same pattern; so many that nobody tells apart carry their letters.
func SeriesPatterns(n int) g.Node {
	fills := g.Group{}
	for i := range n {
		fills = append(fills, g.El("pattern", h.ID(patternID(i)), h.Width("8"), h.Height("8"), g.Attr("patternUnits", "userSpaceOnUse"),
			g.El("rect", h.Width("8"), h.Height("8"), g.Attr("fill", SeriesColour(i))),
			g.El("path", g.Attr("d", patterns[(i+i/Series)%Series]), g.Attr("stroke", "var(--card)"), g.Attr("stroke-opacity", ".55"), g.Attr("fill", "none")),
		))
	}
	return h.SVG(h.Class("visually-hidden"), h.Aria("hidden", "true"), h.Width("0"), h.Height("0"), g.El("defs", fills))
}
