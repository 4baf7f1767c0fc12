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
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"popeye/internal/metrics"
	"popeye/internal/testserver"
	"popeye/result"
	"popeye/store/postgres"
	"popeye/store/sqlite"
	"popeye/vote"
)

// rankings is how many different ballots the poll holds. Each ranks a hundred
// options: with that, and options squared, it could not be shown any more.
const rankings = 300_000

func hundredOptions() vote.Poll {
	p := vote.Poll{Slug: "order", Question: "In which order?", Kind: vote.Ranked, Status: vote.Open}
	for n := range vote.MaxOptions {
		id := fmt.Sprintf("o%02d", n)
		p.Options = append(p.Options, vote.Option{ID: id, Label: "Option " + id})
	}
	return p
}

// eachRanking makes the ballots, at random but always the same.
func eachRanking(do func(ballot string)) {
	var ids []string
	for _, o := range hundredOptions().Options {
		ids = append(ids, o.ID)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range rankings {
		random.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		do(strings.Join(ids, ">"))
	}
}

func rankedSQLite(t *testing.T) result.Store {
	path := filepath.Join(t.TempDir(), "popeye.db")
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.CreatePoll(t.Context(), hundredOptions()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	insert, err := tx.Prepare(`INSERT INTO tallies (poll, ballot, voters) VALUES ('order', ?, 1)`)
	if err != nil {
		t.Fatal(err)
	}
	defer insert.Close()
	var ballots []string
	eachRanking(func(ballot string) { ballots = append(ballots, ballot) })
	slices.Sort(ballots) // as the table is
	for _, ballot := range ballots {
		if _, err := insert.Exec(ballot); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	return s
}

func rankedPostgres(t *testing.T) result.Store {
	url := testserver.StartPostgres(t, "fsync=off").Database(t)
	s, err := postgres.Open(t.Context(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreatePoll(t.Context(), hundredOptions()); err != nil {
		t.Fatal(err)
	}
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	var rows [][]any
	eachRanking(func(ballot string) {
		digest := sha256.Sum256([]byte(ballot))
		rows = append(rows, []any{"order", digest[:], ballot, int64(1)})
	})
	_, err = c.CopyFrom(t.Context(), pgx.Identifier{"tallies"}, []string{"poll", "digest", "ballot", "voters"}, pgx.CopyFromRows(rows))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Hundreds of thousands of ballots that rank a hundred options, each another way:
// the count is shown, at the latest to those who come back. (The ballots are put
// into the tally: how they come in is not what this attacks.)
func TestRankedPollOfManyBallotsIsShown(t *testing.T) {
	for name, open := range map[string]func(*testing.T) result.Store{"SQLite": rankedSQLite, "PostgreSQL": rankedPostgres} {
		t.Run(name, func(t *testing.T) {
			station, err := result.New(result.Config{
				Store: open(t), AdminToken: "an organiser's secret", Log: slog.New(slog.DiscardHandler), Registry: metrics.NewRegistry(),
			})
			if err != nil {
				t.Fatal(err)
			}
			handler, err := station.Handler()
			if err != nil {
				t.Fatal(err)
			}
			ends := runStation(t, station)
			defer ends()
			began, refused := time.Now(), 0
			for {
				rec := httptest.NewRecorder()
				handler.ServeHTTP(rec, httptest.NewRequest("GET", "/api/v1/polls/order/results", nil).WithContext(t.Context()))
				var got struct{ Total, Invalid int64 }
				switch {
				case rec.Code == http.StatusOK:
					if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || got.Total != rankings || got.Invalid != 0 {
						t.Fatalf("%d voters, %d invalid, %v", got.Total, got.Invalid, err)
					}
					t.Logf("MEASURED %s: %d different ballots are shown after %v, asked in vain before: %d times", name, rankings, time.Since(began).Round(time.Millisecond), refused)
					return
				case rec.Code != http.StatusServiceUnavailable || time.Since(began) > 5*time.Minute:
					t.Fatalf("after %v and %d tries: %d %s", time.Since(began), refused, rec.Code, rec.Body)
				}
				refused++
			}
		})
	}
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
