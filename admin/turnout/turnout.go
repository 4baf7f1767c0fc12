// Package turnout counts how many have voted in each poll of a list. What enters is polls,
// and the store that counts them; what leaves is numbers, as far as they came in time.
package turnout

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"popeye/store"
	"popeye/vote"
)

const (
	// freshFor is how old the number of votes of an open poll may be on the list.
	freshFor = time.Second
	// listTimeout bounds what the list waits for numbers: without them it is a list
	// too.
	listTimeout = 1500 * time.Millisecond
)

// Store is the part of a store that this package reads.
type Store interface {
	// Snapshot is that of store.Tallies.
	Snapshot(ctx context.Context, slug string, count func(vote.Poll, vote.Ballots)) (store.Snapshot, error)
}

// Turnout remembers how many have voted in each poll, so that organisers who look at the
// list count a poll again only when that may have changed. Safe for concurrent use.
type Turnout struct {
	Store Store
	Log   *slog.Logger

	mu    sync.Mutex
	known map[string]counted
}

// counted is how many had voted in a revision of a poll.
type counted struct {
	revision int64
	at       time.Time
	votes    int64
}

// Of counts the votes of polls, as far as the store answers in time. A draft has none.
func (v *Turnout) Of(ctx context.Context, polls []vote.Poll) func(slug string) (votes int64, counted bool) {
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	found, failed := map[string]counted{}, false
	for _, p := range polls {
		if p.Status == vote.Draft {
			continue
		}
		c, fresh := v.remembered(p)
		if !fresh && !failed {
			now := time.Now()
			n, err := v.count(ctx, p.Slug)
			if failed = err != nil; failed {
				v.Log.Warn("the list is shown without all votes", "error", err)
			} else {
				c, fresh = counted{p.Revision, now, n}, true
			}
		}
		if fresh {
			found[p.Slug] = c
		}
	}
	v.mu.Lock()
	v.known = found // without polls that are gone
	v.mu.Unlock()
	return func(slug string) (int64, bool) { c, ok := found[slug]; return c.votes, ok }
}

// remembered returns what is known of a poll, and whether that still holds: of a closed
// one it does until it changes.
func (v *Turnout) remembered(p vote.Poll) (counted, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	c, ok := v.known[p.Slug]
	return c, ok && c.revision == p.Revision && (p.Status == vote.Closed || time.Since(c.at) < freshFor)
}

func (v *Turnout) count(ctx context.Context, slug string) (n int64, err error) {
	_, err = v.Store.Snapshot(ctx, slug, func(_ vote.Poll, ballots vote.Ballots) {
		for _, voters := range ballots {
			n += voters
		}
	})
	return n, err
}
