package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"popeye/store"
	"popeye/vote"
)

// Snapshot implements store.Tallies. It costs as much time as the poll has
// distinct ballots, and no memory for them.
func (s *Store) Snapshot(ctx context.Context, slug string) (store.Snapshot, error) {
	var snapshot store.Snapshot
	err := s.view(ctx, func(tx *sql.Tx) (err error) {
		snapshot, err = readSnapshot(ctx, tx, slug)
		return err
	})
	if err != nil {
		return store.Snapshot{}, fmt.Errorf("read the tally of a poll: %w", classified(err))
	}
	return snapshot, nil
}

func readSnapshot(ctx context.Context, tx *sql.Tx, slug string) (store.Snapshot, error) {
	s := store.Snapshot{AsOf: time.Now().UTC()}
	var err error
	if s.Poll, err = readPoll(ctx, tx, slug); err != nil {
		return s, err
	}
	err = tx.QueryRowContext(ctx, `SELECT coalesce((SELECT seq FROM changes WHERE poll = ?), 0)`, slug).Scan(&s.Seq)
	if err != nil {
		return s, err
	}
	counter := s.Poll.Counter()
	err = forEachBallot(ctx, tx, slug, counter.Add)
	s.Count = counter.Count()
	return s, err
}

// forEachBallot goes through a tally without keeping it.
func forEachBallot(ctx context.Context, tx *sql.Tx, slug string, do func(ballot vote.Ballot, voters int64)) error {
	rows, err := tx.QueryContext(ctx, `SELECT ballot, voters FROM tallies WHERE poll = ?`, slug)
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
		do(ballot, voters)
	}
	return rows.Err()
}

// Tally implements store.Tallies.
func (s *Store) Tally(ctx context.Context, slug string) (vote.Tally, error) {
	tally := vote.Tally{}
	err := s.view(ctx, func(tx *sql.Tx) error {
		if _, err := readPoll(ctx, tx, slug); err != nil {
			return err
		}
		return forEachBallot(ctx, tx, slug, func(ballot vote.Ballot, voters int64) { tally[ballot] = voters })
	})
	if errors.Is(err, store.ErrNoPoll) { // its ballots, if any, were written by hand
		return tally, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the tally of a poll: %w", classified(err))
	}
	return tally, nil
}
