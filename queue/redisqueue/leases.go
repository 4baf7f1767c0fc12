package redisqueue

import (
	"context"
	"slices"
	"sync"
	"time"
)

// leases keeps alive what one consumer holds, in a goroutine of its own: a store
// that takes long must not look like a worker that died. A lease that another
// worker has meanwhile is let go; the batch may still be applied and
// acknowledged here, which harms nobody.
type leases struct {
	q    *Queue
	name string

	mu     sync.Mutex
	leased map[int64]string // batch -> its entry in the stream

	cancel context.CancelFunc
	done   chan struct{} // closed when the goroutine has ended
}

func keepLeases(q *Queue, name string) *leases {
	ctx, cancel := context.WithCancel(context.Background())
	l := &leases{q: q, name: name, leased: make(map[int64]string), cancel: cancel, done: make(chan struct{})}
	go l.keep(ctx)
	return l
}

// stop ends the renewals and returns when the last one has ended.
func (l *leases) stop() {
	l.cancel()
	<-l.done
}

// add reports whether the lease is new.
func (l *leases) add(entry string, batch int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, had := l.leased[batch]
	l.leased[batch] = entry
	return !had
}

func (l *leases) drop(batch int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.leased, batch)
}

func (l *leases) entries() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	entries := make([]string, 0, len(l.leased))
	for _, entry := range l.leased {
		entries = append(entries, entry)
	}
	slices.Sort(entries)
	return entries
}

func (l *leases) keep(ctx context.Context) {
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

// renew sets the idle time of all leases to zero. An error needs no answer: the
// next tick tries again, and a lease lost to it is only applied twice.
func (l *leases) renew(ctx context.Context) {
	entries := l.entries()
	if len(entries) == 0 {
		return
	}
	answer, err := l.q.run(ctx, "renew leases", renewScript, []string{keyBatches}, append([]string{l.name}, entries...))
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
