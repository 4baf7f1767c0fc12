package storetest

import (
	"fmt"
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"popeye/store"
	"popeye/vote"
)

// model is the contract of Ballots, written as simply as possible: it keeps
// everything, in memory, for one poll.
type model struct {
	slug    string
	status  vote.Status
	ballots map[string]store.Entry // by voter
	applied map[int64]store.Report
}

func (m *model) apply(b store.Batch) store.Report {
	if r, ok := m.applied[b.ID]; ok {
		return store.Report{Redelivered: true, Dead: r.Dead}
	}
	r := b.Judge(map[string]vote.Status{m.slug: m.status})
	newest := make(map[string]int64)
	for i, e := range b.Votes {
		if r.Outcomes[i] != store.Refused {
			newest[e.Vote.Voter] = max(newest[e.Vote.Voter], e.Position)
		}
	}
	for i, e := range b.Votes {
		if r.Outcomes[i] == store.Refused || e.Position != newest[e.Vote.Voter] {
			continue
		}
		old, ok := m.ballots[e.Vote.Voter]
		switch {
		case !ok:
			r.Outcomes[i] = store.Recorded
		case old.Position < e.Position:
			r.Outcomes[i] = store.Changed
		default:
			continue
		}
		m.ballots[e.Vote.Voter] = e
	}
	m.applied[b.ID] = r
	return r
}

func (m *model) tally() vote.Tally {
	t := vote.Tally{}
	for _, e := range m.ballots {
		t[e.Vote.Ballot]++
	}
	return t
}

// Random batches, in random order, some of them again, by two processes, while
// the poll opens and closes: store and model give the same answers.
func modelAgrees(h harness) {
	handles := []Store{h.Store, h.Another(h.T)}
	round := 0
	rapid.Check(h.T, func(t *rapid.T) {
		round++
		m := &model{
			slug: fmt.Sprintf("model-%d", round), status: vote.Open,
			ballots: make(map[string]store.Entry), applied: make(map[int64]store.Report),
		}
		h.create(m.slug, m.status)
		batches := drawBatches(t, m.slug, int64(round)<<32)
		for range rapid.IntRange(5, 15).Draw(t, "steps") {
			s := handles[rapid.IntRange(0, 1).Draw(t, "handle")]
			if rapid.IntRange(0, 5).Draw(t, "action") == 0 {
				m.status = rapid.SampledFrom([]vote.Status{vote.Draft, vote.Open, vote.Open, vote.Closing, vote.Closed}).Draw(t, "status")
				h.setStatus(m.slug, m.status)
				continue
			}
			b := rapid.SampledFrom(batches).Draw(t, "batch")
			want := m.apply(b)
			got, err := s.Apply(h.ctx, b)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
				t.Fatalf("batch %d: report (-model +store):\n%s", b.ID, d)
			}
			snapshot, err := s.Snapshot(h.ctx, m.slug)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(m.tally(), snapshot.Tally, cmpopts.EquateEmpty()); d != "" {
				t.Fatalf("tally (-model +store):\n%s", d)
			}
		}
	})
}

// drawBatches makes a few batches for one poll. Their positions overlap in no
// way, as those of a queue; within a batch votes may be in any order.
func drawBatches(t *rapid.T, slug string, base int64) []store.Batch {
	batches := make([]store.Batch, rapid.IntRange(2, 6).Draw(t, "batches"))
	for n := range batches {
		b := store.Batch{ID: base + int64(100*n)}
		for i := range rapid.IntRange(0, 8).Draw(t, "votes") {
			where := slug
			if rapid.IntRange(0, 20).Draw(t, "stray") == 0 {
				where = "nowhere"
			}
			voter := rapid.SampledFrom([]string{"ann", "bob", "cid", "dan"}).Draw(t, "voter")
			b.Votes = append(b.Votes, entry(b.ID+int64(i), where, voter, rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "ballot")))
		}
		b.Votes = slices.Clone(rapid.Permutation(b.Votes).Draw(t, "order"))
		if rapid.Bool().Draw(t, "dead") {
			b.Dead = []store.Dead{{Position: b.ID + 50, Reason: "not JSON"}}
		}
		batches[n] = b
	}
	return batches
}
