package attacks

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"popeye/internal/testenv"
	"popeye/store"
	"popeye/store/sqlite"
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
	if now, err := s.Snapshot(t.Context(), slug); err != nil || now.Count.Voters != int64(voters) {
		t.Fatalf("the poll has %d ballots, %v", now.Count.Voters, err)
	}
}

// send sends JSON as the organiser, and returns the status and how long it took.
func send(t *testing.T, method, addr, path, body string) (status int, took time.Duration) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+addr+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+doorsToken)
	began := time.Now()
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode, time.Since(began)
}

// A large poll is deleted while others vote and organise. Nobody waits for it: each
// answer comes in a small part of the time in which its ballots go.
func TestALargePollIsDeletedWhileOthersVote(t *testing.T) {
	dir := t.TempDir()
	fillPoll(t, dir, "large")
	voting := fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t))
	r := start(t, "popeye", "POLL_ADDR="+voting, "DATA_DIR="+dir, "ADMIN_TOKEN="+doorsToken)
	again := `{"slug":"large","question":"Where to?","options":["A","B"]}`

	began := time.Now()
	status, deleted := send(t, "DELETE", r.addr, "/api/v1/polls/large", "")
	if status != http.StatusNoContent {
		t.Fatalf("deleting: %d", status)
	}
	slowest := deleted
	for votes := 0; ; votes++ {
		status, took := send(t, "POST", voting, "/api/v1/polls/default/votes", `{"vote":"a"}`)
		slowest = max(slowest, took)
		if status != http.StatusAccepted {
			t.Fatalf("vote %d: %d", votes, status)
		}
		status, took = send(t, "POST", r.addr, "/api/v1/polls", again)
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
