package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"popeye/e2e/chaos/judge"
	"popeye/internal/testenv"
)

// ledger is what all voters know of their casts, and what else went wrong for
// them. Safe for concurrent use.
type ledger struct {
	began time.Time // what the times count from, by the clock that is never set

	recorded, refused, unknown, tries atomic.Int64 // as of now, for those who watch
	asked, well                       atomic.Int64 // services that were asked to end, and those that ended well

	mu      sync.Mutex
	casts   []judge.Cast // in the order in which they ended: for each voter that is their own order
	charges []judge.Charge
}

func newLedger() *ledger { return &ledger{began: time.Now()} }

// now is the storm's time.
func (l *ledger) now() time.Duration { return time.Since(l.began) }

func (l *ledger) add(c judge.Cast) {
	switch c.Answer {
	case judge.Recorded:
		l.recorded.Add(1)
	case judge.Refused:
		l.refused.Add(1)
	case judge.Unknown:
		l.unknown.Add(1)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.casts = append(l.casts, c)
}

// The charges that the storm itself brings.
const (
	rude  judge.Kind = "rude"  // a service answered, or ended, as it never should
	stuck judge.Kind = "stuck" // something that must come did not
)

// accuse notes what a voter or the storm met; the first few tell enough.
func (l *ledger) accuse(kind judge.Kind, format string, args ...any) {
	const enough = 20
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.charges) < enough {
		l.charges = append(l.charges, judge.Charge{Kind: kind, N: 1, Text: fmt.Sprintf(format, args...)})
	}
}

// stops asks services to end, which they must do well.
func (l *ledger) stops(programs ...*testenv.Program) {
	for _, p := range programs {
		l.asked.Add(1)
		if err := p.Stop(); err != nil {
			l.accuse(rude, "%s was asked to end: %v", p.Name(), err)
			continue
		}
		l.well.Add(1)
	}
}

// kills kills services, which must have run until then.
func (l *ledger) kills(programs ...*testenv.Program) {
	for _, p := range programs {
		if err := p.Gone(); err != nil {
			l.accuse(rude, "%v", err)
		}
		p.Kill()
	}
}

// all returns what is written, once nobody writes any more.
func (l *ledger) all() ([]judge.Cast, []judge.Charge) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.casts), slices.Clone(l.charges)
}

// keep writes the casts of those whom charges concern beside the logs, one line
// each, for whoever wants to know how it came.
func keep(dir string, casts []judge.Cast, charges []judge.Charge) error {
	type voter struct{ poll, id string }
	concerned := map[voter]bool{}
	for _, c := range charges {
		concerned[voter{c.Poll, c.Voter}] = c.Voter != ""
	}
	f, err := os.Create(filepath.Join(dir, "casts.jsonl"))
	if err != nil {
		return err
	}
	lines := json.NewEncoder(f)
	lines.SetEscapeHTML(false) // "b>a" should read so
	for _, c := range casts {
		if concerned[voter{c.Poll, c.Voter}] {
			if err := lines.Encode(c); err != nil {
				f.Close()
				return err
			}
		}
	}
	return f.Close()
}
