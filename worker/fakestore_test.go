package worker

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"popeye/queue"
	"popeye/store"
	"popeye/vote"
	"popeye/vote/catalog"
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
	catalog     catalog.State
	history     []catalog.Version // of the catalog; of each it has which poll changed
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
