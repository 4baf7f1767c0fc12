package prepared

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
)

func open(t testing.TB) *sql.DB {
	t.Helper()
	db, err := Open("file:" + filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	do(t, db, `CREATE TABLE numbers (n INTEGER PRIMARY KEY)`)
	return db
}

type runner interface {
	Exec(query string, args ...any) (sql.Result, error)
}

func do(t testing.TB, db runner, query string, args ...any) {
	t.Helper()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// idle returns how many statements the one connection keeps.
func idle(t *testing.T, db *sql.DB) (n int) {
	t.Helper()
	c, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Raw(func(under any) error { n = len(under.(*conn).idle); return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

func sum(t *testing.T, db interface{ QueryRow(string, ...any) *sql.Row }) (n int) {
	t.Helper()
	if err := db.QueryRow(`SELECT coalesce(sum(n), 0) FROM numbers`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAStatementIsPreparedOnce(t *testing.T) {
	db := open(t)
	before := idle(t, db)
	for n := range 10 {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		do(t, tx, `INSERT INTO numbers (n) VALUES (?)`, n)
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	if got := idle(t, db) - before; got != 1 {
		t.Errorf("%d statements are kept, want 1", got)
	}
	if got := sum(t, db); got != 45 {
		t.Errorf("the sum is %d", got)
	}
}

// The same statement within its own rows is another one, and disturbs nothing.
func TestTheSameStatementTwiceAtATime(t *testing.T) {
	db := open(t)
	do(t, db, `INSERT INTO numbers (n) VALUES (1), (2), (3)`)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	const query = `SELECT n FROM numbers WHERE n > ? ORDER BY n`
	rows, err := tx.Query(query, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got := ""
	for rows.Next() {
		var n, next int
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		_ = tx.QueryRow(query, n).Scan(&next) // none after the last
		got += fmt.Sprint(n, next, " ")
	}
	if err := rows.Err(); err != nil || got != "1 2 2 3 3 0 " {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestAStatementThatFailedIsOfUseAgain(t *testing.T) {
	db := open(t)
	const insert = `INSERT INTO numbers (n) VALUES (?)`
	do(t, db, insert, 1)
	if _, err := db.Exec(insert, 1); err == nil {
		t.Fatal("a key was taken twice")
	}
	do(t, db, insert, 2)
	if got := sum(t, db); got != 3 {
		t.Errorf("the sum is %d", got)
	}
}

// Rows that nobody read to the end hold no lock once they are closed.
func TestAStatementLeftHalfwayHoldsNothing(t *testing.T) {
	db := open(t)
	do(t, db, `INSERT INTO numbers (n) VALUES (1), (2)`)
	rows, err := db.Query(`SELECT n FROM numbers`)
	if err != nil || !rows.Next() {
		t.Fatal(err)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	do(t, db, `DROP TABLE numbers`) // refused while a statement reads
}

func TestAStatementSeesANewSchema(t *testing.T) {
	db := open(t)
	do(t, db, `INSERT INTO numbers (n) VALUES (1)`)
	const all = `SELECT * FROM numbers`
	for i, change := range []string{`CREATE INDEX i ON numbers (n)`, `ALTER TABLE numbers ADD COLUMN m INTEGER NOT NULL DEFAULT 7`} {
		do(t, db, change)
		rows, err := db.Query(all)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err := errors.Join(err, rows.Err(), rows.Close()); err != nil || len(columns) != i+1 {
			t.Errorf("after %s there are columns %v, %v", change, columns, err)
		}
	}
}

func TestWhoBuildsSQLFromDataFillsNoMemory(t *testing.T) {
	db := open(t)
	for n := range 2 * most {
		do(t, db, fmt.Sprintf(`INSERT INTO numbers (n) VALUES (%d)`, n))
	}
	if got := idle(t, db); got > most {
		t.Errorf("%d statements are kept", got)
	}
}

func BenchmarkInsert(b *testing.B) {
	kept := open(b)
	plain, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "plain.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer plain.Close()
	plain.SetMaxOpenConns(1)
	do(b, plain, `CREATE TABLE numbers (n INTEGER PRIMARY KEY)`)
	for name, db := range map[string]*sql.DB{"kept": kept, "plain": plain} {
		b.Run(name, func(b *testing.B) {
			tx, err := db.Begin()
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = tx.Rollback() }()
			for n := 0; b.Loop(); n++ {
				do(b, tx, `INSERT INTO numbers (n) VALUES (?)`, n)
			}
		})
	}
}
