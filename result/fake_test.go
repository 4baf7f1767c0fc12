package result

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"popeye/internal/fixture"
	"popeye/store"
	"popeye/vote"
	"popeye/vote/event"
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
	slugs []string // in order; each once
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

// Poll is that of store.Polls.
func (s *fakeStore) Poll(_ context.Context, slug string) (vote.Poll, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.polls[slug]
	if s.away == nil && !ok {
		return p, store.ErrNoPoll
	}
	return p, s.away
}

// Event is that of store.Events: there is none.
func (s *fakeStore) Account(context.Context) (store.Account, error) { return store.Account{}, nil }

func (s *fakeStore) Event(context.Context, string) (event.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return event.Event{}, cmp.Or(s.away, store.ErrNoEvent)
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

// fail makes every step fail, and still tells those who watch; nil ends that.
func (s *fakeStore) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = err
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

func (s *fakeStore) Snapshot(ctx context.Context, slug string, count func(vote.Poll, vote.Ballots)) (store.Snapshot, error) {
	snapshot, tally, hang, err := s.snapshot(slug)
	if hang != nil {
		hang(ctx, slug)
	}
	if ctx.Err() != nil {
		return store.Snapshot{}, ctx.Err()
	}
	if err == nil {
		count(snapshot.Poll, tally.All())
	}
	return snapshot, err
}

func (s *fakeStore) snapshot(slug string) (store.Snapshot, vote.Tally, func(context.Context, string), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads[slug]++
	p, ok := s.polls[slug]
	switch {
	case s.away != nil:
		return store.Snapshot{}, nil, s.hang, s.away
	case !ok:
		return store.Snapshot{}, nil, s.hang, store.ErrNoPoll
	}
	return store.Snapshot{Poll: p, Seq: s.seq[slug], AsOf: time.Now()}, maps.Clone(s.tallies[slug]), s.hang, nil
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
			return fixture.ErrLost
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
	n := &news{topic: topic, wake: make(chan struct{}, 1), gone: make(chan struct{})}
	s.news[n] = true
	return n, nil
}

func (s *fakeStore) take(n *news) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	slugs := n.slugs
	n.slugs = nil
	return slugs
}

// hear passes on news of a tally, as it is.
func (s *fakeStore) hear(news string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell(store.TalliesChanged, news)
}

// tell is called with mu held.
func (s *fakeStore) tell(topic store.Topic, slug string) {
	for n := range s.news {
		if n.topic != topic {
			continue
		}
		if !slices.Contains(n.slugs, slug) || strings.Contains(slug, " ") { // each traced vote is news
			n.slugs = append(n.slugs, slug)
		}
		select {
		case n.wake <- struct{}{}:
		default: // awake already
		}
	}
}

func (s *fakeStore) Tally(context.Context, string) (vote.Tally, error) {
	panic("nothing here asks for it")
}
