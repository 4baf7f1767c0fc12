package sqlite

import (
	"path/filepath"
	"testing"

	"popeye/store/storetest"
)

func BenchmarkApply(b *testing.B) { storetest.Benchmark(b, newFixture) }

// BenchmarkPlain is what BenchmarkApply is to be compared with in one run:
// upserts of a thousand rows in a transaction, the fastest form that SQLite has,
// into a table of the same columns and key, without batches and tallies.
func BenchmarkPlain(b *testing.B) {
	const size = 1000
	s := openStore(b, filepath.Join(b.TempDir(), "plain.db"))
	if _, err := s.write.Exec(`
		CREATE TABLE plain (poll TEXT, voter TEXT, ballot TEXT, position INTEGER, at INTEGER, PRIMARY KEY (poll, voter)) STRICT, WITHOUT ROWID`); err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		tx, err := s.write.Begin()
		if err != nil {
			b.Fatal(err)
		}
		stmt, err := tx.Prepare(`
			INSERT INTO plain (poll, voter, ballot, position, at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET ballot = excluded.ballot, position = excluded.position, at = excluded.at
			WHERE position < excluded.position`)
		if err != nil {
			b.Fatal(err)
		}
		for range size {
			n++
			if _, err := stmt.Exec("default", storetest.Voter(n), "a", n, n); err != nil {
				b.Fatal(err)
			}
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "votes/s")
}
