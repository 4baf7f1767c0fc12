package result

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"popeye/internal/i18n"
	"popeye/internal/web"
	"popeye/result/audience"
	"popeye/result/countview"
	"popeye/result/picture"
)

const (
	// previewFor is how long a picture is shown at least before it is drawn again, and
	// maxPreviews of how many polls they are kept. One is drawn at a time.
	previewFor  = 10 * time.Second
	maxPreviews = 64
)

// previews keeps the pictures of polls. The zero value is ready.
type previews struct {
	drawing sync.Mutex // held while one is drawn
	mu      sync.Mutex
	kept    map[string]preview // by slug
}

// preview is a picture, and of what it is.
type preview struct {
	png    []byte
	seq    int64
	state  string // whether it is hidden, and the poll's status
	second time.Time
}

// showPreview answers with the picture that other programs show of a link: of what anyone
// may see, whoever asks.
func (s *Station) showPreview(w http.ResponseWriter, r *http.Request) error {
	counted, err := s.snapshot(r, s.reader.Recent)
	if err != nil {
		return err
	}
	body, err := s.previews.of(countview.View{Say: printer(r), Results: counted.For(audience.Anyone)})
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "image/png")
	h.Set("Cache-Control", "public, max-age=10")
	_, _ = w.Write(body)
	return nil
}

// of returns a poll's picture: the last one while it is young and of a poll in the same
// state, else a new one. Where another is being drawn, who asks is told to come later.
func (p *previews) of(v countview.View) ([]byte, error) {
	now, state := time.Now(), string(v.Status)
	if v.Hidden {
		state += " hidden"
	}
	p.mu.Lock()
	k, known := p.kept[v.Poll]
	p.mu.Unlock()
	if known && k.state == state && (k.seq == v.Seq || now.Before(k.second.Add(previewFor))) {
		return k.png, nil
	}
	if !p.drawing.TryLock() {
		if known && k.state == state {
			return k.png, nil
		}
		return nil, errBusy
	}
	defer p.drawing.Unlock()
	body, err := card(v).PNG()
	if err != nil {
		return nil, err
	}
	p.keep(v.Poll, preview{body, v.Seq, state, now})
	return body, nil
}

var errBusy = &web.Error{
	Status: http.StatusServiceUnavailable, Code: "unavailable", RetryAfter: retryAfter, Cause: errors.New("another picture is being drawn"),
	Message: i18n.English.Text("result.error.unavailable", nil),
}

// keep keeps a picture, in the place of any other if there are too many.
func (p *previews) keep(slug string, k preview) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept == nil {
		p.kept = map[string]preview{}
	}
	for other := range p.kept {
		if len(p.kept) < maxPreviews {
			break
		}
		delete(p.kept, other)
	}
	p.kept[slug] = k
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
