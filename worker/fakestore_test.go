package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"popeye/queue"
	"popeye/store"
	"popeye/vote"
)

// fakeStore keeps everything in memory, as the contract says.
type fakeStore struct {
	*script
	t *testing.T

	mu          sync.Mutex
	ballots     map[[2]string]store.Entry // by poll and voter
	reports     map[int64]store.Report    // what was answered at first
	applied     []store.Batch             // by ID
	told        map[string]bool           // batches of which a caller heard that they are stored, by digest too
	high        int64
	size        int64
	catalog     vote.Catalog
	history     []vote.Version // of the catalog; of each it has which poll changed
	changed     []string
	sums        store.Sums
	kept        store.Account
	deadLetters map[int64]string     // what became no ballot: position -> the message as it came
	news        map[chan string]bool // of those who watch
	asked       string               // what the environment was last obeyed in
	slices      map[string]int       // of deleted polls: how many are left to remove
}

var _ Store = (*fakeStore)(nil)

func (s *fakeStore) Apply(ctx context.Context, b store.Batch) (store.Report, error) {
	f := s.enter(ctx, "apply")
	if f.err != nil && !f.done {
		return store.Report{}, f.err
	}
	if err := ctx.Err(); err != nil {
		return store.Report{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write(fmt.Sprintf("apply: %d", b.ID))
	report, again := s.reports[b.ID]
	if err := s.misplaced(b); err != nil {
		return store.Report{}, err
	}
	if !again {
		var err error
		if report, err = s.apply(b); err != nil {
			return store.Report{}, err
		}
		at, _ := s.placeOf(b.ID)
		s.applied = slices.Insert(s.applied, at, b)
		s.reports[b.ID] = store.Report{Redelivered: true, Dead: report.Dead}
		s.high = max(s.high, b.Last())
	}
	if f.err != nil {
		return store.Report{}, f.err
	}
	s.told[fmt.Sprintf("%d %x", b.ID, b.Digest)] = true
	return report, nil
}

func (s *fakeStore) placeOf(id int64) (int, bool) {
	return slices.BinarySearchFunc(s.applied, id, func(b store.Batch, id int64) int { return cmp.Compare(b.ID, id) })
}

// misplaced is as the contract says. Called with mu held.
func (s *fakeStore) misplaced(b store.Batch) error {
	var beside store.Neighbours
	at, known := s.placeOf(b.ID)
	if known {
		return b.Reused(s.applied[at].Digest)
	}
	if at > 0 {
		last := s.applied[at-1].Last()
		beside.Below = &last
	}
	if at < len(s.applied) {
		beside.Above = &s.applied[at].Prev
	}
	return b.Misplaced(beside)
}

// apply stores a batch that is new. Called with mu held.
func (s *fakeStore) apply(b store.Batch) (store.Report, error) {
	polls := map[string]store.PollState{}
	for _, p := range s.catalog.Polls {
		polls[p.Slug] = store.PollState{Status: p.Status, Created: p.CreatedKey()}
	}
	report, err := b.Judge(polls)
	if err != nil {
		return report, err
	}
	for _, d := range b.Dead {
		s.deadLetters[d.Position] = string(d.Raw)
	}
	for i, e := range b.Votes {
		if report.Outcomes[i] == store.Refused {
			s.deadLetters[e.Position] = string(e.Raw)
		}
		key := [2]string{e.Vote.Poll, e.Vote.Voter}
		old, known := s.ballots[key]
		switch {
		case report.Outcomes[i] == store.Refused:
			continue
		case !known:
			report.Outcomes[i] = store.Recorded
		case old.Position < e.Position:
			report.Outcomes[i] = store.Changed
		default:
			continue
		}
		s.ballots[key] = e
	}
	return report, nil
}

// promised reports whether anybody was told that a batch is stored.
func (s *fakeStore) promised(b queue.Batch) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told[fmt.Sprintf("%d %x", b.ID, b.Digest())]
}

// ballot returns a voter's ballot, "" for none.
func (s *fakeStore) ballot(poll, voter string) vote.Ballot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ballots[[2]string{poll, voter}].Vote.Ballot
}

func (s *fakeStore) HighWater(ctx context.Context) (int64, error) {
	f := s.enter(ctx, "highwater")
	if f.err == nil {
		s.write("highwater:")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.high, f.err
}

func (s *fakeStore) Size(ctx context.Context) (int64, error) {
	f := s.enter(ctx, "size")
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.size, f.err
}

func (s *fakeStore) Compact(ctx context.Context, below int64) error {
	f := s.enter(ctx, "compact")
	if f.err == nil {
		s.write(fmt.Sprintf("compact: %d", below))
	}
	return f.err
}

func (s *fakeStore) Sum(ctx context.Context, through int64, leased []int64) (store.Sums, error) {
	f := s.enter(ctx, "sum")
	if f.err == nil {
		s.write(fmt.Sprintf("sum: %d %v", through, leased))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sums, f.err
}

func (s *fakeStore) Recount(context.Context) (ballots, wrong int64, err error) {
	s.t.Error("a worker does not recount")
	return 0, 0, nil
}

func (s *fakeStore) Record(ctx context.Context, a store.Account) error {
	f := s.enter(ctx, "record")
	if f.err != nil {
		return f.err
	}
	s.write(fmt.Sprintf("record: %d=%d+%d+%d", a.Accepted, a.Stored, a.Waiting, a.Dead))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = a
	return nil
}

func (s *fakeStore) Account(context.Context) (store.Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept, nil
}

func (s *fakeStore) AdvanceRevision(ctx context.Context, revision int64) error {
	f := s.enter(ctx, "advance")
	if f.err != nil {
		return f.err
	}
	s.write(fmt.Sprintf("advance: %d", revision))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.catalog.Revision <= revision {
		s.catalog.Revision = revision
		s.move("")
	}
	return nil
}

func (s *fakeStore) Environment(ctx context.Context) (string, error) {
	f := s.enter(ctx, "environment")
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked, f.err
}

func (s *fakeStore) SetEnvironment(ctx context.Context, asked string) error {
	f := s.enter(ctx, "set environment")
	if f.err == nil || f.done {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asked = asked
	}
	return f.err
}

func (s *fakeStore) Tally(ctx context.Context, slug string) (vote.Tally, error) {
	f := s.enter(ctx, "tally")
	s.mu.Lock()
	defer s.mu.Unlock()
	tally := vote.Tally{}
	for key, e := range s.ballots {
		if key[0] == slug {
			tally[e.Vote.Ballot]++
		}
	}
	return tally, f.err
}

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
func (s *fakeStore) Catalog(context.Context) (vote.Catalog, error) {
	s.t.Error("a worker does not read all polls again and again")
	return s.catalogNow(), nil
}

// CatalogSince answers with what was true when it was asked, however long a planned
// wait takes.
func (s *fakeStore) CatalogSince(ctx context.Context, v vote.Version) (vote.CatalogChange, error) {
	change := s.changeNow(v)
	f := s.enter(ctx, "catalog")
	if f.err == nil {
		s.write(fmt.Sprintf("catalog: %d since %d, %d polls", change.To.Revision, v.Revision, len(change.Polls)))
	}
	return change, f.err
}

func (s *fakeStore) changeNow(v vote.Version) vote.CatalogChange {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := vote.CatalogChange{From: v, To: s.catalog.Version()}
	at := slices.Index(s.history, v)
	if at < 0 || c.To.Revision-v.Revision != int64(len(s.history)-at-1) {
		return vote.Catalog{Revision: c.To.Revision, Mark: c.To.Mark, Polls: slices.Clone(s.catalog.Polls)}.Whole()
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

func (s *fakeStore) catalogNow() vote.Catalog {
	s.mu.Lock()
	defer s.mu.Unlock()
	return vote.Catalog{Revision: s.catalog.Revision, Mark: s.catalog.Mark, Polls: slices.Clone(s.catalog.Polls)}
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

// add makes a poll as the organiser does.
func (s *fakeStore) add(p vote.Poll) vote.Poll {
	made, err := s.CreatePoll(context.Background(), p)
	if err != nil {
		s.t.Fatalf("make a poll: %v", err)
	}
	return made
}

// keep stores a ballot, as if it had been there for long.
func (s *fakeStore) keep(poll, voter string, ballot vote.Ballot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ballots[[2]string{poll, voter}] = store.Entry{Vote: vote.Vote{Poll: poll, Voter: voter, Ballot: ballot}}
}

// silent does something of which nobody hears.
func (s *fakeStore) silent(do func()) {
	s.mu.Lock()
	watching := s.news
	s.news = nil
	s.mu.Unlock()
	do()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.news = watching
}

// become gives a poll another status, as the organiser does.
func (s *fakeStore) become(slug string, status vote.Status) {
	_, err := s.ChangePoll(context.Background(), slug, func(p vote.Poll) (vote.Poll, error) {
		p.Status = status
		return p, nil
	})
	if err != nil {
		s.t.Errorf("make %s %s: %v", slug, status, err)
	}
}

func (s *fakeStore) status(slug string) vote.Status {
	p, _ := find(s.catalogNow(), slug)
	return p.Status
}
