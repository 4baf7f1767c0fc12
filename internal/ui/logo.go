package ui

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// The mark is a face: one eye is wide open, the other winks with a tick. static/icon.svg
// and the icons of the manifest are made of the same lines.
const (
	logoTick  = "M16.6 14l4 4 7-9"
	logoMouth = "M8 22.2c4.2 4.3 11.4 4.4 16 .6"
)

// Logo is the mark for within a page. Its name stands beside it.
func Logo() g.Node {
	return h.SVG(h.Class("logo"), g.Attr("viewBox", "0 0 32 32"), h.Aria("hidden", "true"),
		g.El("rect", h.Width("32"), h.Height("32"), g.Attr("rx", "9")),
		g.El("circle", g.Attr("cx", "9.8"), g.Attr("cy", "13.4"), g.Attr("r", "3.5")),
		g.El("path", g.Attr("d", logoTick+logoMouth)),
	)
}
