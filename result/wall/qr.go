package wall

import (
	"fmt"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
	"rsc.io/qr"

	"popeye/internal/i18n"
)

// quiet is the blank margin that scanners need, in modules (ISO/IEC 18004).
const quiet = 4

// QRCode draws text as one SVG path; nothing of a text that is too long for a code.
func QRCode(say *i18n.Printer, text string) g.Node {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return nil
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
		h.Class("qr"), h.Role("img"), h.Aria("label", say.Text("result.qr", nil)),
		g.Attr("viewBox", "0 0 "+side+" "+side), g.Attr("shape-rendering", "crispEdges"),
		// Black on white in dark mode too: scanners expect it.
		g.El("rect", h.Width(side), h.Height(side), g.Attr("fill", "#fff")),
		g.El("path", g.Attr("d", path.String()), g.Attr("fill", "#000")),
	)
}
