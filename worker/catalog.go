package worker

import (
	"context"
	"slices"
	"sync"
	"time"

	"popeye/queue"
	"popeye/store"
	"popeye/vote"
	"popeye/vote/catalog"
)

// known is what a worker knows of polls.
type known struct {
	polls   map[string]vote.Poll // by slug
	created map[string][]string  // CreatedKey -> slugs; hardly ever more than one
}

func newKnown(polls []vote.Poll) *known {
	k := &known{polls: make(map[string]vote.Poll, len(polls)), created: make(map[string][]string, len(polls))}
	for _, p := range polls {
		k.put(p)
	}
	return k
}

func (k *known) put(p vote.Poll) {
	k.drop(p.Slug)
	k.polls[p.Slug] = p
	key := p.CreatedKey()
	k.created[key] = append(k.created[key], p.Slug)
}

func (k *known) drop(slug string) {
	p, ok := k.polls[slug]
	if !ok {
		return
	}
	delete(k.polls, slug)
	key := p.CreatedKey()
	rest := slices.DeleteFunc(k.created[key], func(s string) bool { return s == slug })
	if k.created[key] = rest; len(rest) == 0 {
		delete(k.created, key)
	}
}

// of returns the poll in which a vote was cast. A poll that begins a new round
// takes the name of another, whose votes may still be on their way.
func (k *known) of(v vote.Vote) (vote.Poll, bool) {
	p, ok := k.polls[v.Poll]
	if v.Created == "" || ok && p.CreatedKey() == v.Created {
		return p, ok
	}
	if slugs := k.created[v.Created]; len(slugs) > 0 {
		return k.polls[slugs[0]], true
	}
	return vote.Poll{}, false
}

// mirror is the worker's copy of the store's polls. To keep it costs what changes,
// not what there is; so does to ask what is due. Safe for concurrent use.
type mirror struct {
	store store.Polls

	mu      sync.RWMutex
	version catalog.Version // of the copy; zero for none
	*known
	due     map[string]time.Time // when polls are to open, or to begin to close
	closing map[string]bool
	next    time.Time // the earliest in due; zero if there is none
}

func newMirror(s store.Polls) *mirror {
	c := &mirror{store: s}
	c.clear()
	return c
}

func (c *mirror) clear() {
	c.known, c.due, c.closing = newKnown(nil), map[string]time.Time{}, map[string]bool{}
}

// at returns the version of the copy.
func (c *mirror) at() catalog.Version {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.version
}

// distrust makes the next refresh read everything.
func (c *mirror) distrust() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version = catalog.Version{}
}

// refresh reads what has changed in the store. After it the copy is what the store
// had at a moment since it was called.
func (c *mirror) refresh(ctx context.Context) error {
	for {
		since := c.at()
		change, err := c.store.CatalogSince(ctx, since)
		if err != nil {
			return err
		}
		if c.apply(since, change) {
			return nil
		}
	}
}

// apply brings the copy up to date, unless another refresh was faster: an answer that
// was long on its way says nothing of a copy that has moved on.
func (c *mirror) apply(since catalog.Version, change catalog.Change) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.version == change.To {
		return true
	}
	if c.version != since {
		return false
	}
	if change.Whole() {
		c.clear()
	}
	for _, slug := range change.Deleted {
		c.drop(slug)
		delete(c.due, slug)
		delete(c.closing, slug)
	}
	for _, p := range change.Polls {
		c.keep(p)
	}
	c.version = change.To
	c.next = time.Time{}
	for _, at := range c.due {
		if c.next.IsZero() || at.Before(c.next) {
			c.next = at
		}
	}
	return true
}

// keep puts a poll into the copy, and where it is looked for. Called with mu held.
func (c *mirror) keep(p vote.Poll) {
	c.put(p)
	delete(c.due, p.Slug)
	delete(c.closing, p.Slug)
	if at := p.NextDue(); !at.IsZero() {
		c.due[p.Slug] = at
	}
	if p.Status == vote.Closing {
		c.closing[p.Slug] = true
	}
}

// read judges a batch by the copy.
func (c *mirror) read(b queue.Batch) store.Batch {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return read(b, c.known)
}

// dueAt returns the polls whose time has come, and when the next one's will; zero for
// never. As long as none is due it does not look at them.
func (c *mirror) dueAt(now time.Time) (polls []vote.Poll, next time.Time) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.next.IsZero() || c.next.After(now) {
		return nil, c.next
	}
	for slug, at := range c.due {
		if !at.After(now) {
			polls = append(polls, c.polls[slug])
		}
	}
	return polls, c.next
}

// closingPolls returns those that are to be closed when their votes are stored.
func (c *mirror) closingPolls() (polls []vote.Poll) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for slug := range c.closing {
		polls = append(polls, c.polls[slug])
	}
	return polls
}

// hasSuccessor reports whether this poll was the default one, and another has taken
// that name. A round that an organiser begins under a name of its own is none: the
// poll before it is kept, with votes or without.
func (c *mirror) hasSuccessor(slug string) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, p := range c.polls {
		if p.Parent == slug && p.Slug == vote.DefaultSlug {
			return true
		}
	}
	return false
}
