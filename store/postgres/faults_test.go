package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"popeye/internal/testenv"
	"popeye/internal/testenv/faults"
	"popeye/store"
	"popeye/vote"
)

// oneVote is a batch of one vote, and of one that is refused.
func oneVote(id int64) store.Batch {
	return store.Batch{ID: id, Votes: []store.Entry{
		{Position: id, Vote: vote.Vote{Poll: vote.DefaultSlug, Voter: fmt.Sprint(id), Ballot: "a"}},
		{Position: id + 1, Vote: vote.Vote{Poll: "nowhere", Voter: "x", Ballot: "a"}},
	}}
}

// The worker is cut off at the COMMIT, and can't know on which side of it. It
// applies the batch again and gets the answer it should have had.
func TestCutAtCommit(t *testing.T) {
	database := testenv.SharedPostgres(t).Database(t)
	p, url := faults.NewProxyFor(t, database)
	s := openStore(t, url)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	dead := []store.Dead{{Position: 101, Reason: "no such poll"}}
	for i, test := range []struct {
		cut       func(text string) <-chan struct{}
		committed bool
	}{{p.LoseNextRequest, false}, {p.LoseNextAnswer, true}} {
		b := oneVote(int64(100 * (i + 1)))
		dead[0].Position = b.ID + 1
		lost := test.cut("commit\x00")
		if r, err := s.Apply(t.Context(), b); !errors.Is(err, store.ErrUnavailable) {
			t.Fatalf("committed %t: applied with %+v and %v, the answer should be lost", test.committed, r, err)
		}
		<-lost
		r, err := s.Apply(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		want := store.Report{Redelivered: test.committed, Dead: dead}
		if !test.committed {
			want.Outcomes = []store.Outcome{store.Recorded, store.Refused}
		}
		if d := cmp.Diff(want, r); d != "" {
			t.Errorf("committed %t: the second answer (-want +got):\n%s", test.committed, d)
		}
	}
	tally, err := s.Tally(t.Context(), vote.DefaultSlug)
	if err != nil || tally["a"] != 2 {
		t.Errorf("tally %v, %v", tally, err)
	}
}

// The server dies again and again under workers that apply batches until they
// get an answer. Every vote is counted once.
func TestServerKilled(t *testing.T) {
	p := testenv.StartPostgres(t)
	url := p.Database(t)
	s := openStore(t, url)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var applied atomic.Int64
	reached := make(chan int64, 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	const workers, each, kills = 3, 150, 3
	var g errgroup.Group
	for w := range workers {
		g.Go(func() error {
			for i := range each {
				b := oneVote(int64((w*each + i + 1) * 10))
				for {
					_, err := s.Apply(ctx, b)
					if err == nil {
						break
					}
					if ctx.Err() != nil || !errors.Is(err, store.ErrUnavailable) {
						return err
					}
				}
				if n := applied.Add(1); n%(workers*each/(kills+1)) == 0 {
					select {
					case reached <- n:
					default:
					}
				}
			}
			return nil
		})
	}
	for range kills {
		select {
		case <-reached:
		case <-ctx.Done():
			t.Fatal(g.Wait())
		}
		p.Kill()
		p.Start(t)
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	tally, err := s.Tally(t.Context(), vote.DefaultSlug)
	if d := cmp.Diff(vote.Tally{"a": workers * each}, tally, cmpopts.EquateEmpty()); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
}

// Services start in any order: a store opens before its server is there. When
// the server goes, a watcher is told, and may watch again when it is back.
func TestServerComesAndGoes(t *testing.T) {
	p := testenv.StartPostgres(t, "fsync=off")
	url := p.Database(t)
	p.Stop()
	s := openStore(t, url)
	if err := s.Ready(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("ready without a server: %v", err)
	}
	if err := s.Migrate(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("migrated without a server: %v", err)
	}
	p.Start(t)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		listening, ended := make(chan struct{}, 1), make(chan error, 1)
		go func() {
			ended <- s.Watch(t.Context(), store.PollsChanged, func(string) { listening <- struct{}{} })
		}()
		<-listening
		p.Kill()
		if err := <-ended; !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("the watch ended with %v", err)
		}
		p.Start(t)
	}
	// The pool may hold connections of the server that was; each fails once.
	err := s.Ready(t.Context())
	for try := 0; try < 8 && err != nil; try++ {
		err = s.Ready(t.Context())
	}
	if err != nil {
		t.Error(err)
	}
}

// A server that takes connections and answers nothing holds nobody for ever.
func TestStuckServer(t *testing.T) {
	p, url := faults.NewProxyFor(t, testenv.SharedPostgres(t).Database(t))
	s, err := Open(t.Context(), url, Options{Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.timeout = 50 * time.Millisecond
	p.Swallow()
	if _, err := s.Apply(t.Context(), oneVote(100)); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Apply: %v", err)
	}
	if err := s.Ready(t.Context()); err == nil {
		t.Error("ready while the server is stuck")
	}
	p.Close() // else Close waits for the server to hang up
}

// A watcher outlives any silence, as long as the server is there, and notices
// when it is not: no one hangs up when a cable is cut.
func TestWatchInSilence(t *testing.T) {
	p, url := faults.NewProxyFor(t, testenv.SharedPostgres(t).Database(t))
	s := openStore(t, url)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.quiet = 10 * time.Millisecond
	heard, ended := make(chan string, 10), make(chan error, 1)
	go func() {
		ended <- s.Watch(t.Context(), store.TalliesChanged, func(slug string) { heard <- slug })
	}()
	<-heard
	for i := range int64(5) {
		<-time.After(5 * s.quiet) // several silences
		if _, err := s.Apply(t.Context(), oneVote(100*(i+1))); err != nil {
			t.Fatal(err)
		}
		select {
		case <-heard:
		case err := <-ended:
			t.Fatal(err)
		}
	}
	p.Swallow()
	if err := <-ended; !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("the watch ended with %v", err)
	}
}

// A worker dies while PostgreSQL makes its batch wait for a lock. What it holds
// is given back at once, not when its turn comes: else whoever takes over the
// batch waits for a dead one.
func TestCutWhileWaiting(t *testing.T) {
	database := testenv.SharedPostgres(t).Database(t)
	p, url := faults.NewProxyFor(t, database)
	dies, takesOver := openStore(t, url), openStore(t, database)
	if err := takesOver.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	holder, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close(context.Background())
	locks := func(do string) {
		t.Helper()
		key := lockKeys([]string{vote.DefaultSlug})[0]
		if _, err := holder.Exec(t.Context(), `SELECT `+do+`($1, $2)`, pollLocks, key); err != nil {
			t.Fatal(err)
		}
	}
	b := oneVote(100)
	apply := func(s *Store) chan error {
		done := make(chan error, 1)
		go func() {
			r, err := s.Apply(t.Context(), b)
			if err == nil && (r.Redelivered || r.Outcomes[0] != store.Recorded) {
				err = fmt.Errorf("report %+v", r)
			}
			done <- err
		}()
		return done
	}
	locks("pg_advisory_lock")
	first := apply(dies)
	wantWaiting(t, holder, 1)
	p.Close()
	if err := <-first; err == nil {
		t.Error("applied without a connection")
	}
	wantWaiting(t, holder, 0) // while the lock is held
	second := apply(takesOver)
	wantWaiting(t, holder, 1)
	locks("pg_advisory_unlock")
	if err := <-second; err != nil {
		t.Error(err)
	}
}

// wantWaiting waits until so many sessions wait for the lock of a poll.
func wantWaiting(t *testing.T, c *pgx.Conn, want int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for got := -1; got != want; <-again.C {
		if err := c.QueryRow(ctx, `
			SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'advisory'`).Scan(&got); err != nil {
			t.Fatalf("%d sessions wait, want %d: %v", got, want, err)
		}
	}
}

// On nil, Apply is durable, even where the server's default is not.
func TestDurable(t *testing.T) {
	url := testenv.SharedPostgres(t).Database(t)
	for setting, want := range map[string]string{"off": "on", "remote_apply": "remote_apply"} {
		if _, err := byHand(t.Context(), url, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = `+setting+
			`', current_database()); END $$`); err != nil {
			t.Fatal(err)
		}
		var got string
		if err := openStore(t, url).pool.QueryRow(t.Context(), `SHOW synchronous_commit`).Scan(&got); err != nil || got != want {
			t.Errorf("the server says %s: %s, %v; want %s", setting, got, err, want)
		}
	}
}

func TestMalformedURL(t *testing.T) {
	for _, url := range []string{"postgres://user:secret@host:notaport/db", "::", "postgres://h/db?sslmode=odd"} {
		if _, err := Open(t.Context(), url, Options{}); err == nil {
			t.Errorf("%s: opened", url)
		}
	}
}
