package result

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"popeye/store"
	"popeye/vote"
)

var (
	errAway = errors.New("the server does not answer")
	errLost = errors.New("the connection broke")
)

// fakeStore keeps polls and tallies in memory, counts what it is asked, and
// can be lost, slow or silent.
type fakeStore struct {
	mu      sync.Mutex
	polls   map[string]vote.Poll
	tallies map[string]vote.Tally
	seq     map[string]int64
	reads   map[string]int // Snapshots asked for, by poll
	watches int            // calls of Watch
	away    error          // what every step answers, if not nil
	hang    func(ctx context.Context, slug string)
	news    map[*news]bool // of those who watch
}

// news is one call of Watch.
type news struct {
	topic store.Topic
	slugs map[string]bool
	wake  chan struct{}
	gone  chan struct{} // closed when the connection breaks
}

var _ Store = (*fakeStore)(nil)

func newFakeStore(polls ...vote.Poll) *fakeStore {
	s := &fakeStore{
		polls: map[string]vote.Poll{}, tallies: map[string]vote.Tally{}, seq: map[string]int64{},
		reads: map[string]int{}, news: map[*news]bool{},
	}
	for _, p := range polls {
		s.put(p)
	}
	return s
}

// put makes or changes a poll.
func (s *fakeStore) put(p vote.Poll) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.polls[p.Slug] = p
	s.seq[p.Slug]++
	s.tell(store.PollsChanged, p.Slug)
}

// drop deletes a poll.
func (s *fakeStore) drop(slug string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.polls, slug)
	delete(s.tallies, slug)
	s.seq[slug]++
	s.tell(store.PollsChanged, slug)
}

// count adds votes to a tally, one commit for each.
func (s *fakeStore) count(slug string, ballots ...vote.Ballot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range ballots {
		if s.tallies[slug] == nil {
			s.tallies[slug] = vote.Tally{}
		}
		s.tallies[slug][b]++
		s.seq[slug]++
		s.tell(store.TalliesChanged, slug)
	}
}

// lose makes every step fail, and breaks the connections of those who watch;
// nil brings the store back.
func (s *fakeStore) lose(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = err
	if err != nil {
		s.hangUp()
	}
}

// breakWatches breaks the connections of those who watch, nothing else.
func (s *fakeStore) breakWatches() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hangUp()
}

func (s *fakeStore) hangUp() {
	for n := range s.news {
		close(n.gone)
		delete(s.news, n)
	}
}

// asked returns how often a poll's tally was read.
func (s *fakeStore) asked(slug string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads[slug]
}

// onRead sets what happens between reading a tally and answering with it.
func (s *fakeStore) onRead(hang func(ctx context.Context, slug string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hang = hang
}

func (s *fakeStore) Snapshot(ctx context.Context, slug string) (store.Snapshot, error) {
	snapshot, hang, err := s.snapshot(slug)
	if hang != nil {
		hang(ctx, slug)
	}
	if ctx.Err() != nil {
		return store.Snapshot{}, ctx.Err()
	}
	return snapshot, err
}

func (s *fakeStore) snapshot(slug string) (store.Snapshot, func(context.Context, string), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads[slug]++
	p, ok := s.polls[slug]
	switch {
	case s.away != nil:
		return store.Snapshot{}, s.hang, s.away
	case !ok:
		return store.Snapshot{}, s.hang, store.ErrNoPoll
	}
	return store.Snapshot{Poll: p, Count: p.Count(s.tallies[slug]), Seq: s.seq[slug], AsOf: time.Now()}, s.hang, nil
}

func (s *fakeStore) Watch(ctx context.Context, topic store.Topic, changed func(string)) error {
	n, err := s.listen(topic)
	if err != nil {
		return err
	}
	changed("")
	for {
		select {
		case <-n.wake:
			for _, slug := range s.take(n) {
				changed(slug)
			}
		case <-n.gone:
			return errLost
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *fakeStore) listen(topic store.Topic) (*news, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watches++
	if s.away != nil {
		return nil, s.away
	}
	n := &news{topic: topic, slugs: map[string]bool{}, wake: make(chan struct{}, 1), gone: make(chan struct{})}
	s.news[n] = true
	return n, nil
}

func (s *fakeStore) take(n *news) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	slugs := slices.Collect(maps.Keys(n.slugs))
	clear(n.slugs)
	return slugs
}

// tell is called with mu held.
func (s *fakeStore) tell(topic store.Topic, slug string) {
	for n := range s.news {
		if n.topic != topic {
			continue
		}
		n.slugs[slug] = true
		select {
		case n.wake <- struct{}{}:
		default: // awake already
		}
	}
}

// The steps of organisers and operators wait as long as the store hangs, then
// fail: here they are asked for nothing else.

func (s *fakeStore) refuse(ctx context.Context) error {
	s.mu.Lock()
	hang, away := s.hang, s.away
	s.mu.Unlock()
	if hang != nil {
		hang(ctx, "")
	}
	if away != nil {
		return away
	}
	return ctx.Err()
}

func (s *fakeStore) Catalog(ctx context.Context) (vote.Catalog, error) {
	return vote.Catalog{}, s.refuse(ctx)
}

func (s *fakeStore) CatalogSince(ctx context.Context, _ vote.Version) (vote.CatalogChange, error) {
	return vote.CatalogChange{}, s.refuse(ctx)
}

func (s *fakeStore) Poll(ctx context.Context, _ string) (vote.Poll, error) {
	return vote.Poll{}, s.refuse(ctx)
}

func (s *fakeStore) CreatePoll(ctx context.Context, p vote.Poll) (vote.Poll, error) {
	return p, s.refuse(ctx)
}

func (s *fakeStore) CreateOnce(ctx context.Context, _ string, p vote.Poll) (vote.Poll, error) {
	return p, s.refuse(ctx)
}

func (s *fakeStore) ChangePoll(ctx context.Context, _ string, _ func(vote.Poll) (vote.Poll, error)) (vote.Poll, error) {
	return vote.Poll{}, s.refuse(ctx)
}

func (s *fakeStore) BeginRound(ctx context.Context, _ string, _ store.NewRound) (kept, made vote.Poll, err error) {
	return kept, made, s.refuse(ctx)
}

func (s *fakeStore) DeletePoll(ctx context.Context, _ string, _ func(vote.Poll) error) error {
	return s.refuse(ctx)
}

func (s *fakeStore) Outrun(ctx context.Context, _ int64) error { return s.refuse(ctx) }

func (s *fakeStore) Tally(ctx context.Context, _ string) (vote.Tally, error) {
	return nil, s.refuse(ctx)
}

func (s *fakeStore) Account(ctx context.Context) (store.Account, error) {
	return store.Account{}, s.refuse(ctx)
}

func (s *fakeStore) RecordAct(ctx context.Context, _ store.Record) error { return s.refuse(ctx) }

func (s *fakeStore) Audit(ctx context.Context, _ string, _ int64, _ int) ([]store.Record, error) {
	return nil, s.refuse(ctx)
}

func (s *fakeStore) BeginSession(ctx context.Context, _ []byte, _ time.Duration) error {
	return s.refuse(ctx)
}

func (s *fakeStore) InSession(ctx context.Context, _ []byte) (bool, error) {
	return true, s.refuse(ctx)
}

func (s *fakeStore) EndSession(ctx context.Context, _ []byte) error { return s.refuse(ctx) }
