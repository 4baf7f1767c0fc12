package result

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"sync"
	"time"

	g "maragu.dev/gomponents"

	"popeye/count"
	"popeye/result/audience"
	"popeye/result/countview"
	"popeye/vote"
)

// What a rule makes of the ballots goes to no socket: it may be large, and changes more
// slowly than a bar. A live page asks for it, as a part of itself, when it has seen new
// cells: after a pause that grows with the crowd and with what there is to send, and
// differs from page to page. The part is audience.Counted once a second at most.

const (
	// partFor is how long a part is kept for whoever asks next.
	partFor = time.Second
	// minPart and maxPart bound a page's pause.
	minPart, maxPart = 2 * time.Second, time.Minute
	// partBytes is what all parts of a poll may take in a second, if all its viewers are
	// at this server; cellBytes is about what one figure takes.
	partBytes = 8 << 20
	cellBytes = 150
	// partCount is what a page asks for, as in /p/lunch?part=count.
	partCount = "count"
)

// pauseOf returns the seconds that a page waits, on average, before it asks for its part.
func pauseOf(viewers int, r *count.Result) int {
	cells := 20 + countview.Cells(r)
	pause := time.Duration(viewers*cells*cellBytes/partBytes) * time.Second
	return int(min(max(pause, minPart), maxPart).Seconds())
}

// parts keeps for a moment what pages ask for. The zero value is ready.
type parts struct {
	mu   sync.Mutex
	kept map[string]*part // by slug
}

// part is a poll's count of a moment, and the bodies made of it.
type part struct {
	counted audience.Counted
	until   time.Time

	mu     sync.Mutex
	bodies map[bodyOf][]byte
}

// bodyOf says what a body shows: by these all who ask are told apart.
type bodyOf struct{ present, hidden bool }

// recent returns a poll's part of this second, or has it read.
func (p *parts) recent(slug string, read func() (audience.Counted, error)) (*part, error) {
	now := time.Now()
	p.mu.Lock()
	k := p.kept[slug]
	p.mu.Unlock()
	if k != nil && now.Before(k.until) {
		return k, nil
	}
	counted, err := read()
	if err != nil {
		return nil, err
	}
	return p.keep(slug, counted), nil
}

// keep keeps a count, and no other that is too old.
func (p *parts) keep(slug string, c audience.Counted) *part {
	now := time.Now()
	k := &part{counted: c, until: now.Add(partFor), bodies: map[bodyOf][]byte{}}
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := map[string]*part{slug: k}
	for name, other := range p.kept {
		if name != slug && now.Before(other.until) {
			kept[name] = other
		}
	}
	p.kept = kept
	return k
}

// body returns what was rendered before, or renders it.
func (k *part) body(of bodyOf, page func() g.Node) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if body := k.bodies[of]; body != nil {
		return body, nil
	}
	var b bytes.Buffer
	if err := page().Render(&b); err != nil {
		return nil, fmt.Errorf("render a part: %w", err)
	}
	k.bodies[of] = b.Bytes()
	return b.Bytes(), nil
}

// showPart answers with what the rule made of the ballots.
func (s *Station) showPart(w http.ResponseWriter, r *http.Request, present bool) error {
	k, err := s.parts.recent(r.PathValue("slug"), func() (audience.Counted, error) { return s.snapshot(r, s.reader.Recent) })
	if err != nil {
		return err
	}
	seen := s.seen(r, k.counted, present).Results
	body, err := k.body(bodyOf{present, seen.Hidden}, func() g.Node { return s.partOf(r, seen, present) })
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

// partOf is what a page asks for again.
func (s *Station) partOf(r *http.Request, c audience.Results, present bool) g.Node {
	if present {
		return s.wall(r, c).Part()
	}
	v := s.view(r, results{c})
	return g.Group{v.Winners(), v.Counting()}
}

// view is what the live page shows of a poll.
func (s *Station) view(r *http.Request, res results) view {
	v := view{View: countview.View{Say: printer(r), Results: res.Results}, Now: time.Now(), Pass: passOf(r)}
	v.Schedule = scheduleOf(res.Results, v.Now)
	v.Pause = pauseOf(s.viewers.Viewers(), res.Count)
	v.VoteURL = s.voteURL(r, res.Poll)
	return v
}

// scheduleOf is what is told of when a poll opens and closes.
func scheduleOf(res audience.Results, now time.Time) vote.Schedule {
	timed := vote.Poll{Status: res.Status, OpensAt: res.OpensAt, ClosesAt: res.ClosesAt}
	timed.TimeZone = res.TimeZone
	return timed.Schedule(now)
}
