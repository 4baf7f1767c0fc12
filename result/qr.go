package result

import (
	"fmt"
	"net/http"
	"path"
	"strings"

	"rsc.io/qr"

	"popeye/result/wall"
)

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
	code, err := qr.Encode(link, qr.M)
	if err != nil {
		return fmt.Errorf("make a QR code: %w", err)
	}
	code.Scale = moduleSide
	h.Set("Cache-Control", "no-store") // where people vote is a setting
	name := slug + strings.TrimPrefix(path.Base(r.URL.Path), "qr")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	if strings.HasSuffix(name, ".png") {
		h.Set("Content-Type", "image/png")
		_, _ = w.Write(code.PNG())
		return nil
	}
	h.Set("Content-Type", "image/svg+xml")
	return wall.QRCode(printer(r), link).Render(w)
}
