package votes

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"popeye/store"
	"popeye/store/storetest/internal/fixture"
	"popeye/vote"
)

// model is the contract of Ballots, DeadLetters and of the ledger's sums, written as
// simply as possible: it keeps everything, in memory, for one poll.
type model struct {
	slug        string
	status      vote.Status
	ballots     map[string]store.Entry // by voter
	applied     map[int64]store.Report
	below       int64                      // batches before are forgotten
	deadLetters map[int64]store.DeadLetter // by position
	sums        map[int64]*store.Sums      // by batch
}

func newModel(slug string) *model {
	return &model{
		slug: slug, status: vote.Open,
		ballots: make(map[string]store.Entry), applied: make(map[int64]store.Report),
		deadLetters: make(map[int64]store.DeadLetter), sums: make(map[int64]*store.Sums),
	}
}

func (m *model) apply(b store.Batch) store.Report {
	if b.ID < m.below {
		return store.Report{Redelivered: true}
	}
	if r, ok := m.applied[b.ID]; ok {
		return store.Report{Redelivered: true, Dead: r.Dead}
	}
	r, err := b.Judge(map[string]store.PollState{m.slug: {Status: m.status}})
	if err != nil {
		return store.Report{} // no vote of the model says in which poll it was cast
	}
	newest := make(map[string]int64)
	for i, e := range b.Votes {
		if r.Outcomes[i] != store.Refused {
			newest[e.Vote.Voter] = max(newest[e.Vote.Voter], e.Position)
		}
	}
	for i, e := range b.Votes {
		if r.Outcomes[i] != store.Refused && e.Position == newest[e.Vote.Voter] {
			r.Outcomes[i] = m.put(e)
		}
	}
	for _, l := range b.DeadLetters(r) {
		m.deadLetters[l.Position] = l
	}
	m.applied[b.ID] = r
	m.sums[b.ID] = &store.Sums{Stored: int64(r.Stored()), Dead: int64(len(r.Dead))}
	return r
}

// put makes a vote its voter's ballot unless a later one is there.
func (m *model) put(e store.Entry) store.Outcome {
	old, ok := m.ballots[e.Vote.Voter]
	switch {
	case !ok:
		m.ballots[e.Vote.Voter] = e
		return store.Recorded
	case old.Position < e.Position:
		m.ballots[e.Vote.Voter] = e
		return store.Changed
	default:
		return store.Superseded
	}
}

func (m *model) replay(batch int64, e store.Entry) (store.Outcome, error) {
	if _, ok := m.deadLetters[e.Position]; !ok {
		return 0, store.ErrNoDeadLetter
	}
	if e.Vote.Poll != m.slug || !m.status.Stores() {
		return 0, store.ErrRefused
	}
	delete(m.deadLetters, e.Position)
	m.sums[batch].Stored++
	m.sums[batch].Dead--
	return m.put(e), nil
}

func (m *model) drop(position int64) error {
	if _, ok := m.deadLetters[position]; !ok {
		return store.ErrNoDeadLetter
	}
	delete(m.deadLetters, position)
	return nil
}

// compact forgets no batch that it never saw: to acknowledge a batch before it
// is applied is the one thing that a worker must not do.
func (m *model) compact(below int64, batches []store.Batch) int64 {
	for _, b := range batches {
		if _, ok := m.applied[b.ID]; !ok {
			below = min(below, b.ID)
		}
	}
	m.below = max(m.below, below)
	return below
}

// sum returns what is counted, unless some of it can't be told apart.
func (m *model) sum(through int64) (s store.Sums, exact bool) {
	exact = true
	for id, n := range m.sums {
		if id <= through {
			s.Stored += n.Stored
			s.Dead += n.Dead
		} else if id < m.below {
			exact = false
		}
	}
	return s, exact
}

func (m *model) tally() vote.Tally {
	t := vote.Tally{}
	for _, e := range m.ballots {
		t[e.Vote.Ballot]++
	}
	return t
}

func (m *model) sortedDeadLetters() []store.DeadLetter {
	var all []store.DeadLetter
	for _, l := range m.deadLetters {
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b store.DeadLetter) int { return cmp.Compare(a.Position, b.Position) })
	return all
}

// Random batches, in random order, some of them again, by two processes, while
// the poll opens and closes, letters are replayed and dropped, and old batches
// are forgotten: store and model give the same answers.
func modelAgrees(h kit) {
	round := 0
	rapid.Check(h.T, func(t *rapid.T) {
		round++
		r := modelRun{
			kit: h, t: t, base: int64(round) << 32, model: newModel(fmt.Sprintf("model-%d", round)),
			handles: []fixture.Store{h.Store, h.Another(h.T)},
		}
		h.Create(r.model.slug, r.model.status)
		r.before = h.Sum(r.base)
		r.batches = drawBatches(t, r.model.slug, r.base)
		for range rapid.IntRange(5, 25).Draw(t, "steps") {
			r.step()
			r.compare()
		}
	})
}

// modelRun is one random run of store and model side by side.
type modelRun struct {
	kit
	t       *rapid.T
	model   *model
	handles []fixture.Store
	base    int64      // batches of this run have greater IDs
	before  store.Sums // of the runs before
	batches []store.Batch
}

// step does one thing to both.
func (r *modelRun) step() {
	s := rapid.SampledFrom(r.handles).Draw(r.t, "handle")
	b := rapid.SampledFrom(r.batches).Draw(r.t, "batch")
	switch rapid.IntRange(0, 9).Draw(r.t, "action") {
	case 0, 1:
		statuses := []vote.Status{vote.Draft, vote.Open, vote.Open, vote.Closing, vote.Closed}
		r.model.status = rapid.SampledFrom(statuses).Draw(r.t, "status")
		r.SetStatus(r.model.slug, r.model.status)
	case 2, 3:
		e := drawReplay(r.t, r.model.slug, b)
		want, wantErr := r.model.replay(b.ID, e)
		if got, err := s.Replay(r.Ctx, e); got != want || !errors.Is(err, wantErr) {
			r.t.Fatalf("replay of %d: %d, %v; the model says %d, %v", e.Position, got, err, want, wantErr)
		}
	case 4:
		position := b.ID + rapid.Int64Range(0, 8).Draw(r.t, "position")
		wantErr := r.model.drop(position)
		if err := s.Drop(r.Ctx, position); !errors.Is(err, wantErr) {
			r.t.Fatalf("drop of %d: %v; the model says %v", position, err, wantErr)
		}
	case 5:
		if err := s.Compact(r.Ctx, r.model.compact(b.ID+1, r.batches)); err != nil {
			r.t.Fatal(err)
		}
	default:
		want := r.model.apply(b)
		got, err := s.Apply(r.Ctx, b)
		if err != nil {
			r.t.Fatal(err)
		}
		if d := gocmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
			r.t.Fatalf("batch %d: report (-model +store):\n%s", b.ID, d)
		}
	}
}

// compare reads everything from one of the processes.
func (r *modelRun) compare() {
	s := rapid.SampledFrom(r.handles).Draw(r.t, "handle to read")
	tally, err := s.Tally(r.Ctx, r.model.slug)
	if d := gocmp.Diff(r.model.tally(), tally, cmpopts.EquateEmpty()); err != nil || d != "" {
		r.t.Fatalf("%v: tally (-model +store):\n%s", err, d)
	}
	deadLetters, err := s.DeadLetters(r.Ctx, r.base, 1000)
	when := cmpopts.IgnoreFields(store.DeadLetter{}, "At")
	if d := gocmp.Diff(r.model.sortedDeadLetters(), deadLetters, when, cmpopts.EquateEmpty()); err != nil || d != "" {
		r.t.Fatalf("%v: letters (-model +store):\n%s", err, d)
	}
	through := rapid.SampledFrom(r.batches).Draw(r.t, "through").ID + rapid.Int64Range(-1, 99).Draw(r.t, "more")
	want, exact := r.model.sum(through)
	want.Stored, want.Dead = want.Stored+r.before.Stored, want.Dead+r.before.Dead
	switch got, err := s.Sum(r.Ctx, through, nil); {
	case errors.Is(err, store.ErrTooLate) && (!exact || through+1 < r.model.below):
	case err != nil || !exact || got.Stored != want.Stored || got.Dead != want.Dead:
		r.t.Fatalf("sum through %d: %+v, %v; the model says %+v, exact: %t", through, got, err, want, exact)
	}
}

// drawBatches makes a few batches for one poll. They form a chain and overlap in no
// way, as those of a queue: none is ever misplaced. Within a batch votes may be in
// any order.
func drawBatches(t *rapid.T, slug string, base int64) []store.Batch {
	batches := make([]store.Batch, rapid.IntRange(2, 6).Draw(t, "batches"))
	prev := base
	for n := range batches {
		b := store.Batch{
			ID: base + int64(100*(n+1)), Prev: prev,
			Chained: rapid.IntRange(0, 4).Draw(t, "made by the build before") > 0,
			Digest:  []byte(fmt.Sprint("digest of ", n)),
		}
		for i := range rapid.IntRange(0, 8).Draw(t, "votes") {
			where := slug
			if rapid.IntRange(0, 20).Draw(t, "stray") == 0 {
				where = "nowhere"
			}
			e := fixture.Entry(b.ID+int64(i), where, drawVoter(t), drawBallot(t))
			e.Raw = rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "raw")
			b.Votes = append(b.Votes, e)
		}
		b.Votes = slices.Clone(rapid.Permutation(b.Votes).Draw(t, "order"))
		if rapid.Bool().Draw(t, "dead") {
			b.Dead = []store.Dead{{Position: b.ID + 8, Reason: "not JSON", Raw: []byte("{")}}
		}
		batches[n] = b
		prev = b.Last()
	}
	return batches
}

// drawReplay makes of a message of the batch the vote that a person says it is.
func drawReplay(t *rapid.T, slug string, b store.Batch) store.Entry {
	e := fixture.Entry(b.ID+8, slug, drawVoter(t), drawBallot(t))
	if len(b.Votes) > 0 && rapid.IntRange(0, 3).Draw(t, "of the votes") > 0 {
		e = rapid.SampledFrom(b.Votes).Draw(t, "vote")
	}
	return e
}

func drawVoter(t *rapid.T) string {
	return rapid.SampledFrom([]string{"ann", "bob", "cid", "dan"}).Draw(t, "voter")
}

func drawBallot(t *rapid.T) string {
	return rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "ballot")
}
