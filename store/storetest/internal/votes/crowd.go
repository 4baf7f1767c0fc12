package votes

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"popeye/store"
	"popeye/store/storetest/internal/fixture"
	"popeye/vote"
)

var crowdTests = []test{
	{"a thousand batches of the same voters at once", thousandBatches},
	{"one batch by many workers at once", sameBatchAtOnce},
	{"a closed poll never changes", closedNeverChanges},
	{"deleting a poll while votes come", deleteWhileVoting},
	{"a model agrees", modelAgrees},
}

// Many workers, in two processes, take batches in any order that hold votes of
// the same few hundred voters in different order. No deadlock may come out, and
// in the end each voter has the ballot of the greatest position.
func thousandBatches(h kit) {
	const batches, size, voters = 1000, 30, 300
	h.Create("lunch", vote.Open)
	polls := []string{vote.DefaultSlug, "lunch"}
	r := rand.New(rand.NewPCG(1, 2))
	last := make(map[string]store.Entry)
	var all []store.Batch
	for n := range batches {
		b := store.Batch{ID: int64(1000 * (n + 1))}
		for i := range size {
			e := fixture.Entry(b.ID+int64(i), polls[r.IntN(2)], fixture.Voter(r.IntN(voters)), string(rune('a'+r.IntN(4))))
			last[e.Vote.Poll+"/"+e.Vote.Voter] = e
			b.Votes = append(b.Votes, e)
		}
		all = append(all, b)
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	h.ApplyAtOnce(all, 8)

	want := make(map[string]string)
	for who, e := range last {
		want[who] = string(e.Vote.Ballot)
	}
	got := make(map[string]string)
	for _, row := range h.MustQuery(`SELECT poll, voter, ballot FROM ballots`) {
		got[row[0]+"/"+row[1]] = row[2]
	}
	if d := cmp.Diff(want, got); d != "" {
		h.Errorf("ballots (-want +got):\n%s", d)
	}
}

// A batch that is claimed from a slow worker is in several hands: one applies
// it, all get the same dead letters.
func sameBatchAtOnce(h kit) {
	const workers, rounds = 6, 20
	handles := []fixture.Store{h.Store, h.Another(h.T)}
	for round := range int64(rounds) {
		b := fixture.Batch(100*(round+1), fmt.Sprintf("v%d=a", round), "ann=a", "nowhere/ann=a")
		var firsts atomic.Int64
		var g errgroup.Group
		for i := range workers {
			g.Go(func() error {
				r, err := handles[i%2].Apply(h.Ctx, b)
				if err == nil && !r.Redelivered {
					firsts.Add(1)
				}
				if err == nil && (len(r.Dead) != 1 || r.Dead[0].Position != b.ID+2) {
					err = fmt.Errorf("dead letters %v", r.Dead)
				}
				return err
			})
		}
		if err := g.Wait(); err != nil || firsts.Load() != 1 {
			h.Fatalf("applied %d times, %v", firsts.Load(), err)
		}
	}
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": rounds + 1})
}

// Once ChangePoll has returned with a closed poll, its tally stands for ever,
// even against batches that were half way. And the workers, however busy, let
// the change through.
func closedNeverChanges(h kit) {
	handles := []fixture.Store{h.Store, h.Another(h.T)}
	for round := range 10 {
		slug := fmt.Sprintf("race-%d", round)
		h.Create(slug, vote.Open)
		var stored, batches atomic.Int64
		busy, stop := make(chan struct{}), make(chan struct{})
		g, ctx := errgroup.WithContext(h.Ctx)
		for w := range 4 {
			g.Go(func() error {
				for i := 0; ; i++ {
					select {
					case <-stop:
						return nil
					default:
					}
					id := int64(round+1)<<40 | int64(w)<<32 | int64(i)<<8
					r, err := handles[w%2].Apply(ctx, fixture.Batch(id, fmt.Sprintf("%s/v%d=a", slug, id), fmt.Sprintf("%s/w%d=b", slug, id)))
					if err != nil {
						return err
					}
					stored.Add(int64(r.Stored()))
					if batches.Add(1) == 20 {
						close(busy)
					}
				}
			})
		}
		select {
		case <-busy:
		case <-ctx.Done():
			h.Fatal(g.Wait())
		}
		h.SetStatus(slug, vote.Closed)
		final := h.Snapshot(slug)
		close(stop)
		if err := g.Wait(); err != nil {
			h.Fatal(err)
		}
		now := h.Snapshot(slug)
		if d := cmp.Diff(final.Count, now.Count); d != "" || now.Seq != final.Seq {
			h.Fatalf("the closed poll changed (-final +now):\n%s", d)
		}
		if total := now.Count.Voters; total != stored.Load() || total == 0 {
			h.Fatalf("the tally holds %d votes, %d were reported as stored", total, stored.Load())
		}
	}
}

// Either a vote comes before the deletion and goes with the poll, or after it
// and is refused: no ballot is left over.
func deleteWhileVoting(h kit) {
	h.Create("doomed", vote.Open)
	var all []store.Batch
	for i := range int64(200) {
		all = append(all, fixture.Batch(100*(i+1), fmt.Sprintf("doomed/v%d=a", i), fmt.Sprintf("v%d=a", i)))
	}
	deleted := make(chan error, 1)
	go func() {
		for {
			switch s, err := fixture.ReadCounted(h.Ctx, h.Store, "doomed"); {
			case err != nil:
				deleted <- err
				return
			case s.Count.Voters > 20:
				deleted <- h.Store.DeletePoll(h.Ctx, "doomed", fixture.Allow)
				return
			}
		}
	}()
	h.ApplyAtOnce(all, 4)
	if err := <-deleted; err != nil {
		h.Fatal(err)
	}
	if rows := h.MustQuery(`SELECT voter FROM ballots WHERE poll = 'doomed'`); len(rows) != 0 {
		h.Errorf("%d ballots are left over", len(rows))
	}
	h.WantTally(vote.DefaultSlug, vote.Tally{"a": 200})
}
