package memqueue

import (
	"context"
	"slices"

	"popeye/queue"
	"popeye/vote"
	"popeye/vote/catalog"
	"popeye/vote/joincode"
)

// Publish implements queue.Catalog. A gate that is not open remembers how many
// messages had been accepted when it shut.
func (q *Queue) Publish(_ context.Context, c catalog.Change) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.version.Revision >= c.To.Revision:
		return nil
	case !c.Whole() && (c.From != q.version || c.From.Mark == ""):
		return queue.ErrOtherVersion
	}
	if c.Whole() {
		q.forgetAllBut(c.Polls)
	}
	q.publishCodes(c)
	for _, slug := range c.Deleted {
		delete(q.polls, slug)
		delete(q.barriers, slug)
	}
	for _, p := range c.Polls {
		p.Options = slices.Clone(p.Options)
		q.polls[p.Slug] = p
		if _, shut := q.barriers[p.Slug]; p.Status == vote.Open {
			delete(q.barriers, p.Slug)
		} else if !shut {
			q.barriers[p.Slug] = q.accepted
		}
	}
	q.version = c.To
	close(q.news)
	q.news = make(chan struct{})
	return nil
}

// forgetAllBut forgets what is published, and when the gates shut but of these
// polls. Called with mu held.
func (q *Queue) forgetAllBut(polls []vote.Poll) {
	kept := make(map[string]int64, len(polls))
	for _, p := range polls {
		if barrier, shut := q.barriers[p.Slug]; shut {
			kept[p.Slug] = barrier
		}
	}
	q.polls, q.barriers, q.codes = make(map[string]vote.Poll, len(polls)), kept, map[string]joincode.Target{}
}

// Published implements queue.Catalog.
func (q *Queue) Published(context.Context) (catalog.Version, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.version, nil
}

// Poll returns a published definition.
func (q *Queue) Poll(_ context.Context, slug string) (vote.Poll, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	p, ok := q.polls[slug]
	switch {
	case q.version.Revision == 0:
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
	if len(q.leased) > 0 {
		return q.leased[0].before >= barrier, nil
	}
	return q.moved() >= barrier, nil
}
