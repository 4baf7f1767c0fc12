// Package qrcode draws QR codes. What enters is a text, as a link; what leaves is one
// SVG path, black on white in dark mode too: scanners expect it.
package qrcode

import (
	"fmt"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
	"rsc.io/qr"
)

// quiet is the blank margin that scanners need, in modules (ISO/IEC 18004).
const quiet = 4

// Draw draws text. label says to those who do not see it what it is.
func Draw(text, label string) (g.Node, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return nil, fmt.Errorf("make a QR code: %w", err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	side := strconv.Itoa(code.Size + 2*quiet)
	return h.SVG(
		h.Class("qr"), h.Role("img"), h.Aria("label", label),
		g.Attr("viewBox", "0 0 "+side+" "+side), g.Attr("shape-rendering", "crispEdges"),
		g.El("rect", h.Width(side), h.Height(side), g.Attr("fill", "#fff")),
		g.El("path", g.Attr("d", path.String()), g.Attr("fill", "#000")),
	), nil
}
