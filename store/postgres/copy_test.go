package postgres

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"popeye/store"
	"popeye/vote"
)

// crowdOf is a batch of votes for b of voters from first on, without a time, as the
// original program's are.
func crowdOf(id int64, first, voters int) store.Batch {
	b := store.Batch{ID: id}
	for i := range voters {
		b.Votes = append(b.Votes, store.Entry{
			Position: id + int64(i), Vote: vote.Vote{Poll: vote.DefaultSlug, Voter: fmt.Sprint("v", first+i), Ballot: "b"},
		})
	}
	return b
}

// Votes are copied when many before were first votes, until a voter votes again; that
// costs a try, and no vote.
func TestVotesAreCopiedWhileVotersAreNew(t *testing.T) {
	h := newFixture(t)
	s := h.Store.(byUsers).workers
	const size = 10
	apply := func(b store.Batch, want store.Outcome) {
		t.Helper()
		r, err := s.Apply(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range r.Outcomes {
			if got != want {
				t.Fatalf("vote %d of batch %d: outcome %d, want %d", i, b.ID, got, want)
			}
		}
	}
	n := 0
	for ; n < firstAhead; n++ {
		apply(crowdOf(int64(1000*(n+1)), n*size, size), store.Recorded)
	}
	if got := s.firstVotes.Load(); got != firstAhead*size {
		t.Fatalf("%d first votes were counted while votes are upserted, want %d", got, firstAhead*size)
	}
	apply(crowdOf(int64(1000*(n+1)), n*size, size), store.Recorded)
	if got := s.firstVotes.Load(); got != firstAhead*size {
		t.Errorf("the next votes were upserted, not copied: %d first votes are counted", got)
	}
	apply(crowdOf(int64(1000*(n+2)), 0, size), store.Changed)
	if got := s.firstVotes.Load(); got != 0 {
		t.Errorf("voters voted again, and %d first votes are counted", got)
	}
	rows, err := h.Query(t.Context(), `SELECT voters::text, (SELECT count(*) FROM ballots WHERE at > now() - interval '1 hour')::text FROM tallies`)
	want := [][]string{{fmt.Sprint((firstAhead + 1) * size), fmt.Sprint((firstAhead + 1) * size)}}
	if d := cmp.Diff(want, rows); err != nil || d != "" {
		t.Errorf("%v; tally and ballots (-want +got):\n%s", err, d)
	}
}
