package postgres

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"popeye/internal/testenv"
	"popeye/store"
	"popeye/store/storetest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	testenv.StopShared()
	if err := goleak.Find(); code == 0 && err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		code = 1
	}
	os.Exit(code)
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t testing.TB) storetest.Fixture {
		h := newFixture(t)
		h.Store.(byUsers).workers.ballots.Ahead = 0 // it copies whatever it can, and Another upserts
		return h
	})
	// Deadlocks are survived, but the order of locks should not let them happen.
	p := testenv.SharedPostgres(t)
	rows, err := byHand(t.Context(), p.URL("postgres"), `SELECT sum(deadlocks) FROM pg_stat_database`)
	if err != nil || rows[0][0] != "0" {
		t.Errorf("deadlocks: %v, %v", rows, err)
	}
}

// What is special to PostgreSQL among the ways to write by hand.
func TestByHand(t *testing.T) {
	h := newFixture(t)
	for _, step := range []struct{ query, tallies string }{
		{`COPY ballots (voter, ballot) FROM PROGRAM 'printf "ann\ta\nbob\tb\n"'`, "default a 1, default b 1"},
		{`UPDATE ballots SET poll = 'lunch', voter = 'x' WHERE voter = 'ann'`, "default b 1, lunch a 1"},
		{`SET search_path = ''; INSERT INTO public.votes VALUES ('cid', 'b')`, "default b 2, lunch a 1"},
		{`MERGE INTO ballots AS b USING (VALUES ('bob', 'c'), ('eva', 'c')) AS n (voter, ballot)
		  ON b.poll = 'default' AND b.voter = n.voter
		  WHEN MATCHED THEN UPDATE SET ballot = n.ballot
		  WHEN NOT MATCHED THEN INSERT (voter, ballot) VALUES (n.voter, n.ballot)`, "default b 1, default c 2, lunch a 1"},
		{`BEGIN; INSERT INTO votes VALUES ('fay', 'a'); ROLLBACK`, "default b 1, default c 2, lunch a 1"},
		{`TRUNCATE ballots`, ""},
	} {
		if err := h.Exec(t.Context(), step.query); err != nil {
			t.Fatalf("%s: %v", step.query, err)
		}
		rows, err := h.Query(t.Context(), `
			SELECT coalesce(string_agg(poll || ' ' || ballot || ' ' || voters, ', ' ORDER BY poll, ballot), '') FROM tallies`)
		if err != nil || rows[0][0] != step.tallies {
			t.Errorf("after %s: tallies %v, %v; want %s", step.query, rows, err, step.tallies)
		}
	}
}

// byUsers is a store that worker and result have opened, each as the user that
// they are in the compose file: the part that result asks for is its own.
type byUsers struct {
	workers
	results
}

type (
	workers struct{ *Store }
	results interface { // what result needs: see result.Store and admin.Store
		store.Tallies
		store.Polls
		store.Watcher
		store.Audit
		store.Sessions
	}
)

// newFixture is the store of both on a schema of its own.
func newFixture(t testing.TB) storetest.Fixture {
	server := testenv.SharedPostgres(t)
	_, _, h := openedByUsers(t, server.Copy(t, migrated(t, server)))
	return h
}

// template is the URL of the database that migrated has made, once it is whole.
var template string

// migrated is a database with the users of both and the schema, to be copied: to make
// users and migrate takes far longer.
func migrated(t testing.TB, server *testenv.Postgres) string {
	if template == "" {
		url := server.Database(t)
		worker, result, _ := handedOver(t, url)
		if err := worker.Migrate(context.Background()); err != nil {
			t.Fatal(err)
		}
		worker.Close()
		result.Close()
		template = url
	}
	return template
}

// handedOver makes the users in a database, whatever is in it, and opens the store
// of both.
func handedOver(t testing.TB, url string) (worker, result *Store, h storetest.Fixture) {
	testenv.SharedPostgres(t).Users(t, url)
	return openedByUsers(t, url)
}

// openedByUsers opens the store of both users.
func openedByUsers(t testing.TB, url string) (worker, result *Store, h storetest.Fixture) {
	workerURL, resultURL := testenv.AsUsers(url)
	open := func(t testing.TB) (w, r *Store) { return openStore(t, workerURL), openStore(t, resultURL) }
	w, r := open(t)
	h = fixtureOf(w, url)
	h.Store = byUsers{workers{w}, r}
	h.Another = func(t testing.TB) storetest.Store {
		w, r := open(t)
		return byUsers{workers{w}, r}
	}
	h.Slice = func(ballots int) { w.slice, r.slice = ballots, ballots }
	return w, r, h
}

// fixtureOf is a fixture on a database that is there.
func fixtureOf(s *Store, url string) storetest.Fixture {
	return storetest.Fixture{
		Store:   s,
		Another: func(t testing.TB) storetest.Store { return openStore(t, url) },
		Exec: func(ctx context.Context, query string) error {
			_, err := byHand(ctx, url, query)
			return err
		},
		Keep:   func(deadLetters int) { s.maxDeadLetters = deadLetters },
		Slice:  func(ballots int) { s.slice = ballots },
		Query:  func(ctx context.Context, query string) ([][]string, error) { return byHand(ctx, url, query) },
		Forbid: `ALTER TABLE ballots ADD CONSTRAINT forbid CHECK (ballot <> 'forbidden')`,
	}
}

func openStore(t testing.TB, url string) *Store {
	t.Helper()
	s, err := Open(context.Background(), url, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// byHand runs statements as psql would, and returns the rows of the last.
func byHand(ctx context.Context, url, query string) (texts [][]string, err error) {
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer c.Close(context.Background())
	results, err := c.PgConn().Exec(ctx, query).ReadAll()
	if err != nil || len(results) == 0 {
		return nil, err
	}
	for _, row := range results[len(results)-1].Rows {
		line := make([]string, len(row))
		for i, value := range row {
			line[i] = string(value)
		}
		texts = append(texts, line)
	}
	return texts, nil
}
