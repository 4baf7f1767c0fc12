package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"popeye/store"
	"popeye/vote"
)

// Apply implements store.Ballots.
func (s *Store) Apply(ctx context.Context, b store.Batch) (store.Report, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	var report store.Report
	err := s.inTx(ctx, func(tx pgx.Tx) (err error) {
		report, err = s.apply(ctx, tx, b)
		return err
	})
	if err != nil {
		return store.Report{}, fmt.Errorf("apply a batch of %d votes: %w", len(b.Votes), s.classified(ctx, err))
	}
	return report, nil
}

func (s *Store) apply(ctx context.Context, tx pgx.Tx, b store.Batch) (store.Report, error) {
	c, err := claimBatch(ctx, tx, b)
	if err != nil {
		return store.Report{}, err
	}
	if c.forgotten || !c.first {
		return redelivered(ctx, tx, b, c)
	}
	if err := cmp.Or(b.Misplaced(c.beside), tooFar(ctx, tx, b)); err != nil {
		return store.Report{}, err
	}
	report, err := b.Judge(c.polls)
	if err != nil {
		return store.Report{}, err
	}
	if err := tellTraced(ctx, tx, b.Traced(report)); err != nil {
		return store.Report{}, err
	}
	if err := s.storeVotes(ctx, tx, b.Votes, &report); err != nil {
		return store.Report{}, err
	}
	var p pgx.Batch
	p.Queue(`UPDATE batches SET votes = $2, dead = coalesce($3::jsonb, '[]') WHERE id = $1`,
		b.ID, report.Stored(), report.Dead)
	keepDeadLetters(&p, b, report)
	return report, tx.SendBatch(ctx, &p).Close()
}

// tellTraced has the commit tell of traced votes. PostgreSQL delivers news in
// the order in which a transaction made it: these come before the triggers'.
func tellTraced(ctx context.Context, tx pgx.Tx, news []string) error {
	if len(news) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `SELECT pg_notify($1, news) FROM unnest($2::text[]) AS news`, store.TalliesChanged, news)
	return err
}

// claim is what a transaction knows once it has claimed a batch's name.
type claim struct {
	first     bool   // nobody had applied the batch
	forgotten bool   // Compact went over it, so somebody had
	digest    []byte // of the one that Compact has forgotten
	beside    store.Neighbours
	polls     map[string]store.PollState // those of the batch's polls that exist
}

// claimBatch claims the batch's name and locks its polls, in one round trip.
//
// Each statement sees what was committed before it began; on that the order
// rests. Of two workers with the same batch the second waits at the INSERT
// until the first has committed, or takes its place. Of two different batches that
// say they follow the same position, so of a queue that has forked just now, the
// second waits even before that, and then sees the first beside it. Whether Compact has
// forgotten the batch can be told only after that wait. A poll's status is read
// when its lock is held: until the commit nobody can close the poll.
func claimBatch(ctx context.Context, tx pgx.Tx, b store.Batch) (claim, error) {
	c := claim{polls: make(map[string]store.PollState)}
	var p pgx.Batch
	prev := pgtype.Int8{Int64: b.Prev, Valid: b.Chained}
	if b.Chained {
		p.Queue(`SELECT pg_advisory_xact_lock($1)`, -1-b.Prev) // below 0 nobody else has one
	}
	p.Queue(`INSERT INTO batches (id, last, prev, digest) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		b.ID, b.Last(), prev, b.Digest).
		Exec(func(tag pgconn.CommandTag) error { c.first = tag.RowsAffected() == 1; return nil })
	p.Queue(`
		SELECT $1 < below, last, (SELECT digest FROM forgotten WHERE id = $1),
		       (SELECT last FROM batches WHERE id < $1 ORDER BY id DESC LIMIT 1),
		       (SELECT coalesce(prev, id - 1) FROM batches WHERE id > $1 ORDER BY id LIMIT 1)
		FROM compacted`, b.ID).
		QueryRow(func(row pgx.Row) error {
			return row.Scan(&c.forgotten, &c.beside.Folded, &c.digest, &c.beside.Below, &c.beside.Above)
		})
	lockPolls(&p, b.Slugs(), c.polls)
	err := tx.SendBatch(ctx, &p).Close()
	return c, err
}

// lockPolls locks polls against changes, notes how each stands that exists, and
// gets ready to store votes in them.
func lockPolls(p *pgx.Batch, slugs []string, found map[string]store.PollState) {
	p.Queue(`SELECT pg_advisory_xact_lock_shared($1, key) FROM unnest($2::int[]) AS key`, pollLocks, lockKeys(slugs))
	p.Queue(`SELECT slug, status, created_at FROM polls WHERE slug = ANY($1)`, slugs).
		Query(func(rows pgx.Rows) error {
			var p vote.Poll
			_, err := pgx.ForEachRow(rows, []any{&p.Slug, &p.Status, &p.CreatedAt}, func() error {
				found[p.Slug] = store.PollState{Status: p.Status, Created: p.CreatedKey()}
				return nil
			})
			return err
		})
	p.Queue(savepoint)
}

// redelivered answers a batch that was applied before, as the first time; of
// one that was forgotten no more is known than that. Another batch under the same
// ID is misplaced.
func redelivered(ctx context.Context, tx pgx.Tx, b store.Batch, c claim) (store.Report, error) {
	report := store.Report{Redelivered: true}
	if c.forgotten {
		if err := b.Forgotten(c.digest); err != nil {
			return store.Report{}, err
		}
		_, err := tx.Exec(ctx, `DELETE FROM batches WHERE id = $1`, b.ID) // the claim
		return report, err
	}
	var digest []byte
	err := tx.QueryRow(ctx, `SELECT dead, digest FROM batches WHERE id = $1`, b.ID).Scan(&report.Dead, &digest)
	if errors.Is(err, pgx.ErrNoRows) { // Compact came in between
		err = tx.QueryRow(ctx, `SELECT (SELECT digest FROM forgotten WHERE id = $1)`, b.ID).Scan(&digest)
	}
	if err == nil {
		err = b.Reused(digest)
	}
	if err != nil {
		return store.Report{}, err
	}
	return report, nil
}

// tooFar tells a batch more than a day ahead of this program's clock, of
// PostgreSQL's and of everything that is stored. Two clocks, since one alone may be
// slow, and votes would wait for somebody to set it.
func tooFar(ctx context.Context, tx pgx.Tx, b store.Batch) error {
	if b.TooFar(time.Now().UnixMicro()) == nil {
		return nil
	}
	var most int64
	err := tx.QueryRow(ctx, `
		SELECT greatest(last, (SELECT max(last) FROM batches WHERE id <> $1), (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
		FROM compacted`, b.ID).Scan(&most)
	if err != nil {
		return err
	}
	return b.TooFar(most)
}

// Polls are locked with advisory locks, shared to store votes and exclusive to
// change the poll, because these are fair: who wants to close a poll waits for
// the batches that are on their way, but not for those that come after. Rows
// can be locked FOR SHARE by one worker after the other, for ever.

// pollLocks is the first half of a poll's key: "pope" in ASCII.
const pollLocks int32 = 0x706f7065

// lockKeys returns the second halves, ascending. Two polls may share one.
func lockKeys(slugs []string) []int32 {
	keys := make([]int32, len(slugs))
	for i, slug := range slugs {
		keys[i] = int32(crc32.ChecksumIEEE([]byte(slug)))
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
