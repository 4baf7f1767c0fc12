package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"time"

	"popeye/store"
	"popeye/vote"
)

// Snapshot implements store.Tallies. It costs as much time as the poll has
// distinct ballots, and no memory for them.
func (s *Store) Snapshot(ctx context.Context, slug string, count func(vote.Poll, vote.Ballots)) (store.Snapshot, error) {
	var snapshot store.Snapshot
	err := s.view(ctx, func(tx *sql.Tx) (err error) {
		snapshot, err = readSnapshot(ctx, tx, slug, count)
		return err
	})
	if err != nil {
		return store.Snapshot{}, fmt.Errorf("read the tally of a poll: %w", classified(err))
	}
	return snapshot, nil
}

func readSnapshot(ctx context.Context, tx *sql.Tx, slug string, count func(vote.Poll, vote.Ballots)) (store.Snapshot, error) {
	s := store.Snapshot{AsOf: time.Now().UTC()}
	var err error
	if s.Poll, err = readPoll(ctx, tx, slug); err != nil {
		return s, err
	}
	err = tx.QueryRowContext(ctx, `SELECT coalesce((SELECT seq FROM changes WHERE poll = ?), 0)`, slug).Scan(&s.Seq)
	if err != nil {
		return s, err
	}
	return s, readTally(ctx, tx, slug, func(ballots vote.Ballots) { count(s.Poll, ballots) })
}

// readTally hands a poll's tally on, row by row.
func readTally(ctx context.Context, tx *sql.Tx, slug string, count func(vote.Ballots)) error {
	rows, err := tx.QueryContext(ctx, `SELECT ballot, voters FROM tallies WHERE poll = ?`, slug)
	if err != nil {
		return err
	}
	defer rows.Close()
	count(func(yield func(vote.Ballot, int64) bool) {
		var ballot vote.Ballot
		var voters int64
		for err == nil && rows.Next() {
			if err = rows.Scan(&ballot, &voters); err != nil || !yield(ballot, voters) {
				return
			}
		}
	})
	return errors.Join(err, rows.Err())
}

// Tally implements store.Tallies.
func (s *Store) Tally(ctx context.Context, slug string) (vote.Tally, error) {
	tally := vote.Tally{}
	err := s.view(ctx, func(tx *sql.Tx) error {
		if _, err := readPoll(ctx, tx, slug); err != nil {
			return err
		}
		return readTally(ctx, tx, slug, func(ballots vote.Ballots) { maps.Insert(tally, ballots) })
	})
	if errors.Is(err, store.ErrNoPoll) { // its ballots, if any, were written by hand
		return tally, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the tally of a poll: %w", classified(err))
	}
	return tally, nil
}
