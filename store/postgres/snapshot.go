package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/jackc/pgx/v5"

	"popeye/store"
	"popeye/vote"
)

// Snapshot implements store.Tallies. It costs as much time as the poll has
// distinct ballots, so only ctx bounds it, and no memory for them.
func (s *Store) Snapshot(ctx context.Context, slug string, count func(vote.Poll, vote.Ballots)) (store.Snapshot, error) {
	snapshot, err := s.snapshot(ctx, slug, count)
	if err != nil {
		return store.Snapshot{}, fmt.Errorf("read the tally of a poll: %w", s.classified(ctx, err))
	}
	return snapshot, nil
}

// snapshot is a transaction that sees one moment, begun and ended in the same
// round trip. The answers are taken as they come: the poll first, then one
// distinct ballot after the other. If a statement fails, the
// pool closes the connection, and the transaction with it.
func (s *Store) snapshot(ctx context.Context, slug string, count func(vote.Poll, vote.Ballots)) (store.Snapshot, error) {
	var found store.Snapshot
	if vote.ValidateSlug(slug) != nil {
		return found, store.ErrNoPoll // nor could PostgreSQL be asked for every string
	}
	var b pgx.Batch
	b.Queue(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`)
	b.Queue(`SELECT `+pollColumns+` FROM polls WHERE slug = $1`, slug).Query(func(rows pgx.Rows) (err error) {
		found.Poll, err = pgx.CollectExactlyOneRow(rows, scanPoll)
		if errors.Is(err, pgx.ErrNoRows) {
			err = store.ErrNoPoll
		}
		return err
	})
	b.Queue(`SELECT coalesce((SELECT seq FROM changes WHERE poll = $1), 0), now()`, slug).QueryRow(func(row pgx.Row) error {
		err := row.Scan(&found.Seq, &found.AsOf)
		found.AsOf = found.AsOf.UTC()
		return err
	})
	b.Queue(tallyQuery, slug).Query(func(rows pgx.Rows) error {
		var err error
		count(found.Poll, ballotsOf(rows, &err))
		return err
	})
	b.Queue(`COMMIT`)
	err := s.pool.SendBatch(ctx, &b).Close()
	return found, err
}

const tallyQuery = `SELECT ballot, voters FROM tallies WHERE poll = $1`

// ballotsOf are the rows of a tally, read once. failed is set if they are not all.
func ballotsOf(rows pgx.Rows, failed *error) vote.Ballots {
	return func(yield func(vote.Ballot, int64) bool) {
		defer rows.Close()
		var ballot vote.Ballot
		var voters int64
		for rows.Next() {
			if *failed = rows.Scan(&ballot, &voters); *failed != nil || !yield(ballot, voters) {
				return
			}
		}
		*failed = rows.Err()
	}
}

// Tally implements store.Tallies.
func (s *Store) Tally(ctx context.Context, slug string) (vote.Tally, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	tally := vote.Tally{}
	if vote.ValidateSlug(slug) != nil {
		return tally, nil
	}
	// Ballots of no poll may have been written by hand.
	rows, err := s.pool.Query(ctx, tallyQuery+` AND EXISTS (SELECT FROM polls WHERE slug = $1)`, slug)
	if err == nil {
		maps.Insert(tally, ballotsOf(rows, &err))
	}
	if err != nil {
		return nil, fmt.Errorf("read the tally of a poll: %w", s.classified(ctx, err))
	}
	return tally, nil
}
