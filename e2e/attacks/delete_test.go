//go:build linux

package attacks

import (
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"popeye/client"
	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
	"popeye/store"
	"popeye/store/sqlite"
	"popeye/store/storetest"
	"popeye/vote"
)

// voters is how many ballots the poll has that is deleted.
var voters = 200_000

// fillPoll makes a closed poll with very many ballots, before the program starts.
func fillPoll(t *testing.T, dir, slug string) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(dir, "popeye.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	p := vote.Poll{
		Slug: slug, Question: "Where to?", Kind: vote.Single, Status: vote.Open,
		Options: []vote.Option{{ID: "a", Label: "A"}, {ID: "b", Label: "B"}},
	}
	if _, err := s.CreatePoll(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	const batch = 5000
	for first := 1; first <= voters; first += batch {
		b := store.Batch{ID: int64(first)}
		for i := first; i < first+batch; i++ {
			b.Votes = append(b.Votes, store.Entry{Position: int64(i), Vote: vote.Vote{Poll: slug, Voter: fmt.Sprintf("%032x", i*7919), Ballot: "a"}})
		}
		if _, err := s.Apply(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	closed := func(p vote.Poll) (vote.Poll, error) { p.Status = vote.Closed; return p, nil }
	if _, err := s.ChangePoll(t.Context(), slug, closed); err != nil {
		t.Fatal(err)
	}
	if now, err := storetest.ReadCounted(t.Context(), s, slug); err != nil || now.Count.Voters != int64(voters) {
		t.Fatalf("the poll has %d ballots, %v", now.Count.Voters, err)
	}
}

// timed does something, and returns the status of its answer and how long it took.
func timed(done int, do func() error) (status int, took time.Duration) {
	began := time.Now()
	if err := do(); err != nil {
		return client.StatusOf(err), time.Since(began)
	}
	return done, time.Since(began)
}

// A large poll is deleted while others vote and organise. Nobody waits for it: each
// answer comes in a small part of the time in which its ballots go.
func TestALargePollIsDeletedWhileOthersVote(t *testing.T) {
	dir := t.TempDir()
	fillPoll(t, dir, "large")
	p := testenv.NewPopeye(t, bin, dir).Start(t)
	organiser := client.New(client.Config{URL: p.Result, Token: testenv.AdminToken, Transport: script.Transport})
	again := people.OpenPoll("large", "Where to?", "A", "B")

	began := time.Now()
	status, deleted := timed(http.StatusNoContent, func() error { return organiser.DeletePoll(t.Context(), "large") })
	if status != http.StatusNoContent {
		t.Fatalf("deleting: %d", status)
	}
	slowest := deleted
	for votes := 0; ; votes++ {
		status, took := timed(http.StatusAccepted, func() error {
			return people.NewVoterOver(p.URL, script.Transport).Cast(t.Context(), vote.DefaultSlug, "a", "")
		})
		slowest = max(slowest, took)
		if status != http.StatusAccepted {
			t.Fatalf("vote %d: %d", votes, status)
		}
		status, took = timed(http.StatusCreated, func() error {
			_, err := organiser.CreatePoll(t.Context(), again)
			return err
		})
		slowest = max(slowest, took)
		if status == http.StatusCreated {
			all := time.Since(began)
			t.Logf("MEASURED %d ballots went in %v, deleting answered after %v; %d votes meanwhile, the slowest answer after %v",
				voters, all.Round(time.Millisecond), deleted.Round(time.Millisecond), votes, slowest.Round(time.Millisecond))
			if slowest > all/2 {
				t.Errorf("somebody waited for %v of %v", slowest, all)
			}
			return
		}
		if status != http.StatusConflict || time.Since(began) > 5*time.Minute {
			t.Fatalf("the name, %v after: %d", time.Since(began), status)
		}
	}
}
