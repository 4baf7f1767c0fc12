package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"popeye/store"
	"popeye/vote"
)

// DeletePoll implements store.Polls.
func (s *Store) DeletePoll(ctx context.Context, slug string, allowed func(vote.Poll) error) error {
	var refusal error
	var left []string // names of events
	err := s.change(ctx, func(tx *sql.Tx) error {
		p, err := readPoll(ctx, tx, slug)
		if err != nil {
			return err
		}
		if refusal = allowed(p); refusal != nil {
			return refusal
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM polls WHERE slug = ?`, slug); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO removals (poll) VALUES (?)`, slug); err != nil {
			return err
		}
		if _, err := s.removeSlice(ctx, tx, slug, ""); err != nil {
			return err
		}
		if _, err = announce(ctx, tx, slug); err != nil {
			return err
		}
		if left, err = leaveEvents(ctx, tx, slug); err != nil {
			return err
		}
		return audited(ctx, tx, &p, nil)
	})
	if refusal != nil {
		return refusal
	}
	if err != nil {
		return fmt.Errorf("delete a poll: %w", classified(err))
	}
	for _, name := range append(left, slug) {
		s.watchers.tell(store.PollsChanged, name)
	}
	s.watchers.tell(store.TalliesChanged, slug)
	return nil
}

// RemoveSome implements store.Remover. Votes wait for one slice at most.
func (s *Store) RemoveSome(ctx context.Context) (slug string, free bool, err error) {
	slug, err = s.removing(ctx)
	if err != nil || slug == "" {
		return "", false, err
	}
	err = s.change(ctx, func(tx *sql.Tx) error {
		var from string
		err := tx.QueryRowContext(ctx, `SELECT through FROM removals WHERE poll = ?`, slug).Scan(&from)
		if errors.Is(err, sql.ErrNoRows) { // another process has removed the last of it
			slug = ""
			return nil
		}
		if err == nil {
			free, err = s.removeSlice(ctx, tx, slug, from)
		}
		return err
	})
	if err != nil {
		return "", false, fmt.Errorf("remove ballots of a deleted poll: %w", classified(err))
	}
	if slug != "" {
		s.watchers.tell(store.TalliesChanged, slug)
	}
	return slug, free, nil
}

// removing returns a deleted poll that has ballots left, "" if there is none. It
// only reads: most of the time there is nothing to do.
func (s *Store) removing(ctx context.Context) (slug string, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT poll FROM removals LIMIT 1`).Scan(&slug)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look for deleted polls: %w", classified(err))
	}
	return slug, nil
}

// removeSlice removes the next ballots of a deleted poll, by voter, beginning at
// from, and notes how far it came. It returns whether these were the last.
func (s *Store) removeSlice(ctx context.Context, tx *sql.Tx, slug, from string) (last bool, err error) {
	var next string // the first voter of the slice that comes next
	err = tx.QueryRowContext(ctx, `SELECT voter FROM ballots WHERE poll = ? AND voter >= ? ORDER BY voter LIMIT 1 OFFSET ?`,
		slug, from, s.slice).Scan(&next)
	slice, args := `poll = ? AND voter >= ?`, []any{slug, from}
	switch last = errors.Is(err, sql.ErrNoRows); {
	case last:
	case err != nil:
		return false, err
	default:
		slice, args = slice+` AND voter < ?`, append(args, next)
	}
	if err := removeBallots(ctx, tx, slug, slice, args); err != nil {
		return false, err
	}
	if last {
		_, err = tx.ExecContext(ctx, `DELETE FROM removals WHERE poll = ?`, slug)
	} else {
		_, err = tx.ExecContext(ctx, `UPDATE removals SET through = ? WHERE poll = ?`, next, slug)
	}
	return last, err
}

// removeBallots removes ballots of a poll, and takes them off the tally once for
// each distinct one.
func removeBallots(ctx context.Context, tx *sql.Tx, slug, where string, args []any) error {
	deltas := make(map[counted]int64)
	rows, err := tx.QueryContext(ctx, `SELECT ballot, count(*) FROM ballots WHERE `+where+` GROUP BY ballot`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var ballot vote.Ballot
		var voters int64
		if err := rows.Scan(&ballot, &voters); err != nil {
			return err
		}
		deltas[counted{slug, ballot}] = -voters
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := startCounting(ctx, tx); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM ballots WHERE `+where, args...); err != nil {
		return err
	}
	_, err = retally(ctx, tx, deltas)
	return err
}
