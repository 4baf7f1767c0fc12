package admin

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"popeye/vote"
)

const (
	// votesAge is how old the number of votes of an open poll may be on the list.
	votesAge = time.Second
	// votesTimeout bounds what the list waits for numbers: without them it is a list
	// too.
	votesTimeout = 1500 * time.Millisecond
)

// votes remembers how many have voted in each poll, so that organisers who look at the
// list count a poll again only when that may have changed. Safe for concurrent use.
type votes struct {
	store Store
	log   *slog.Logger

	mu    sync.Mutex
	known map[string]counted
}

// counted is how many had voted in a revision of a poll.
type counted struct {
	revision int64
	at       time.Time
	votes    int64
}

// of counts the votes of polls, as far as the store answers in time. A draft has none.
func (v *votes) of(ctx context.Context, polls []vote.Poll) func(slug string) (votes int64, counted bool) {
	ctx, cancel := context.WithTimeout(ctx, votesTimeout)
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
				v.log.Warn("the list is shown without all votes", "error", err)
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
func (v *votes) remembered(p vote.Poll) (counted, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	c, ok := v.known[p.Slug]
	return c, ok && c.revision == p.Revision && (p.Status == vote.Closed || time.Since(c.at) < votesAge)
}

func (v *votes) count(ctx context.Context, slug string) (n int64, err error) {
	_, err = v.store.Snapshot(ctx, slug, func(_ vote.Poll, ballots vote.Ballots) {
		for _, voters := range ballots {
			n += voters
		}
	})
	return n, err
}
