package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"popeye/store"
)

// keepDeadLetters keeps the letters of a batch that was just applied. Should a queue
// have given a position twice, the first letter stays.
func keepDeadLetters(ctx context.Context, tx *sql.Tx, b store.Batch, report store.Report) error {
	now := micros(time.Now())
	for _, l := range b.DeadLetters(report) {
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO dead_letters (position, batch, reason, at, size, raw) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (position) DO NOTHING`,
			l.Position, b.ID, l.Reason, now, l.Size, l.Raw); err != nil {
			return err
		}
	}
	return nil
}

const deadLetterColumns = `position, reason, at, size, raw`

func scanDeadLetter(row scanner) (store.DeadLetter, error) {
	var l store.DeadLetter
	var at int64
	err := row.Scan(&l.Position, &l.Reason, &at, &l.Size, &l.Raw)
	l.At = fromMicros(at)
	return l, err
}

// DeadLetters implements store.DeadLetters.
func (s *Store) DeadLetters(ctx context.Context, after int64, limit int) ([]store.DeadLetter, error) {
	deadLetters, err := s.deadLetters(ctx, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read dead letters: %w", classified(err))
	}
	return deadLetters, nil
}

func (s *Store) deadLetters(ctx context.Context, after int64, limit int) ([]store.DeadLetter, error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT `+deadLetterColumns+` FROM dead_letters WHERE position > ? ORDER BY position LIMIT ?`, after, max(limit, 0))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var deadLetters []store.DeadLetter
	for rows.Next() {
		l, err := scanDeadLetter(rows)
		if err != nil {
			return nil, err
		}
		deadLetters = append(deadLetters, l)
	}
	return deadLetters, rows.Err()
}

// DeadLetter implements store.DeadLetters.
func (s *Store) DeadLetter(ctx context.Context, position int64) (store.DeadLetter, error) {
	deadLetter, err := scanDeadLetter(s.read.QueryRowContext(ctx, `SELECT `+deadLetterColumns+` FROM dead_letters WHERE position = ?`, position))
	if err != nil {
		return store.DeadLetter{}, fmt.Errorf("read the dead letter %d: %w", position, classified(orNoDeadLetter(err)))
	}
	return deadLetter, nil
}

// orNoDeadLetter is err, or store.ErrNoDeadLetter where there was no row.
func orNoDeadLetter(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return store.ErrNoDeadLetter
	}
	return err
}

// Replay implements store.DeadLetters.
func (s *Store) Replay(ctx context.Context, e store.Entry) (store.Outcome, error) {
	var outcome store.Outcome
	var moved map[string]bool // polls whose tally changes
	err := s.change(ctx, func(tx *sql.Tx) (err error) {
		outcome, moved, err = replay(ctx, tx, e)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("replay the dead letter %d: %w", e.Position, classified(err))
	}
	for slug := range moved {
		s.watchers.tell(store.TalliesChanged, slug)
	}
	return outcome, nil
}

// replay goes the way of apply, with a letter in place of a batch's name: who
// takes it first stores the vote, who comes after finds none. An error takes
// everything back, so the letter of a vote that is refused stays.
func replay(ctx context.Context, tx *sql.Tx, e store.Entry) (store.Outcome, map[string]bool, error) {
	var batch int64
	err := tx.QueryRowContext(ctx, `DELETE FROM dead_letters WHERE position = ? RETURNING batch`, e.Position).Scan(&batch)
	if err != nil {
		return 0, nil, orNoDeadLetter(err)
	}
	if err := moveToStored(ctx, tx, batch); err != nil {
		return 0, nil, err
	}
	b := store.Batch{ID: batch, Votes: []store.Entry{e}}
	polls, err := pollStates(ctx, tx, b.Slugs())
	if err != nil {
		return 0, nil, err
	}
	report, err := b.Judge(polls)
	if err != nil {
		return 0, nil, err
	}
	moved, err := storeVotes(ctx, tx, b.Votes, &report)
	if err == nil && len(report.Dead) > 0 {
		err = fmt.Errorf("%w: %s", store.ErrRefused, report.Dead[0].Reason)
	}
	return report.Outcomes[0], moved, err
}

// moveToStored moves one message in the accounts from the dead to the stored
// ones, where it is counted: at its batch, or, if Compact has folded that, at the
// sums.
func moveToStored(ctx context.Context, tx *sql.Tx, batch int64) error {
	result, err := tx.ExecContext(ctx, `UPDATE batches SET votes = votes + 1, replayed = replayed + 1 WHERE id = ?`, batch)
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err == nil && n == 0 {
		_, err = tx.ExecContext(ctx, `UPDATE compacted SET votes = votes + 1, dead = dead - 1`)
	}
	return err
}

// Drop implements store.DeadLetters.
func (s *Store) Drop(ctx context.Context, position int64) error {
	err := s.change(ctx, func(tx *sql.Tx) error {
		var gone int64
		err := tx.QueryRowContext(ctx, `DELETE FROM dead_letters WHERE position = ? RETURNING position`, position).Scan(&gone)
		return orNoDeadLetter(err)
	})
	if err != nil {
		return fmt.Errorf("drop the dead letter %d: %w", position, classified(err))
	}
	return nil
}

// portion is how many letters one transaction forgets: votes wait meanwhile.
const portion = 1000

// trimDeadLetters forgets the oldest letters above the bound.
func (s *Store) trimDeadLetters(ctx context.Context) error {
	for {
		var n int64
		err := s.change(ctx, func(tx *sql.Tx) error {
			result, err := tx.ExecContext(ctx, `
				DELETE FROM dead_letters WHERE position IN (
					SELECT position FROM dead_letters
					WHERE position <= (SELECT position FROM dead_letters ORDER BY position DESC LIMIT 1 OFFSET ?)
					ORDER BY position LIMIT ?
				)`, s.maxDeadLetters, portion)
			if err == nil {
				n, err = result.RowsAffected()
			}
			return err
		})
		if err != nil || n < portion {
			return err
		}
	}
}
