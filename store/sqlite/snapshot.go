package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"popeye/store"
	"popeye/vote"
)

// Snapshot implements store.Tallies. It costs as much as the poll has distinct
// ballots.
func (s *Store) Snapshot(ctx context.Context, slug string) (store.Snapshot, error) {
	var snapshot store.Snapshot
	err := s.view(ctx, func(tx *sql.Tx) (err error) {
		snapshot, err = readSnapshot(ctx, tx, slug)
		return err
	})
	if err != nil {
		return store.Snapshot{}, fmt.Errorf("read the tally of a poll: %w", err)
	}
	return snapshot, nil
}

func readSnapshot(ctx context.Context, tx *sql.Tx, slug string) (store.Snapshot, error) {
	s := store.Snapshot{AsOf: time.Now().UTC(), Tally: vote.Tally{}}
	var err error
	if s.Poll, err = readPoll(ctx, tx, slug); err != nil {
		return s, err
	}
	err = tx.QueryRowContext(ctx, `SELECT coalesce((SELECT seq FROM changes WHERE poll = ?), 0)`, slug).Scan(&s.Seq)
	if err != nil {
		return s, err
	}
	rows, err := tx.QueryContext(ctx, `SELECT ballot, voters FROM tallies WHERE poll = ?`, slug)
	if err != nil {
		return s, err
	}
	defer rows.Close()
	for rows.Next() {
		var ballot vote.Ballot
		var voters int64
		if err := rows.Scan(&ballot, &voters); err != nil {
			return s, err
		}
		s.Tally[ballot] = voters
	}
	return s, rows.Err()
}
