package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"popeye/internal/testenv"
	"popeye/store"
	"popeye/store/storetest"
	"popeye/vote"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStore(t *testing.T) { storetest.Run(t, newFixture) }

// migrated is a file with the schema, which each test copies: to migrate takes far longer.
var migrated testenv.Made

func newFixture(t testing.TB) storetest.Fixture {
	path := filepath.Join(t.TempDir(), "popeye.db")
	migrated.Copy(t, path, func(path string) error {
		s, err := Open(context.Background(), path)
		if err == nil {
			err = s.Close()
		}
		return err
	})
	return fixtureOf(t, path)
}

// fixtureOf is a fixture on a file, which may be there.
func fixtureOf(t testing.TB, path string) storetest.Fixture {
	s, direct := openStore(t, path), byHand(t, path)
	return storetest.Fixture{
		Store:   s,
		Another: func(t testing.TB) storetest.Store { return openStore(t, path) },
		Exec: func(ctx context.Context, query string) error {
			_, err := direct.ExecContext(ctx, query)
			return err
		},
		Query: func(ctx context.Context, query string) ([][]string, error) { return texts(ctx, direct, query) },
		Keep:  func(deadLetters int) { s.maxDeadLetters = deadLetters },
		Slice: func(ballots int) { s.slice = ballots },
		Forbid: `CREATE TRIGGER forbid BEFORE INSERT ON ballots WHEN NEW.ballot = 'forbidden' BEGIN
				SELECT RAISE(ABORT, 'it is forbidden');
			END;
			CREATE TRIGGER forbid2 BEFORE UPDATE ON ballots WHEN NEW.ballot = 'forbidden' BEGIN
				SELECT RAISE(ABORT, 'it is forbidden');
			END`,
	}
}

func openStore(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// byHand opens the file as someone with a shell would: without our settings,
// but for the patience to wait for a lock.
func byHand(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func texts(ctx context.Context, db *sql.DB, query string) ([][]string, error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var all [][]string
	for rows.Next() {
		row := make([]string, len(columns))
		dest := make([]any, len(columns))
		for i := range row {
			dest[i] = &row[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, rows.Err()
}

// The file holds who voted what: its owner may read it, no one else. And a path
// is a path, whatever characters it is made of.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "50% off?#1 é.db")
	s := openStore(t, path)
	if _, err := s.Apply(t.Context(), store.Batch{ID: 1}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v", filepath.Base(name), info.Mode())
		}
	}
	if _, err := Open(t.Context(), filepath.Join(t.TempDir(), "no", "folder.db")); err == nil {
		t.Error("a file in a folder that is not there was opened")
	}
}

// A commit waits for the disk, and a reader can't write.
func TestSettings(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "popeye.db"))
	for query, want := range map[string]string{
		`PRAGMA journal_mode`: "wal", `PRAGMA synchronous`: "2",
	} {
		if got, err := texts(t.Context(), s.write, query); err != nil || got[0][0] != want {
			t.Errorf("%s = %v, %v; want %s", query, got, err, want)
		}
	}
	if _, err := s.read.Exec(`DELETE FROM ballots`); err == nil {
		t.Error("a reader wrote")
	}
}

func TestNewerSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "popeye.db")
	if err := openStore(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := byHand(t, path).Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path); !errors.Is(err, store.ErrNewerSchema) {
		t.Errorf("opened with %v", err)
	}
}

// INSERT OR REPLACE and its kin, which people write to SQLite without a second
// thought, remove rows without telling the delete trigger, unless recursive
// triggers are on.
func TestTallyUnderConflictClauses(t *testing.T) {
	for _, recursive := range []string{"off", "on"} {
		t.Run("recursive triggers "+recursive, func(t *testing.T) {
			h := newFixture(t)
			path := filepath.Join(t.TempDir(), "popeye.db")
			s, direct := openStore(t, path), byHand(t, path)
			direct.SetMaxOpenConns(1)
			h.Store = s
			if _, err := direct.Exec(`PRAGMA recursive_triggers = ` + recursive); err != nil {
				t.Fatal(err)
			}
			for _, query := range []string{
				`INSERT INTO ballots (voter, ballot) VALUES ('ann', 'a'), ('bob', 'a')`,
				`INSERT OR REPLACE INTO ballots (voter, ballot) VALUES ('ann', 'b'), ('cid', 'b'), ('cid', 'c')`,
				`REPLACE INTO votes (id, vote) VALUES ('bob', 'c'), ('dan', 'a')`,
				`INSERT OR IGNORE INTO ballots (voter, ballot) VALUES ('ann', 'x'), ('eva', 'a'), ('ann', 'y')`,
				`INSERT INTO votes (id, vote) VALUES ('fay', 'a')`,
				`UPDATE OR REPLACE votes SET vote = 'd' WHERE id = 'fay'`,
				`INSERT INTO ballots (voter, ballot) VALUES ('ann', 'z') ON CONFLICT DO UPDATE SET ballot = excluded.ballot`,
				`DELETE FROM votes WHERE id = 'ann'`,
				`INSERT INTO votes (id, vote) VALUES ('ann', 'a')`,
			} {
				if _, err := direct.Exec(query); err != nil {
					t.Fatalf("%s: %v", query, err)
				}
				recount, err := texts(t.Context(), direct, `SELECT ballot, count(*) FROM ballots GROUP BY ballot ORDER BY ballot`)
				if err != nil {
					t.Fatal(err)
				}
				tallies, err := texts(t.Context(), direct, `SELECT ballot, voters FROM tallies ORDER BY ballot`)
				if err != nil {
					t.Fatal(err)
				}
				if !equal(recount, tallies) {
					t.Fatalf("after %s: the ballots say %v, the tallies %v", query, recount, tallies)
				}
			}
			if _, err := direct.Exec(`UPDATE OR REPLACE ballots SET voter = 'bob' WHERE voter = 'ann'`); err == nil {
				t.Error("a ballot moved to another voter")
			}
			tally, err := s.Tally(t.Context(), vote.DefaultSlug)
			if err != nil || tally["a"] != 3 {
				t.Errorf("tally %v, %v", tally, err)
			}
		})
	}
}

func equal(a, b [][]string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i][0] != b[i][0] || a[i][1] != b[i][1] {
			return false
		}
	}
	return true
}
