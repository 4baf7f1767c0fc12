package memqueue

import (
	"context"
	"slices"

	"popeye/queue"
	"popeye/vote"
)

// Publish replaces what is published by b, unless that is as new or newer. A
// gate that is not open remembers how many messages had been accepted when it
// shut.
func (q *Queue) Publish(_ context.Context, b vote.Catalog) error {
	polls := make(map[string]vote.Poll, len(b.Polls))
	for _, p := range b.Polls {
		p.Options = slices.Clone(p.Options)
		polls[p.Slug] = p
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.revision >= b.Revision {
		return nil
	}
	barriers := make(map[string]int64)
	for slug, p := range polls {
		if p.Status == vote.Open {
			continue
		}
		barrier, shut := q.barriers[slug]
		if !shut {
			barrier = q.accepted
		}
		barriers[slug] = barrier
	}
	q.revision, q.polls, q.barriers = b.Revision, polls, barriers
	return nil
}

// Revision returns that of the published catalog, 0 for none.
func (q *Queue) Revision(context.Context) (int64, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.revision, nil
}

// Poll returns a published definition.
func (q *Queue) Poll(_ context.Context, slug string) (vote.Poll, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	p, ok := q.polls[slug]
	switch {
	case q.revision == 0:
		return vote.Poll{}, errUnpublished
	case !ok:
		return vote.Poll{}, queue.ErrNoPoll
	}
	p.Options = slices.Clone(p.Options)
	return p, nil
}

// Settled reports whether all votes from before the gate shut are acknowledged.
// Of a poll that its time has shut nobody knows, until that is published.
func (q *Queue) Settled(_ context.Context, slug string) (bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	barrier, shut := q.barriers[slug]
	if !shut || len(q.replaced) > 0 { // these came before, or at least nobody can tell
		return false, nil
	}
	if len(q.held) > 0 {
		return q.held[0].before >= barrier, nil
	}
	return q.moved() >= barrier, nil
}
