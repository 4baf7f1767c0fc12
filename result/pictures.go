package result

import (
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"

	"rsc.io/qr"

	"popeye/internal/web"
	"popeye/result/audience"
	"popeye/result/countview"
	"popeye/result/picture"
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

// showPreview answers with the picture that other programs show of a link: of what anyone
// may see, whoever asks.
func (s *Station) showPreview(w http.ResponseWriter, r *http.Request) error {
	counted, err := s.snapshot(r, s.reader.Recent)
	if err != nil {
		return err
	}
	v := countview.View{Say: printer(r), Results: counted.For(audience.Anyone)}
	state := string(v.Status)
	if v.Hidden {
		state += " hidden"
	}
	body, err := s.previews.Of(v.Poll, state, v.Seq, func() picture.Card { return card(v) })
	switch {
	case errors.Is(err, picture.ErrBusy):
		return &web.Error{
			Status: http.StatusServiceUnavailable, Code: "unavailable", RetryAfter: retryAfter, Cause: err,
			Message: "result.error.unavailable",
		}
	case err != nil:
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "image/png")
	h.Set("Cache-Control", "public, max-age=10")
	_, _ = w.Write(body)
	return nil
}

// card is what a picture shows of a poll.
func card(v countview.View) picture.Card {
	c := picture.Card{Question: v.Question, Brand: v.Say.Text("page.brand", nil), Foot: v.Voted()}
	if v.Hidden {
		c.Foot = v.Say.Text(hiddenUntil[v.Visibility], nil)
		return c
	}
	for _, line := range v.Lines(picture.MaxRows) {
		c.Rows = append(c.Rows, picture.Row(line))
	}
	return c
}
