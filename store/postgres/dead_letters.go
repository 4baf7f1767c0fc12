package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"popeye/store"
)

// keepDeadLetters adds the letters of a batch that was just applied. Should a queue
// have given a position twice, the first letter stays.
func keepDeadLetters(p *pgx.Batch, b store.Batch, report store.Report) {
	deadLetters := b.DeadLetters(report)
	if len(deadLetters) == 0 {
		return
	}
	var positions []int64
	var reasons []string
	var sizes []int
	var raws [][]byte
	for _, l := range deadLetters {
		positions = append(positions, l.Position)
		reasons = append(reasons, l.Reason)
		sizes = append(sizes, l.Size)
		raws = append(raws, l.Raw)
	}
	p.Queue(`
		INSERT INTO dead_letters (position, batch, reason, size, raw)
		SELECT position, $1, reason, size, raw
		FROM unnest($2::bigint[], $3::text[], $4::int[], $5::bytea[]) AS l (position, reason, size, raw)
		ON CONFLICT (position) DO NOTHING`,
		b.ID, positions, reasons, sizes, raws)
}

const deadLetterColumns = `position, reason, at, size, raw`

func scanDeadLetter(row pgx.CollectableRow) (store.DeadLetter, error) {
	var l store.DeadLetter
	err := row.Scan(&l.Position, &l.Reason, &l.At, &l.Size, &l.Raw)
	l.At = l.At.UTC()
	return l, err
}

// DeadLetters implements store.DeadLetters.
func (s *Store) DeadLetters(ctx context.Context, after int64, limit int) ([]store.DeadLetter, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	rows, err := s.pool.Query(ctx, `
		SELECT `+deadLetterColumns+` FROM dead_letters WHERE position > $1 ORDER BY position LIMIT $2`, after, max(limit, 0))
	var deadLetters []store.DeadLetter
	if err == nil {
		deadLetters, err = pgx.CollectRows(rows, scanDeadLetter)
	}
	if err != nil {
		return nil, fmt.Errorf("read dead letters: %w", s.classified(ctx, err))
	}
	return deadLetters, nil
}

// DeadLetter implements store.DeadLetters.
func (s *Store) DeadLetter(ctx context.Context, position int64) (store.DeadLetter, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	rows, err := s.pool.Query(ctx, `SELECT `+deadLetterColumns+` FROM dead_letters WHERE position = $1`, position)
	var deadLetter store.DeadLetter
	if err == nil {
		deadLetter, err = pgx.CollectExactlyOneRow(rows, scanDeadLetter)
	}
	if err != nil {
		return store.DeadLetter{}, fmt.Errorf("read the dead letter %d: %w", position, s.classified(ctx, orNoDeadLetter(err)))
	}
	return deadLetter, nil
}

// orNoDeadLetter is err, or store.ErrNoDeadLetter where there was no row.
func orNoDeadLetter(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return store.ErrNoDeadLetter
	}
	return err
}

// Replay implements store.DeadLetters.
func (s *Store) Replay(ctx context.Context, e store.Entry) (store.Outcome, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	var outcome store.Outcome
	err := s.inTx(ctx, func(tx pgx.Tx) (err error) {
		outcome, err = s.replay(ctx, tx, e)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("replay the dead letter %d: %w", e.Position, s.classified(ctx, err))
	}
	return outcome, nil
}

// replay goes the way of apply, with a letter in place of a batch's name: who
// takes it first stores the vote, who comes after finds none. An error takes
// everything back, so the letter of a vote that is refused stays.
func (s *Store) replay(ctx context.Context, tx pgx.Tx, e store.Entry) (store.Outcome, error) {
	var batch int64
	err := tx.QueryRow(ctx, `DELETE FROM dead_letters WHERE position = $1 RETURNING batch`, e.Position).Scan(&batch)
	if err != nil {
		return 0, orNoDeadLetter(err)
	}
	if err := moveToStored(ctx, tx, batch); err != nil {
		return 0, err
	}
	b := store.Batch{ID: batch, Votes: []store.Entry{e}}
	polls := make(map[string]store.PollState)
	var p pgx.Batch
	lockPolls(&p, b.Slugs(), polls)
	if err := tx.SendBatch(ctx, &p).Close(); err != nil {
		return 0, err
	}
	report, err := b.Judge(polls)
	if err != nil {
		return 0, err
	}
	if err := s.storeVotes(ctx, tx, b.Votes, &report); err != nil {
		return 0, err
	}
	if len(report.Dead) > 0 {
		return 0, fmt.Errorf("%w: %s", store.ErrRefused, report.Dead[0].Reason)
	}
	return report.Outcomes[0], nil
}

// moveToStored moves one message in the accounts from the dead to the stored
// ones, where it is counted: at its batch, or, if Compact has folded that, at the
// sums. If Compact does so now, the first statement waits, and finds no row.
func moveToStored(ctx context.Context, tx pgx.Tx, batch int64) error {
	tag, err := tx.Exec(ctx, `UPDATE batches SET votes = votes + 1, replayed = replayed + 1 WHERE id = $1`, batch)
	if err == nil && tag.RowsAffected() == 0 {
		_, err = tx.Exec(ctx, `UPDATE compacted SET votes = votes + 1, dead = dead - 1`)
	}
	return err
}

// Drop implements store.DeadLetters.
func (s *Store) Drop(ctx context.Context, position int64) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	tag, err := s.pool.Exec(ctx, `DELETE FROM dead_letters WHERE position = $1`, position)
	if err == nil && tag.RowsAffected() == 0 {
		err = store.ErrNoDeadLetter
	}
	if err != nil {
		return fmt.Errorf("drop the dead letter %d: %w", position, s.classified(ctx, err))
	}
	return nil
}

// portion is how many letters one statement forgets: a flood of them must not
// become a statement that runs into its timeout and forgets none.
const portion = 1000

// trimDeadLetters forgets the oldest letters above the bound. One that is
// being replayed or dropped at this moment goes anyway.
func (s *Store) trimDeadLetters(ctx context.Context) error {
	for {
		tag, err := s.pool.Exec(ctx, `
			DELETE FROM dead_letters WHERE position = ANY (array(
				SELECT position FROM dead_letters
				WHERE position <= (SELECT position FROM dead_letters ORDER BY position DESC OFFSET $1 LIMIT 1)
				ORDER BY position LIMIT $2 FOR UPDATE SKIP LOCKED
			))`, s.maxDeadLetters, portion)
		if err != nil || tag.RowsAffected() < portion {
			return err
		}
	}
}
