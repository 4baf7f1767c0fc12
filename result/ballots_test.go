package result

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	sqlitedriver "modernc.org/sqlite"

	"popeye/internal/testenv"
	"popeye/store"
	"popeye/store/postgres"
	"popeye/store/sqlite"
	"popeye/store/storetest"
	"popeye/vote"
)

// distinctBallots is a query for so many ballots of which no two are the same:
// of five groups of ten options each, one option, in the order of the groups. It
// is the same SQL for both stores.
func distinctBallots(kind vote.Kind, count int) string {
	return fmt.Sprintf(`
		WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < %[1]d)
		SELECT n, 'a' || (n / 10000 %% 10) || '%[2]sb' || (n / 1000 %% 10) || '%[2]sc' || (n / 100 %% 10)
		       || '%[2]sd' || (n / 10 %% 10) || '%[2]se' || (n %% 10) AS ballot
		FROM numbers`, count-1, between(kind))
}

// between returns what stands between two options of a ballot.
func between(kind vote.Kind) string {
	if kind == vote.Ranked {
		return ">"
	}
	return ","
}

// holdReaders puts a view in the place of the tallies, which calls a function
// hold on its way: where the condition is met, among what from gives.
func holdReaders(condition, from string) string {
	return fmt.Sprintf(`
		ALTER TABLE tallies RENAME TO all_tallies;
		CREATE VIEW tallies AS
		SELECT poll, CASE WHEN %s THEN hold(ballot) ELSE ballot END AS ballot, voters FROM %s AS t`, condition, from)
}

func manyOptions(kind vote.Kind) vote.Poll {
	p := vote.Poll{Slug: "lunch", Question: "Where to?", Kind: kind, Status: vote.Open}
	if kind == vote.Multiple {
		p.Min, p.Max = 1, 50
	}
	for _, group := range "abcde" {
		for n := range 10 {
			id := fmt.Sprint(string(group), n)
			p.Options = append(p.Options, vote.Option{ID: id, Label: "Place " + id})
		}
	}
	return p
}

// bigStore is a store with that poll, whose readers are held when they have got
// nine of ten ballots.
type bigStore struct {
	store.Tallies
	distinct int64
	// blocked runs read, and look while read is held.
	blocked func(read, look func())
}

// holding is whom a reader of SQLite meets that is held.
var holding = struct{ reached, resume chan struct{} }{make(chan struct{}), make(chan struct{})}

// teachSQLite makes the function hold known, once, to connections opened later.
var teachSQLite = sync.OnceValue(func() error {
	return sqlitedriver.RegisterScalarFunction("hold", 1, func(_ *sqlitedriver.FunctionContext, args []driver.Value) (driver.Value, error) {
		holding.reached <- struct{}{}
		<-holding.resume
		return args[0], nil
	})
})

func bigSQLite(t *testing.T, kind vote.Kind) bigStore {
	if err := teachSQLite(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "popeye.db")
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec := func(query string) error { _, err := db.ExecContext(t.Context(), query); return err }
	const distinct = 20_000 // it is part of this program, and slow under the race detector
	fill(t, s, manyOptions(kind), exec,
		// Past the ballots, which a trigger would count one by one: only reading is looked at.
		`INSERT INTO tallies (poll, ballot, voters) SELECT 'lunch', ballot, 1 FROM (`+distinctBallots(kind, distinct)+`)`,
		holdReaders(fmt.Sprintf(`ballot = 'a1%[1]sb8%[1]sc0%[1]sd0%[1]se0'`, between(kind)), `all_tallies`)) // it reads them in order
	return bigStore{s, distinct, func(read, look func()) {
		ended := make(chan struct{})
		go func() { defer close(ended); read() }()
		select {
		case <-holding.reached:
			look()
			holding.resume <- struct{}{}
			<-ended
		case <-ended:
			t.Error("the read ended without being held")
		}
	}}
}

func bigPostgres(t *testing.T, kind vote.Kind) bigStore {
	server := testenv.StartPostgres(t, "fsync=off")
	url := server.Database(t)
	s, err := postgres.Open(t.Context(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	exec := func(query string) error { _, err := c.Exec(t.Context(), query); return err }
	const distinct = 100_000
	fill(t, s, manyOptions(kind), exec,
		`CREATE FUNCTION hold(text) RETURNS text LANGUAGE sql AS 'SELECT pg_advisory_xact_lock(1); SELECT $1'`,
		`INSERT INTO ballots (poll, voter, ballot) SELECT 'lunch', 'voter ' || n, ballot FROM (`+distinctBallots(kind, distinct)+`) AS b`,
		holdReaders(fmt.Sprint(`n = `, distinct/10*9), `(SELECT *, row_number() OVER () AS n FROM all_tallies)`))
	return bigStore{s, distinct, func(read, look func()) {
		if err := exec(`SELECT pg_advisory_lock(1)`); err != nil {
			t.Fatal(err)
		}
		var reading sync.WaitGroup
		reading.Go(read)
		awaitBlocked(t, c)
		look()
		if err := exec(`SELECT pg_advisory_unlock(1)`); err != nil {
			t.Fatal(err)
		}
		reading.Wait()
	}}
}

// awaitBlocked waits until a reader waits for the lock.
func awaitBlocked(t *testing.T, c *pgx.Conn) {
	t.Helper()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-again.C {
		var waiting int
		err := c.QueryRow(t.Context(), `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`).Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
		if waiting > 0 {
			return
		}
	}
	t.Fatal("no reader came as far as where it is held")
}

// fill makes the poll, and then does what the queries say.
func fill(t *testing.T, s store.Polls, p vote.Poll, exec func(string) error, queries ...string) {
	t.Helper()
	if _, err := s.CreatePoll(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	for _, query := range queries {
		if err := exec(query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
}

// What is shown of a poll takes no memory for its ballots: not when most of them
// were read either. Rules that count in rounds keep ballots, packed: a byte for each
// mark and two more, and half as much for what is not full. To see that this can be
// seen, the same is measured of reading the whole tally, which takes more.
func TestReadingTakesLittleMemoryForBallots(t *testing.T) {
	const header = 16 // of a string: whoever keeps a ballot as it came keeps at least that
	for _, tt := range []struct {
		kind vote.Kind
		most int64 // bytes for a ballot of five marks
	}{
		{vote.Multiple, header / 4},
		{vote.Ranked, (5 + 2) * 3 / 2},
	} {
		for name, open := range map[string]func(*testing.T, vote.Kind) bigStore{"SQLite": bigSQLite, "PostgreSQL": bigPostgres} {
			t.Run(name+"/"+string(tt.kind), func(t *testing.T) {
				s := open(t, tt.kind)
				counting := holds(s, func() {
					snapshot, err := storetest.ReadCounted(t.Context(), s, "lunch")
					if err != nil || snapshot.Count.Voters != s.distinct {
						t.Errorf("%d voters are counted, %v", snapshot.Count.Voters, err)
					}
				})
				keeping := holds(s, func() {
					tally, err := s.Tally(t.Context(), "lunch")
					if err != nil || int64(len(tally)) != s.distinct {
						t.Errorf("%d ballots are read, %v", len(tally), err)
					}
				})
				read := s.distinct / 10 * 9
				if counting > read*tt.most || keeping < read*header {
					t.Errorf("counting %d ballots holds %d bytes, reading all of them %d", s.distinct, counting, keeping)
				}
				t.Logf("counting %d ballots holds %d bytes, reading all of them %d", s.distinct, counting, keeping)
			})
		}
	}
}

// holds returns how much more than before the heap holds while a reader is held.
func holds(s bigStore, read func()) int64 {
	var while int64
	before := heap()
	s.blocked(read, func() { while = atRest() })
	return while - before
}

// atRest returns what the heap holds when it does not change any more: the
// reader has then taken what had been sent to it.
func atRest() int64 {
	const looks, same = 10, 1 << 10 // that many in a row, to so many bytes
	last, times := heap(), 0
	for times < looks {
		times++
		if now := heap(); max(now-last, last-now) > same {
			last, times = now, 0
		}
	}
	return last
}

// heap returns what the heap holds that is no garbage.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what pools held
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
