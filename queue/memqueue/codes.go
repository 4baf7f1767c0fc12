package memqueue

import (
	"context"
	"slices"

	"popeye/queue"
	"popeye/vote/catalog"
	"popeye/vote/joincode"
)

var _ queue.Codes = (*Queue)(nil)

// publishCodes applies what a change says of codes. Called with mu held, before the
// polls are changed: a code leads no longer to a poll that is deleted, or has another.
func (q *Queue) publishCodes(c catalog.Change) {
	forget := func(slug string) {
		if code := q.polls[slug].Code; q.codes[code].Poll == slug {
			delete(q.codes, code)
		}
	}
	for _, slug := range c.Deleted {
		forget(slug)
	}
	for _, code := range c.DeletedEvents {
		delete(q.codes, code)
	}
	for _, p := range c.Polls {
		forget(p.Slug)
	}
	for _, e := range c.Events {
		e.Polls = slices.Clone(e.Polls)
		q.codes[e.Code] = joincode.Target{Event: e}
	}
	for _, p := range c.Polls {
		if p.Code != "" {
			q.codes[p.Code] = joincode.Target{Poll: p.Slug}
		}
	}
}

// Code implements queue.Codes.
func (q *Queue) Code(_ context.Context, code string) (joincode.Target, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	t, ok := q.codes[code]
	switch {
	case q.version.Revision == 0:
		return joincode.Target{}, errUnpublished
	case !ok:
		return joincode.Target{}, joincode.ErrUnknown
	}
	t.Event.Polls = slices.Clone(t.Event.Polls)
	return t, nil
}

// Listed implements queue.Codes.
func (q *Queue) Listed(context.Context) (slugs []string, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.version.Revision == 0 {
		return nil, errUnpublished
	}
	for slug, p := range q.polls {
		if p.Found() {
			slugs = append(slugs, slug)
		}
	}
	slices.Sort(slugs)
	return slugs[:min(len(slugs), queue.MaxListed)], nil
}

// News implements queue.Codes.
func (q *Queue) News() <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.news
}
