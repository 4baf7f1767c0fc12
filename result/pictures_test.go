package result

import (
	"bytes"
	"image/png"
	"net/http"
	"testing"

	"popeye/internal/fixture"
	"popeye/vote"
	"popeye/vote/definition"
)

// The picture of a result that is hidden has no bar, whoever asks for it; once it is shown
// another one is drawn at once. It is a picture that programs can read.
func TestPreviewShowsWhatAnyoneMaySee(t *testing.T) {
	s := newSite(t, func(c *Config) { c.IsOrganiser = func(*http.Request) bool { return true } })
	d := definition.Definition{Slug: "quiz", Question: "Who wins?", Options: fixture.Labels("Red", "Blue"), Status: vote.Open}
	d.Visibility = new(vote.VisibleClosed)
	s.Make(d)
	s.Vote("quiz", "a", "a", "b")
	hidden := s.Get("/p/quiz/preview.png")
	hidden.Want(t, http.StatusOK)
	s.Vote("quiz", "b", "b")
	if again := s.Get("/p/quiz/preview.png"); again.Body != hidden.Body {
		t.Error("a picture is drawn again at once")
	}
	s.Become("quiz", vote.Closing)
	s.Become("quiz", vote.Closed)
	shown := s.Get("/p/quiz/preview.png")
	for what, c := range map[string]struct {
		body string
		bars bool
	}{"hidden": {hidden.Body, false}, "shown": {shown.Body, true}} {
		p, err := png.Decode(bytes.NewReader([]byte(c.body)))
		if err != nil {
			t.Fatal(err)
		}
		if b := p.Bounds(); b.Dx() != 1200 || b.Dy() != 630 {
			t.Errorf("%s: it is %v", what, b)
		}
		accented := 0
		for y := 100; y < 500; y++ {
			for x := range 1200 {
				if r, g, b, _ := p.At(x, y).RGBA(); r>>8 == 0x1f && g>>8 == 0x4b && b>>8 == 0xff {
					accented++
				}
			}
		}
		if (accented > 0) != c.bars {
			t.Errorf("%s: %d points of a bar that leads", what, accented)
		}
	}
	s.Get("/p/nowhere/preview.png").Want(t, http.StatusNotFound)
	s.Get("/p/quiz").Want(t, http.StatusOK, `property="og:image"`, "/p/quiz/preview.png")
}

// The code of the voting page comes as files, and leads there.
func TestQRCodeComesAsAFile(t *testing.T) {
	s := newSite(t, func(c *Config) { c.PollURL = "https://vote.example.org" })
	a := s.Get("/p/default/qr.png")
	a.Want(t, http.StatusOK)
	if p, err := png.Decode(bytes.NewReader([]byte(a.Body))); err != nil || p.Bounds().Dx() < 400 {
		t.Errorf("it is no picture to print: %v", err)
	}
	s.Get("/p/default/qr.svg").Want(t, http.StatusOK, `<svg xmlns="http://www.w3.org/2000/svg"`, "<path")
	s.Get("/p/nowhere/qr.svg").Want(t, http.StatusNotFound)
}
