package e2e

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite" // to look into the one process's database
)

const (
	crowdSize    = 100
	votesEach    = 100
	crashesTotal = 16
)

// A crowd votes and changes its mind while the one process is killed again and
// again. Whoever does not hear "recorded" tries again with the same id until they
// do. In the end the store holds each voter's last word, and nothing else. What
// is broken in the services, and how they are judged, is in e2e/chaos.
func TestOneProcessUnderCrashes(t *testing.T) {
	dir := t.TempDir()
	p, poll, result := onePopeye(t, "DATA_DIR="+dir)
	ledger := crowd(t, []string{poll}, func() {
		p.kill()
		p.start(t)
		answers(t, poll) // else a slow machine would kill it before anyone could vote
	})
	answers(t, result)
	db, err := sql.Open("sqlite", "file:"+dir+"/popeye.db?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	judge(t, ledger, result, func() (map[string]string, error) { return rowsOf(t.Context(), db) })
}

// rowsOf reads the classic relation of the one process's database.
func rowsOf(ctx context.Context, db *sql.DB) (map[string]string, error) {
	rows, err := db.QueryContext(ctx, `SELECT id, vote FROM votes`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	stored := map[string]string{}
	for rows.Next() {
		var id, vote string
		if err := rows.Scan(&id, &vote); err != nil {
			return nil, err
		}
		stored[id] = vote
	}
	return stored, rows.Err()
}

// crowd lets everybody vote at the polls, through crashes in turn, and returns
// what they know in the end.
func crowd(t *testing.T, polls []string, crashes ...func()) []entry {
	ledger := make([]entry, crowdSize)
	ctx, cancel := context.WithTimeout(t.Context(), 4*patience)
	defer cancel()
	var voters sync.WaitGroup
	for i := range ledger {
		voters.Go(func() { ledger[i] = votesAndChanges(ctx, t, polls, uint64(i)) })
	}
	over := make(chan struct{})
	go func() { voters.Wait(); close(over) }()
	n := crashInTurn(over, crashes)
	<-over
	t.Logf("MEASURED %d votes of %d voters, each tried until recorded, through %d crashes", crowdSize*votesEach, crowdSize, n)
	return ledger
}

// entry is what a voter knows: who they are, and their last recorded choice.
type entry struct{ voter, ballot string }

// votesAndChanges is one voter's part.
func votesAndChanges(ctx context.Context, t *testing.T, polls []string, seed uint64) entry {
	v, chance := newVoter(), rand.New(rand.NewPCG(seed, 1))
	v.client.Timeout = 3 * time.Second
	for v.isKnown(polls[int(seed)%len(polls)]) != nil { // without a cookie each id would be another voter
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			t.Errorf("voter %d never got a page", seed)
			return entry{}
		}
	}
	var e entry
	for n := range votesEach {
		ballot := string(rune('a' + chance.IntN(4)))
		id := fmt.Sprintf("%d-%d", seed, n)
		for try := 0; !v.isRecorded(polls[(int(seed)+n+try)%len(polls)], ballot, id); try++ {
			select {
			case <-time.After(time.Duration(20+chance.IntN(100)) * time.Millisecond):
			case <-ctx.Done():
				t.Errorf("voter %d was never told that vote %d is recorded", seed, n)
				return e
			}
		}
		e.ballot = ballot
	}
	u, _ := url.Parse(polls[0])
	for _, c := range v.client.Jar.Cookies(u) {
		if c.Name == "voter_id" {
			e.voter, _, _ = strings.Cut(c.Value, ".")
		}
	}
	return e
}

// isKnown opens the page, which brings the cookie.
func (v *voter) isKnown(poll string) error {
	resp, err := v.client.Get(poll)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}

// isRecorded casts once and reports whether the answer is "recorded".
func (v *voter) isRecorded(poll, ballot, id string) bool {
	body := fmt.Sprintf(`{"vote":%q,"id":%q}`, ballot, id)
	resp, err := v.client.Post(poll+"/api/v1/polls/default/votes", "application/json", strings.NewReader(body))
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	var answer struct{ Status, Vote string }
	return resp.StatusCode == http.StatusAccepted &&
		json.NewDecoder(resp.Body).Decode(&answer) == nil && answer.Status == "recorded" && answer.Vote == ballot
}

// crashInTurn does one crash after the other until the crowd has voted, at least
// crashesTotal times, and returns how often.
func crashInTurn(over <-chan struct{}, crashes []func()) int {
	pause := time.NewTicker(500 * time.Millisecond)
	defer pause.Stop()
	for n := 0; ; n++ {
		select {
		case <-over:
			if n >= crashesTotal {
				return n
			}
		case <-pause.C:
		}
		crashes[n%len(crashes)]()
	}
}

// judge compares the store with the ledger, voter by voter, once the queue is
// empty; and the count with both.
func judge(t *testing.T, ledger []entry, result string, ballots func() (map[string]string, error)) {
	t.Helper()
	eventually(t, "the store holds every voter's last word", func() error {
		stored, err := ballots()
		if err != nil {
			return err
		}
		for i, e := range ledger {
			if stored[e.voter] != e.ballot {
				return fmt.Errorf("voter %d: stored %q, last recorded %q", i, stored[e.voter], e.ballot)
			}
		}
		if len(stored) != len(ledger) {
			return fmt.Errorf("%d ballots of %d voters", len(stored), len(ledger))
		}
		return nil
	})
	counts := map[string]int{}
	for _, e := range ledger {
		counts[e.ballot]++
	}
	shows(t, result, "default", fmt.Sprintf("a:%d b:%d c:%d d:%d", counts["a"], counts["b"], counts["c"], counts["d"]))
}
