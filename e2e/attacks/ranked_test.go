//go:build linux

package attacks

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"popeye/internal/metrics"
	"popeye/internal/testenv"
	"popeye/result"
	"popeye/store"
	"popeye/store/postgres"
	"popeye/store/sqlite"
	"popeye/vote"
)

// rankings is how many different ballots each poll holds: as many as could not be
// shown any more, at a hundred options, when reading one took options squared.
var rankings = 300_000

const fewOptions, manyOptions = 25, vote.MaxOptions

// rankedPolls differ in their options only.
func rankedPolls() (all []vote.Poll) {
	for _, options := range []int{fewOptions, manyOptions} {
		p := vote.Poll{Slug: rankedSlug(options), Question: "In which order?", Kind: vote.Ranked, Status: vote.Open}
		for n := range options {
			id := fmt.Sprintf("o%02d", n)
			p.Options = append(p.Options, vote.Option{ID: id, Label: "Option " + id})
		}
		all = append(all, p)
	}
	return all
}

func rankedSlug(options int) string { return fmt.Sprintf("order-%d", options) }

// rankingsOf makes a poll's ballots, at random but always the same.
func rankingsOf(p vote.Poll) (ballots []string) {
	var ids []string
	for _, o := range p.Options {
		ids = append(ids, o.ID)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range rankings {
		random.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		ballots = append(ballots, strings.Join(ids, ">"))
	}
	slices.Sort(ballots) // as SQLite's table is
	return ballots
}

// rankedStore is what makes the polls, and what shows them.
type rankedStore interface {
	result.Store
	store.Polls
}

func rankedSQLite(t *testing.T) rankedStore {
	path := filepath.Join(t.TempDir(), "popeye.db")
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	createRanked(t, s)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	insert, err := tx.Prepare(`INSERT INTO tallies (poll, ballot, voters) VALUES (?, ?, 1)`)
	if err != nil {
		t.Fatal(err)
	}
	defer insert.Close()
	for _, p := range rankedPolls() {
		for _, ballot := range rankingsOf(p) {
			if _, err := insert.Exec(p.Slug, ballot); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	return s
}

func rankedPostgres(t *testing.T) rankedStore {
	url := testenv.StartPostgres(t, "fsync=off").Database(t)
	s, err := postgres.Open(t.Context(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	createRanked(t, s)
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	var rows [][]any
	for _, p := range rankedPolls() {
		for _, ballot := range rankingsOf(p) {
			digest := sha256.Sum256([]byte(ballot))
			rows = append(rows, []any{p.Slug, digest[:], ballot, int64(1)})
		}
	}
	_, err = c.CopyFrom(t.Context(), pgx.Identifier{"tallies"}, []string{"poll", "digest", "ballot", "voters"}, pgx.CopyFromRows(rows))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func createRanked(t *testing.T, s rankedStore) {
	t.Helper()
	for _, p := range rankedPolls() {
		if _, err := s.CreatePoll(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
}

// Hundreds of thousands of ballots that rank a hundred options, each another way:
// the count is shown, at the latest to those who come back, and in time that grows
// as the ballots' length does. (The ballots are put into the tally: how they come in
// is not what this attacks.)
func TestRankedPollOfManyBallotsIsShown(t *testing.T) {
	for name, open := range map[string]func(*testing.T) rankedStore{"SQLite": rankedSQLite, "PostgreSQL": rankedPostgres} {
		t.Run(name, func(t *testing.T) {
			few, many := shownBy(t, open(t))
			t.Logf("MEASURED %s: to show %d different ballots of %d options takes %v of CPU, of %d %v", name, rankings,
				fewOptions, few.Round(time.Millisecond), manyOptions, many.Round(time.Millisecond))
			if most := 6 * few; many > most { // four times as long; options squared took nine times, and more
				t.Errorf("that took more than %v", most)
			}
		})
	}
}

// shownBy asks a station for the counts of both polls, and returns what each took.
func shownBy(t *testing.T, s rankedStore) (few, many time.Duration) {
	t.Helper()
	station, err := result.New(result.Config{Store: s, Log: slog.New(slog.DiscardHandler), Registry: metrics.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	handler, err := station.Site().Handler()
	if err != nil {
		t.Fatal(err)
	}
	defer runStation(t, station)()
	return shown(t, handler, fewOptions), shown(t, handler, manyOptions)
}

// shown asks for a poll's count until it is there, and returns the CPU that this process
// used meanwhile: the clock would tell what else the machine has to do.
func shown(t *testing.T, handler http.Handler, options int) time.Duration {
	t.Helper()
	used := cpuTime(t)
	for began := time.Now(); ; {
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, httptest.NewRequest("GET", "/api/v1/polls/"+rankedSlug(options)+"/results", nil).WithContext(t.Context()))
		took := time.Since(began)
		switch {
		case rec.Code == http.StatusOK:
			var got struct{ Total, Invalid int }
			if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || got.Total != rankings || got.Invalid != 0 {
				t.Fatalf("%d voters, %d invalid, %v", got.Total, got.Invalid, err)
			}
			return cpuTime(t) - used
		case rec.Code != http.StatusServiceUnavailable || took > 5*time.Minute:
			t.Fatalf("after %v: %d %s", took, rec.Code, rec.Body)
		}
	}
}

// cpuTime is what this process has used so far, of user and system time.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// runStation lets a station be live until the returned function is called.
func runStation(t *testing.T, s *result.Station) (end func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
