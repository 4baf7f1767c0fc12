package postgres

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"popeye/internal/testenv"
	"popeye/store/storetest"
)

func BenchmarkApply(b *testing.B) { storetest.Benchmark(b, newFixture) }

// BenchmarkCopy is what BenchmarkApply is to be compared with: COPY, the fastest
// way into PostgreSQL, into a table of the same columns and key, with nothing
// that makes it safe to repeat, replaces a ballot, or counts. In one run both
// have the same server, on which a commit does not wait for the disk.
func BenchmarkCopy(b *testing.B) {
	const size = 1000
	for _, copying := range []struct {
		name    string
		batches int // in one COPY
	}{{"1000 rows each", 1}, {"100000 rows each", 100}} {
		b.Run(copying.name, func(b *testing.B) {
			ctx := context.Background()
			c, err := pgx.Connect(ctx, testenv.SharedPostgres(b).Database(b))
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close(ctx)
			if _, err := c.Exec(ctx, `
				CREATE TABLE plain (poll text COLLATE "C" NOT NULL, voter text COLLATE "C" NOT NULL,
				                    ballot text COLLATE "C" NOT NULL, position bigint NOT NULL, at timestamptz NOT NULL DEFAULT now(),
				                    PRIMARY KEY (poll, voter))`); err != nil {
				b.Fatal(err)
			}
			n, rows := 0, size*copying.batches
			for b.Loop() {
				_, err := c.CopyFrom(ctx, pgx.Identifier{"plain"}, []string{"poll", "voter", "ballot", "position"},
					pgx.CopyFromSlice(rows, func(i int) ([]any, error) {
						return []any{"default", storetest.Voter(n*rows + i), string(rune('a' + i%4)), int64(n*rows + i)}, nil
					}))
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
			b.ReportMetric(float64(b.N*rows)/b.Elapsed().Seconds(), "votes/s")
		})
	}
}
