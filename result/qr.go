package result

import (
	"fmt"
	"html/template"
	"strings"

	"rsc.io/qr"
)

// quiet is the blank margin that scanners need, in modules (ISO/IEC 18004).
const quiet = 4

// qrCode draws text as one SVG path.
func qrCode(text string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", fmt.Errorf("make a QR code: %w", err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	side := code.Size + 2*quiet
	// Black on white in dark mode too: scanners expect it. No text of others is in here.
	return template.HTML(fmt.Sprintf(
		`<svg class="qr" role="img" aria-label="QR code of the voting page" viewBox="0 0 %d %d" shape-rendering="crispEdges">`+
			`<rect width="%d" height="%d" fill="#fff"/><path d="%s" fill="#000"/></svg>`, side, side, side, side, path.String())), nil
}
