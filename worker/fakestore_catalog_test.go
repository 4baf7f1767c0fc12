package worker

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"popeye/store"
	"popeye/vote"
	"popeye/vote/catalog"
)

// Here is what a fakeStore does with polls, as a catalog and to those who watch it; fakestore_test.go
// has what it does with votes.

// BeginRound moves the poll's ballots with it.
func (s *fakeStore) BeginRound(ctx context.Context, slug string, r store.NewRound) (kept, made vote.Poll, err error) {
	f := s.enter(ctx, "begin round")
	if f.err != nil && !f.done {
		return kept, made, f.err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.catalog.Polls, func(p vote.Poll) bool { return p.Slug == slug })
	if i < 0 {
		return kept, made, store.ErrNoPoll
	}
	if kept, err = r.Kept(s.catalog.Polls[i]); err != nil {
		return kept, made, err
	}
	if _, taken := find(s.catalog, kept.Slug); taken {
		return kept, made, store.ErrExists
	}
	made = r.Next
	made.Slug, made.Parent, made.CreatedAt = slug, kept.Slug, kept.CreatedAt.Add(time.Second)
	kept.Revision, made.Revision = s.move(kept.Slug), s.move(made.Slug)
	s.catalog.Polls[i] = kept
	s.catalog.Polls = append(s.catalog.Polls, made)
	for key, e := range s.ballots {
		if key[0] == slug {
			delete(s.ballots, key)
			s.ballots[[2]string{kept.Slug, key[1]}] = e
		}
	}
	s.tell(slug)
	return kept, made, f.err
}

// move gives the catalog its next revision, for a change of a poll. Called with mu
// held.
func (s *fakeStore) move(slug string) int64 {
	s.catalog.Revision++
	s.catalog.Mark = fmt.Sprintf("mark-%d-%d", s.catalog.Revision, len(s.history))
	s.history = append(s.history, s.catalog.Version())
	s.changed = append(s.changed, slug)
	return s.catalog.Revision
}

// Catalog is for others.
func (s *fakeStore) Catalog(context.Context) (catalog.State, error) {
	s.t.Error("a worker does not read all polls again and again")
	return s.catalogNow(), nil
}

// CatalogSince answers with what was true when it was asked, however long a planned
// wait takes.
func (s *fakeStore) CatalogSince(ctx context.Context, v catalog.Version) (catalog.Change, error) {
	change := s.changeNow(v)
	f := s.enter(ctx, "catalog")
	if f.err == nil {
		s.write(fmt.Sprintf("catalog: %d since %d, %d polls", change.To.Revision, v.Revision, len(change.Polls)))
	}
	return change, f.err
}

func (s *fakeStore) changeNow(v catalog.Version) catalog.Change {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := catalog.Change{From: v, To: s.catalog.Version()}
	at := slices.Index(s.history, v)
	if at < 0 || c.To.Revision-v.Revision != int64(len(s.history)-at-1) {
		return catalog.State{Revision: c.To.Revision, Mark: c.To.Mark, Polls: slices.Clone(s.catalog.Polls)}.Whole()
	}
	changed := slices.Clone(s.changed[at+1:])
	slices.Sort(changed)
	for _, slug := range slices.Compact(changed) {
		if p, ok := find(s.catalog, slug); ok {
			c.Polls = append(c.Polls, p)
		} else {
			c.Deleted = append(c.Deleted, slug)
		}
	}
	return c
}

func (s *fakeStore) catalogNow() catalog.State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return catalog.State{Revision: s.catalog.Revision, Mark: s.catalog.Mark, Polls: slices.Clone(s.catalog.Polls)}
}

func (s *fakeStore) Poll(_ context.Context, slug string) (vote.Poll, error) {
	p, ok := find(s.catalogNow(), slug)
	if !ok {
		return p, store.ErrNoPoll
	}
	return p, nil
}

func (s *fakeStore) CreatePoll(ctx context.Context, p vote.Poll) (vote.Poll, error) {
	if f := s.enter(ctx, "create"); f.err != nil {
		return vote.Poll{}, f.err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := find(s.catalog, p.Slug); ok {
		return vote.Poll{}, fmt.Errorf("create a poll: %w", store.ErrExists)
	}
	if s.slices[p.Slug] > 0 {
		return vote.Poll{}, fmt.Errorf("create a poll: %w", store.ErrRemoving)
	}
	p.Revision = s.move(p.Slug)
	s.catalog.Polls = append(s.catalog.Polls, p)
	s.tell(p.Slug)
	return p, nil
}

// CreateOnce is for organisers: the worker makes no poll on request.
func (s *fakeStore) CreateOnce(context.Context, string, vote.Poll) (vote.Poll, error) {
	return vote.Poll{}, errors.New("the worker asked for a poll as an organiser does")
}

func (s *fakeStore) ChangePoll(ctx context.Context, slug string, change func(vote.Poll) (vote.Poll, error)) (vote.Poll, error) {
	if f := s.enter(ctx, "change"); f.err != nil {
		return vote.Poll{}, f.err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.catalog.Polls, func(p vote.Poll) bool { return p.Slug == slug })
	if i < 0 {
		return vote.Poll{}, fmt.Errorf("change a poll: %w", store.ErrNoPoll)
	}
	old := s.catalog.Polls[i]
	p, err := change(old)
	if err != nil {
		return vote.Poll{}, err
	}
	p.Revision = old.Revision
	if reflect.DeepEqual(p, old) {
		return old, nil
	}
	p.Revision = s.move(p.Slug)
	s.catalog.Polls[i] = p
	s.tell(slug)
	return p, nil
}

func (s *fakeStore) DeletePoll(_ context.Context, slug string, allowed func(vote.Poll) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := find(s.catalog, slug); ok && allowed != nil {
		if err := allowed(p); err != nil {
			return err
		}
	}
	s.move(slug)
	s.catalog.Polls = slices.DeleteFunc(s.catalog.Polls, func(p vote.Poll) bool { return p.Slug == slug })
	s.tell(slug)
	return nil
}

func (s *fakeStore) RemoveSome(ctx context.Context) (string, bool, error) {
	if f := s.enter(ctx, "remove"); f.err != nil {
		return "", false, f.err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for slug := range s.slices {
		s.write("remove: " + slug)
		s.slices[slug]--
		free := s.slices[slug] == 0
		if free {
			delete(s.slices, slug)
		}
		return slug, free, nil
	}
	return "", false, nil
}

// tell gives the news to those who watch. Called with mu held.
func (s *fakeStore) tell(slug string) {
	for c := range s.news {
		select {
		case c <- slug:
		default: // there is news waiting already
		}
	}
}

func (s *fakeStore) Watch(ctx context.Context, topic store.Topic, changed func(string)) error {
	if f := s.enter(ctx, "watch"); f.err != nil {
		return f.err
	}
	if topic != store.PollsChanged {
		s.t.Errorf("a worker has no business with %s", topic)
	}
	c := make(chan string, 1)
	s.mu.Lock()
	s.news[c] = true
	s.mu.Unlock()
	s.write("watch:")
	changed("")
	for {
		select {
		case slug, on := <-c:
			if !on {
				return errLost
			}
			changed(slug)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// hangUp breaks the connection of everybody who watches.
func (s *fakeStore) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.news {
		close(c)
		delete(s.news, c)
	}
}
