package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"popeye/store"
	"popeye/vote"
)

// Snapshot implements store.Tallies. It costs as much time as the poll has
// distinct ballots, so only ctx bounds it, and no memory for them.
func (s *Store) Snapshot(ctx context.Context, slug string) (store.Snapshot, error) {
	snapshot, err := s.snapshot(ctx, slug)
	if err != nil {
		return store.Snapshot{}, fmt.Errorf("read the tally of a poll: %w", s.classified(ctx, err))
	}
	return snapshot, nil
}

// snapshot is a transaction that sees one moment, begun and ended in the same
// round trip. The answers are taken as they come: the poll first, which says how
// to count, then one distinct ballot after the other. If a statement fails, the
// pool closes the connection, and the transaction with it.
func (s *Store) snapshot(ctx context.Context, slug string) (store.Snapshot, error) {
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
		counter := found.Poll.Counter()
		err := forEachBallot(rows, counter.Add)
		found.Count = counter.Count()
		return err
	})
	b.Queue(`COMMIT`)
	err := s.pool.SendBatch(ctx, &b).Close()
	return found, err
}

const tallyQuery = `SELECT ballot, voters FROM tallies WHERE poll = $1`

func forEachBallot(rows pgx.Rows, do func(ballot vote.Ballot, voters int64)) error {
	var ballot vote.Ballot
	var voters int64
	_, err := pgx.ForEachRow(rows, []any{&ballot, &voters}, func() error { do(ballot, voters); return nil })
	return err
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
		err = forEachBallot(rows, func(ballot vote.Ballot, voters int64) { tally[ballot] = voters })
	}
	if err != nil {
		return nil, fmt.Errorf("read the tally of a poll: %w", s.classified(ctx, err))
	}
	return tally, nil
}
