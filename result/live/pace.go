package live

import (
	"sync"
	"time"
)

const (
	// PaceStep is how finely a poll's pace is kept.
	PaceStep = 10 * time.Second
	// PaceSteps is how far back.
	PaceSteps = 60
	// maxGap is for how long nobody may look before what came meanwhile has no time.
	maxGap = 2 * PaceStep
	// maxPaces bounds the polls whose pace is kept.
	maxPaces = 1000
)

// Pace is how many had voted in a poll at the end of each of the last steps, the oldest
// first. It begins with the first viewer that this server has had lately: nothing of it
// is stored.
type Pace struct {
	Last   time.Time // when the last step began
	Totals []int64   // PaceSteps+1 at most
}

// add notes a total. A step that nobody looked at shares what came meanwhile with the
// next; a longer pause, and a total that fell, begin anew: when votes came is not guessed.
func (p *Pace) add(total int64, now time.Time) {
	step := now.Truncate(PaceStep)
	n := len(p.Totals)
	if n == 0 || total < p.Totals[n-1] || step.Sub(p.Last) > maxGap {
		p.Last, p.Totals = step, []int64{total}
		return
	}
	from, missing := p.Totals[n-1], int64(step.Sub(p.Last)/PaceStep)
	for i := int64(1); i <= missing; i++ {
		p.Totals = append(p.Totals, from+(total-from)*i/missing)
	}
	if missing >= 0 {
		p.Last = step
		p.Totals[len(p.Totals)-1] = total
	}
	p.Totals = p.Totals[max(0, len(p.Totals)-PaceSteps-1):]
}

// paces keeps those of the polls that have viewers, or had some a moment ago. The zero
// value is ready.
type paces struct {
	mu   sync.Mutex
	kept map[string]*Pace // by slug
}

func (p *paces) add(slug string, total int64, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept[slug] == nil {
		p.makeRoom(now)
		p.kept[slug] = &Pace{}
	}
	p.kept[slug].add(total, now)
}

// makeRoom forgets what is old, and if that is not enough something else. The caller
// holds mu.
func (p *paces) makeRoom(now time.Time) {
	if p.kept == nil {
		p.kept = map[string]*Pace{}
	}
	if len(p.kept) < maxPaces {
		return
	}
	for slug, pace := range p.kept {
		if now.Sub(pace.Last) > PaceSteps*PaceStep {
			delete(p.kept, slug)
		}
	}
	for slug := range p.kept {
		if len(p.kept) < maxPaces {
			return
		}
		delete(p.kept, slug)
	}
}

// of returns a copy of a poll's; nothing, if the last that is known is too long ago.
func (p *paces) of(slug string, now time.Time) Pace {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.kept[slug]
	if k == nil || now.Truncate(PaceStep).Sub(k.Last) > maxGap {
		return Pace{}
	}
	return Pace{Last: k.Last, Totals: append([]int64(nil), k.Totals...)}
}

// Pace returns how fast votes came to a poll lately, as far as this server saw.
func (l *Live) Pace(slug string) Pace { return l.hub.paces.of(slug, time.Now()) }
