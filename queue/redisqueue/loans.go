package redisqueue

import (
	"context"
	"slices"
	"sync"
	"time"
)

// loans keeps alive what one consumer holds, in a goroutine of its own: a store
// that takes long must not look like a worker that died. A loan that another
// worker has meanwhile is let go; the batch may still be applied and
// acknowledged here, which harms nobody.
type loans struct {
	q    *Queue
	name string

	mu   sync.Mutex
	held map[int64]string // batch -> its entry in the stream

	cancel context.CancelFunc
	done   chan struct{} // closed when the goroutine has ended
}

func keepLoans(q *Queue, name string) *loans {
	ctx, cancel := context.WithCancel(context.Background())
	l := &loans{q: q, name: name, held: make(map[int64]string), cancel: cancel, done: make(chan struct{})}
	go l.keep(ctx)
	return l
}

// stop ends the renewals and returns when the last one has ended.
func (l *loans) stop() {
	l.cancel()
	<-l.done
}

// add reports whether the loan is new.
func (l *loans) add(entry string, batch int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, had := l.held[batch]
	l.held[batch] = entry
	return !had
}

func (l *loans) drop(batch int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.held, batch)
}

func (l *loans) entries() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	entries := make([]string, 0, len(l.held))
	for _, entry := range l.held {
		entries = append(entries, entry)
	}
	slices.Sort(entries)
	return entries
}

func (l *loans) keep(ctx context.Context) {
	defer close(l.done)
	tick := time.NewTicker(l.q.cfg.RenewEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.renew(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// renew sets the idle time of all loans to zero. An error needs no answer: the
// next tick tries again, and a loan lost to it is only applied twice.
func (l *loans) renew(ctx context.Context) {
	entries := l.entries()
	if len(entries) == 0 {
		return
	}
	answer, err := l.q.run(ctx, "renew loans", renewScript, []string{keyBatches}, append([]string{l.name}, entries...))
	if err != nil || answer == nil {
		return
	}
	lost, err := answer.AsStrSlice()
	if err != nil {
		return
	}
	for _, entry := range lost {
		if batch, _, err := parseEntry(entry); err == nil {
			l.drop(batch)
		}
	}
}
