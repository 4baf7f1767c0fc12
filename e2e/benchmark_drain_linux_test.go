package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/rueidis"

	"popeye/internal/testenv"
	"popeye/queue"
	"popeye/vote"
)

// backlog is how many votes wait, each of another voter.
const backlog = 120_000

// BenchmarkDrain gives one, two and four workers that are there a backlog of first votes, in
// one moment, and times until the last of them is in the tally; and the same rows copied by
// hand into a table with the same key, in the same database. What counts are the ratios. The
// servers are as in production: fsync always, and a commit waits for the disk.
//
//	go test -run '^$' -bench Drain -benchtime 1x -count 5 ./e2e
func BenchmarkDrain(b *testing.B) {
	d := newDrain(b, 4)
	for b.Loop() {
		copied := d.copies(b)
		var one float64
		for _, workers := range []int{1, 2, 4} {
			rate, cpu := d.drains(b, workers)
			b.ReportMetric(rate, fmt.Sprintf("votes/s-%d", workers))
			b.ReportMetric(cpu[0]+cpu[1]+cpu[2], fmt.Sprintf("us-CPU/vote-%d", workers))
			if workers == 1 {
				one = rate
				b.ReportMetric(cpu[0], "us-CPU-of-worker/vote")
				b.ReportMetric(cpu[1], "us-CPU-of-redis/vote")
				b.ReportMetric(cpu[2], "us-CPU-of-postgres/vote")
				b.ReportMetric(rate/copied, "worker/copy")
				continue
			}
			b.ReportMetric(rate/one, fmt.Sprintf("%d-workers/one", workers))
		}
		b.ReportMetric(copied, "rows/s-copy")
	}
}

// drain is a stack whose workers stand still, and what is asked of it by hand.
type drain struct {
	*testenv.Stack
	redis rueidis.Client
	db    *pgx.Conn
	total int // votes so far
}

func newDrain(b *testing.B, workers int) *drain {
	d := &drain{Stack: newStack(b, workers).Start(b)}
	var err error
	if d.redis, err = rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{d.Redis.Addr()}}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(d.redis.Close)
	d.db = testenv.Connect(b, d.Database)
	d.exec(b, `CREATE TABLE plain (poll text COLLATE "C", voter text COLLATE "C", ballot text COLLATE "C",
		position bigint NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (poll, voter))`)
	for _, w := range d.Workers {
		if err := w.Stop(); err != nil {
			b.Fatal(err)
		}
	}
	return d
}

func (d *drain) exec(b *testing.B, query string) {
	b.Helper()
	if _, err := d.db.Exec(b.Context(), query); err != nil {
		b.Fatal(err)
	}
}

// voter is the nth, with an id as random as those that poll makes.
func (d *drain) voter(n int) string {
	const odd = 0x9E3779B97F4A7C15
	return fmt.Sprintf("%016x%016x", uint64(n)*odd, uint64(n))
}

// copies is how many rows a second COPY takes in, a thousand at a time.
func (d *drain) copies(b *testing.B) float64 {
	b.Helper()
	d.exec(b, `TRUNCATE plain`)
	began := time.Now()
	for first := 0; first < backlog; first += 1000 {
		rows := pgx.CopyFromSlice(1000, func(i int) ([]any, error) {
			return []any{vote.DefaultSlug, d.voter(first + i), "a", int64(first + i), began}, nil
		})
		if _, err := d.db.CopyFrom(b.Context(), pgx.Identifier{"plain"}, []string{"poll", "voter", "ballot", "position", "at"}, rows); err != nil {
			b.Fatal(err)
		}
	}
	return backlog / time.Since(began).Seconds()
}

// drains is how many votes a second some workers store, and the CPU of the workers, of
// Redis and of PostgreSQL for one, in microseconds.
func (d *drain) drains(b *testing.B, workers int) (perSecond float64, cpu []float64) {
	b.Helper()
	for _, w := range d.Workers[:workers] {
		w.Start(b)
	}
	votes := d.more(b)
	before := d.used(b, workers)
	began := time.Now()
	if err := d.redis.Do(b.Context(), votes).Error(); err != nil {
		b.Fatal(err)
	}
	var stored int
	for stored < d.total {
		time.Sleep(5 * time.Millisecond)
		if err := d.db.QueryRow(b.Context(), `SELECT coalesce(sum(voters), 0) FROM tallies`).Scan(&stored); err != nil {
			b.Fatal(err)
		}
	}
	took := time.Since(began)
	for i, used := range d.used(b, workers) {
		cpu = append(cpu, float64((used-before[i]).Microseconds())/backlog)
	}
	for _, w := range d.Workers[:workers] {
		if err := w.Stop(); err != nil {
			b.Fatal(err)
		}
	}
	return backlog / took.Seconds(), cpu
}

// used is the CPU that some workers, Redis and PostgreSQL have used so far.
func (d *drain) used(b *testing.B, workers int) [3]time.Duration {
	var all time.Duration
	for _, w := range d.Workers[:workers] {
		all += cpuTime(b, w.Pid())
	}
	return [3]time.Duration{all, cpuTime(b, d.Redis.Pid()), cpuOfAll(b, d.Postgres.Pid())}
}

// more is the command that pushes a backlog, written as poll writes votes.
func (d *drain) more(b *testing.B) rueidis.Completed {
	b.Helper()
	messages := make([]string, backlog)
	for i := range messages {
		d.total++
		raw, err := queue.Encode(vote.Vote{Poll: vote.DefaultSlug, Voter: d.voter(d.total), Ballot: "a", ID: fmt.Sprint("cast-", d.total), At: time.Now()})
		if err != nil {
			b.Fatal(err)
		}
		messages[i] = string(raw)
	}
	return d.redis.B().Rpush().Key("votes").Element(messages...).Build()
}
