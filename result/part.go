package result

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"sync"
	"time"

	g "maragu.dev/gomponents"

	"popeye/result/audience"
	"popeye/vote"
)

// What a rule makes of the ballots goes to no socket: it may be large, and changes more
// slowly than a bar. A live page asks for it, as a part of itself, when it has seen new
// figures: after a pause that grows with the crowd and with what there is to send, and
// differs from page to page. The part is audience.Counted once a second at most.

const (
	// partFor is how long a part is kept for whoever asks next.
	partFor = time.Second
	// minPart and maxPart bound a page's pause.
	minPart, maxPart = 2 * time.Second, time.Minute
	// partBytes is what all parts of a poll may take in a second, if all its viewers are
	// at this server; figureBytes is about what one figure takes.
	partBytes, figureBytes = 8 << 20, 150
	// partCount is what a page asks for, as in /p/lunch?part=count.
	partCount = "count"
	// maxFigures is how many figures of rounds, or of pairs, a page has room for.
	maxFigures = 2500
)

// pauseOf returns the seconds that a page waits, on average, before it asks for its part.
func pauseOf(viewers int, o *outcome) int {
	figures := 20
	for ; o != nil; o = o.inner() {
		figures += 2*len(o.Options) + min(maxFigures, len(o.Pairwise)*len(o.Pairwise))
		for _, r := range o.Rounds {
			figures += len(r.Votes)
		}
	}
	pause := time.Duration(viewers*figures*figureBytes/partBytes) * time.Second
	return int(min(max(pause, minPart), maxPart).Seconds())
}

// inner is the count without the options that have withdrawn; nil without any.
func (o *outcome) inner() *outcome {
	if o.Without == nil {
		return nil
	}
	return &outcome{say: o.say, Result: o.Without, open: o.open}
}

// parts keeps for a moment what pages ask for. The zero value is ready.
type parts struct {
	mu   sync.Mutex
	kept map[string]*part
}

// part is a poll's count of a moment, and the bodies made of it.
type part struct {
	snapshot audience.Counted
	until    time.Time
	bodies   map[bodyOf][]byte
}

// bodyOf says what a body shows.
type bodyOf struct{ present, hidden bool }

// recent is read's recent, asked once a second at most for each poll.
func (p *parts) recent(ctx context.Context, slug string, read recent) (audience.Counted, error) {
	if k := p.of(slug); k != nil {
		return k.snapshot, nil
	}
	s, err := read(ctx, slug)
	if err == nil {
		p.keep(slug, s)
	}
	return s, err
}

func (p *parts) of(slug string) *part {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k := p.kept[slug]; k != nil && time.Now().Before(k.until) {
		return k
	}
	return nil
}

// keep keeps a snapshot, and nothing that is too old.
func (p *parts) keep(slug string, s audience.Counted) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	kept := map[string]*part{slug: {snapshot: s, until: now.Add(partFor), bodies: map[bodyOf][]byte{}}}
	for name, k := range p.kept {
		if now.Before(k.until) && name != slug {
			kept[name] = k
		}
	}
	p.kept = kept
}

// body returns what was made of a snapshot before, or makes it.
func (p *parts) body(s audience.Counted, of bodyOf, render func() ([]byte, error)) ([]byte, error) {
	p.mu.Lock()
	k := p.kept[s.Poll.Slug]
	if k == nil || k.snapshot.AsOf != s.AsOf {
		k = &part{bodies: map[bodyOf][]byte{}}
	}
	body := k.bodies[of]
	p.mu.Unlock()
	if body != nil {
		return body, nil
	}
	body, err := render()
	if err == nil {
		p.mu.Lock()
		k.bodies[of] = body
		p.mu.Unlock()
	}
	return body, err
}

// showPart answers with what the rule made of the ballots.
func (s *Station) showPart(w http.ResponseWriter, r *http.Request, present bool) error {
	snapshot, err := s.counted(r, func(ctx context.Context, slug string) (audience.Counted, error) {
		return s.parts.recent(ctx, slug, s.reader.Recent)
	})
	if err != nil {
		return err
	}
	v := s.view(r, results{snapshot.Results()}, present)
	body, err := s.parts.body(snapshot, bodyOf{present, v.Count == nil}, func() ([]byte, error) {
		var b bytes.Buffer
		err := v.part().Render(&b)
		return b.Bytes(), err
	})
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "private, no-cache") // kept, and asked for again
	h.Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	return nil
}

// part is what a live page asks for again.
func (v view) part() g.Node { return g.Group{v.winners(), g.Iff(!v.Present, v.counting)} }

// view is what a page shows of a poll.
func (s *Station) view(r *http.Request, res results, present bool) view {
	v := view{say: printer(r), results: res, Now: time.Now(), Present: present}
	v.Schedule = vote.Poll{Status: res.Status, OpensAt: res.OpensAt, ClosesAt: res.ClosesAt}.Schedule(v.Now)
	v.Pause = pauseOf(s.viewers.Viewers(), v.outcome(res.Count))
	return v
}
