package result

import (
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
	"rsc.io/qr"

	"popeye/internal/i18n"
)

// quiet is the blank margin that scanners need, in modules (ISO/IEC 18004).
const quiet = 4

// qrCode draws text as one SVG path.
func qrCode(say *i18n.Printer, text string) (g.Node, error) {
	code, err := encode(text)
	if err != nil {
		return nil, err
	}
	var modules strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&modules, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	side := strconv.Itoa(code.Size + 2*quiet)
	return h.SVG(
		g.Attr("xmlns", "http://www.w3.org/2000/svg"), h.Class("qr"), h.Role("img"), h.Aria("label", say.Text("result.qr", nil)),
		g.Attr("viewBox", "0 0 "+side+" "+side), g.Attr("shape-rendering", "crispEdges"),
		// Black on white in dark mode too: scanners expect it.
		g.El("rect", h.Width(side), h.Height(side), g.Attr("fill", "#fff")),
		g.El("path", g.Attr("d", modules.String()), g.Attr("fill", "#000")),
	), nil
}

func encode(text string) (*qr.Code, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return nil, fmt.Errorf("make a QR code: %w", err)
	}
	return code, nil
}

// moduleSide is how many pixels a module of a picture has: large enough to print.
const moduleSide = 16

// showQR answers with the code of a poll's voting page as a file, for slides and posters.
func (s *Station) showQR(w http.ResponseWriter, r *http.Request) error {
	counted, err := s.snapshot(r, s.reader.Recent)
	if err != nil {
		return err
	}
	slug := counted.Poll().Slug
	link, h := s.invitation(r, slug), w.Header()
	code, err := encode(link)
	if err != nil {
		return err
	}
	code.Scale = moduleSide
	h.Set("Cache-Control", "no-store") // where people vote is a setting
	name := slug + path.Base(r.URL.Path)[len("qr"):]
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	if strings.HasSuffix(name, ".png") {
		h.Set("Content-Type", "image/png")
		_, _ = w.Write(code.PNG())
		return nil
	}
	drawing, err := qrCode(printer(r), link)
	if err != nil {
		return err
	}
	h.Set("Content-Type", "image/svg+xml")
	return drawing.Render(w)
}
