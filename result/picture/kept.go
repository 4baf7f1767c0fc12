package picture

import (
	"errors"
	"sync"
	"time"
)

const (
	// keptFor is how long a picture is shown at least before it is drawn again, and
	// maxKept of how many polls they are kept. One is drawn at a time.
	keptFor = 10 * time.Second
	maxKept = 64
)

// ErrBusy says that another picture is being drawn.
var ErrBusy = errors.New("another picture is being drawn")

// Kept are the pictures of polls. The zero value is ready.
type Kept struct {
	drawing sync.Mutex // held while one is drawn
	mu      sync.Mutex
	bySlug  map[string]kept
}

// kept is a picture, and of what it is.
type kept struct {
	png    []byte
	seq    int64
	state  string
	second time.Time
}

// Of returns a poll's picture: the last one while it is young and of a poll in the same
// state, else a new one, of the figures that seq names. Where another is being drawn, the
// error is ErrBusy: who asks comes later.
func (p *Kept) Of(slug, state string, seq int64, draw func() Card) ([]byte, error) {
	now := time.Now()
	p.mu.Lock()
	k, known := p.bySlug[slug]
	p.mu.Unlock()
	if known && k.state == state && (k.seq == seq || now.Before(k.second.Add(keptFor))) {
		return k.png, nil
	}
	if !p.drawing.TryLock() {
		if known && k.state == state {
			return k.png, nil
		}
		return nil, ErrBusy
	}
	defer p.drawing.Unlock()
	body, err := draw().PNG()
	if err != nil {
		return nil, err
	}
	p.keep(slug, kept{body, seq, state, now})
	return body, nil
}

// keep keeps a picture, in the place of any other if there are too many.
func (p *Kept) keep(slug string, k kept) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bySlug == nil {
		p.bySlug = map[string]kept{}
	}
	for other := range p.bySlug {
		if len(p.bySlug) < maxKept {
			break
		}
		delete(p.bySlug, other)
	}
	p.bySlug[slug] = k
}
