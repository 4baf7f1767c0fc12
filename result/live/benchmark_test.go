package live

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"popeye/internal/metrics"
	"popeye/internal/testenv"
	"popeye/result/audience"
	"popeye/store"
	"popeye/store/postgres"
	"popeye/store/sqlite"
	"popeye/vote"
)

// The polls of BenchmarkRefresh.
const (
	few  = 10_000
	many = 5_000_000
)

// BenchmarkRefresh is what one update of a poll costs, from the news to the frames that all
// viewers share: the tally is read, counted and encoded. One poll has few ballots and one
// has many; they are refreshed in turn, and what counts is the ratio. To fill the stores takes
// minutes.
//
//	go test -run '^$' -bench Refresh -benchtime 1000x -timeout 30m ./result/live
func BenchmarkRefresh(b *testing.B) {
	type filled interface {
		store.Tallies
		store.Polls
		store.Ballots
	}
	for _, kind := range []struct {
		name string
		open func(*testing.B) filled
	}{
		{"SQLite", func(b *testing.B) filled {
			s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "popeye.db"))
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = s.Close() })
			return s
		}},
		{"PostgreSQL", func(b *testing.B) filled {
			s, err := postgres.Open(b.Context(), testenv.SharedPostgres(b).Database(b), postgres.Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(s.Close)
			if err := s.Migrate(b.Context()); err != nil {
				b.Fatal(err)
			}
			return s
		}},
	} {
		s := kind.open(b) // once, however often the testing package calls what follows
		next := int64(1)
		for _, voters := range []int{few, many} {
			fillPoll(b, s, s, voters, &next)
		}
		reader := audience.NewReader(s, metrics.NewRegistry())
		b.Run(kind.name, func(b *testing.B) {
			var small, large []time.Duration
			for b.Loop() {
				small = append(small, refresh(b, reader, few))
				large = append(large, refresh(b, reader, many))
			}
			ofFew, ofMany := median(small), median(large)
			b.ReportMetric(float64(ofFew.Microseconds()), "us/refresh-of-few")
			b.ReportMetric(float64(ofMany.Microseconds()), "us/refresh-of-many")
			b.ReportMetric(float64(ofMany)/float64(ofFew), "many/few")
		})
	}
}

func slugOf(voters int) string { return fmt.Sprintf("poll-of-%d", voters) }

// fillPoll makes a poll in which so many have voted. next is the next position.
func fillPoll(b *testing.B, polls store.Polls, ballots store.Ballots, voters int, next *int64) {
	const size = 20_000
	p := vote.Poll{
		Slug: slugOf(voters), Question: "Where to?", Kind: vote.Single, Status: vote.Open,
		Options: []vote.Option{{ID: "a", Label: "Pizza"}, {ID: "b", Label: "Sushi"}, {ID: "c", Label: "Salad"}, {ID: "d", Label: "Soup"}},
	}
	if _, err := polls.CreatePoll(b.Context(), p); err != nil {
		b.Fatal(err)
	}
	for done := 0; done < voters; {
		batch := store.Batch{ID: *next}
		for range min(size, voters-done) {
			v := vote.Vote{Poll: p.Slug, Voter: fmt.Sprintf("%016x", uint64(done)*0x9e3779b97f4a7c15), Ballot: vote.Ballot('a' + rune(done%4))}
			batch.Votes = append(batch.Votes, store.Entry{Vote: v, Position: *next})
			*next++
			done++
		}
		if _, err := ballots.Apply(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
}

// refresh does what a feed does when a poll has changed, and returns how long that took.
func refresh(b *testing.B, r *audience.Reader, voters int) time.Duration {
	began := time.Now()
	counted, _, err := r.Fresh(b.Context(), slugOf(voters))
	if err != nil {
		b.Fatal(err)
	}
	updates, err := newUpdates(counted)
	took := time.Since(began)
	if total := updates[audience.Anyone].seen.Total; err != nil || total != int64(voters) {
		b.Fatalf("%d voters are shown of %d; %v", total, voters, err)
	}
	return took
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}
