package votes

import (
	"fmt"
	"maps"
	"runtime"

	"github.com/google/go-cmp/cmp"

	"popeye/count"
	"popeye/count/rules"
	"popeye/store"
	"popeye/store/storetest/internal/fixture"
	"popeye/vote"
)

var snapshotTests = []test{
	{"it hands out the tally as it is", handsOutTally},
	{"who counts may stop early", stopsEarly},
	{"all of a tally", wholeSnapshots},
	{"poll, count and seq are of one moment", oneMoment},
	{"many distinct ballots take no memory", noMemory},
}

// The store knows nothing of kinds: what a ballot means, or that it means
// nothing, is for those who count.
func handsOutTally(h kit) {
	want := vote.Tally{}
	for i, ballot := range []vote.Ballot{"a", "b>a", "a", "z=7,y=1", "", "a"} {
		h.MustExec(`INSERT INTO ballots (poll, voter, ballot) VALUES ('default', 'v%d', '%s')`, i, ballot)
		want[ballot]++
	}
	got := vote.Tally{}
	s, err := h.Store.Snapshot(h.Ctx, vote.DefaultSlug, func(p vote.Poll, ballots vote.Ballots) {
		if p.Slug != vote.DefaultSlug || len(p.Options) == 0 {
			h.Errorf("who counts gets the poll %+v", p)
		}
		maps.Insert(got, ballots)
	})
	if d := cmp.Diff(want, got); d != "" || err != nil || s.Poll.Slug != vote.DefaultSlug || s.AsOf.IsZero() {
		h.Errorf("%+v, %v, tally (-want +got):\n%s", s, err, d)
	}
}

func stopsEarly(h kit) {
	h.Apply(fixture.Batch(100, "ann=a", "ben=b", "cid=c"))
	for seen := range 3 {
		_, err := h.Store.Snapshot(h.Ctx, vote.DefaultSlug, func(_ vote.Poll, ballots vote.Ballots) {
			for range ballots {
				if seen--; seen < 0 {
					break
				}
			}
		})
		if err != nil {
			h.Error(err)
		}
	}
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 1, "b": 1, "c": 1})
}

// Votes only move between two ballots here, so every count has the same sum,
// and a greater seq is never followed by a smaller one.
func wholeSnapshots(h kit) {
	var voters []string
	for i := range 20 {
		voters = append(voters, fmt.Sprintf("v%d=a", i))
	}
	h.Apply(fixture.Batch(100, voters...))
	var all []store.Batch
	for n := range int64(100) {
		b := fixture.Batch(1000*(n+1), voters...)
		for i := range b.Votes {
			b.Votes[i].Vote.Ballot = vote.Ballot(rune('a' + (n+int64(i))%2))
		}
		all = append(all, b)
	}
	var seq int64
	h.during(func() { h.ApplyAtOnce(all, 4) }, func() {
		s := h.Snapshot(vote.DefaultSlug)
		if o := s.Count.Options; s.Count.Voters != int64(len(voters)) || o[0].Votes+o[1].Votes != s.Count.Voters {
			h.Fatalf("count %+v, want %d voters", s.Count, len(voters))
		}
		if s.Seq < seq {
			h.Fatalf("seq %d after %d", s.Seq, seq)
		}
		seq = s.Seq
		if tally := h.Tally(vote.DefaultSlug); tally["a"]+tally["b"] != int64(len(voters)) || len(tally) > 2 {
			h.Fatalf("tally %v, want %d voters", tally, len(voters))
		}
	})
}

// during calls look again and again until do has returned.
func (h kit) during(do, look func()) {
	done := make(chan struct{})
	go func() { defer close(done); do() }()
	defer func() { <-done }()
	for {
		look()
		select {
		case <-done:
			return
		default:
		}
	}
}

// Each vote and each change of the definition is one step of seq, and the
// question says how many changes there were: a snapshot that takes its parts
// from two moments does not add up.
func oneMoment(h kit) {
	h.Create("lunch", vote.Open)
	base, changes := h.Snapshot("lunch").Seq, int64(0)
	rounds := func() {
		for i := range int64(100) {
			if _, err := h.Store.Apply(h.Ctx, fixture.Batch(100+i, fmt.Sprintf("lunch/v%d=b", i))); err != nil {
				h.Error(err)
				return
			}
			if _, err := h.Store.ChangePoll(h.Ctx, "lunch", func(p vote.Poll) (vote.Poll, error) {
				p.Question = fmt.Sprintf("changed %d times", i+1)
				return p, nil
			}); err != nil {
				h.Error(err)
				return
			}
		}
	}
	other := h.Another(h.T)
	h.during(rounds, func() {
		s, err := fixture.ReadCounted(h.Ctx, other, "lunch")
		if err != nil {
			h.Fatal(err)
		}
		_, _ = fmt.Sscanf(s.Poll.Question, "changed %d times", &changes)
		if s.Seq != base+s.Count.Voters+changes {
			h.Fatalf("seq %d is not %d, and %d votes, and %d changes", s.Seq, base, s.Count.Voters, changes)
		}
	})
	h.WantTally("lunch", vote.Tally{"b": 100})
}

// A ranked poll of a hundred options can have as many distinct ballots as it has
// voters. To show it must not take the memory that they take.
func noMemory(h kit) {
	const ballots, length = 2000, 5000
	h.MustExec(`
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO ballots (voter, ballot) SELECT 'v' || i, '%s' || i FROM n`, ballots, noise(length))
	before, most, seen := inUse(), uint64(0), 0
	watched := func(all vote.Ballots) vote.Ballots {
		return func(yield func(vote.Ballot, int64) bool) {
			for b, n := range all {
				if seen++; seen%(ballots/10) == 1 {
					most = max(most, inUse())
				}
				if !yield(b, n) {
					return
				}
			}
		}
	}
	var counted count.Totals
	_, err := h.Store.Snapshot(h.Ctx, vote.DefaultSlug, func(p vote.Poll, all vote.Ballots) {
		counted, _, _ = rules.Count(p, watched(all))
	})
	if err != nil || seen != ballots || counted.Invalid != ballots {
		h.Errorf("%d ballots seen, %d invalid, %v; want %d", seen, counted.Invalid, err, ballots)
	}
	if whole := uint64(ballots * length); most > before+whole/3 {
		h.Errorf("a snapshot took %d bytes, its ballots are %d", most-before, whole)
	}
}

// inUse returns how many bytes of the heap are in use. Garbage is none: how much of it
// lies about depends on how busy the machine is.
func inUse() uint64 {
	for range 3 { // pools keep for a while what nobody uses
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
