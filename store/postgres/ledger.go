package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"popeye/store"
)

// Sum implements store.Ledger. It is one statement, so it sees what was committed
// at one moment: of a batch that is being applied, compacted or replayed all or
// nothing.
//
// Batches that have a row are counted if their ID is at most through. Those that
// Compact folded into one row of sums can't be told apart any more; they are all
// counted, so they must all be asked about. They are if below is no greater than
// through + 1, for their IDs are less than below; and also if their last position
// is no greater than through, for no ID is greater than its batch's positions.
// A batch held with an ID less than below was applied: Compact's caller knew so.
func (s *Store) Sum(ctx context.Context, through int64, leased []int64) (store.Sums, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	var sums store.Sums
	var exact bool
	err := s.pool.QueryRow(ctx, `
		SELECT c.below - 1 <= $1 OR c.last <= $1, c.votes + b.votes, c.dead + b.dead,
		       array(SELECT h.id FROM unnest($2::bigint[]) AS h (id)
		             WHERE h.id < c.below OR EXISTS (SELECT FROM batches WHERE id = h.id))
		FROM compacted AS c
		CROSS JOIN (
			SELECT coalesce(sum(votes), 0) AS votes, coalesce(sum(jsonb_array_length(dead) - replayed), 0) AS dead
			FROM batches WHERE id <= $1
		) AS b`, through, leased).Scan(&exact, &sums.Stored, &sums.Dead, &sums.Applied)
	if err == nil && !exact {
		err = store.ErrTooLate
	}
	if err != nil {
		return store.Sums{}, fmt.Errorf("add up the batches: %w", s.classified(ctx, err))
	}
	return sums, nil
}

// Recount implements store.Ledger. It takes as long as PostgreSQL takes to read
// every ballot, so only ctx bounds it. It is one statement, and ballots and
// tallies change in one transaction: votes may come in meanwhile.
func (s *Store) Recount(ctx context.Context) (ballots, wrong int64, err error) {
	err = s.pool.QueryRow(ctx, `
		SELECT coalesce(sum(b.voters), 0)::bigint, count(*) FILTER (WHERE b.voters IS DISTINCT FROM t.voters)
		FROM (SELECT poll, ballot, count(*) AS voters FROM ballots GROUP BY poll, ballot) AS b
		FULL JOIN tallies AS t ON t.poll = b.poll AND t.ballot = b.ballot`).Scan(&ballots, &wrong)
	if err != nil {
		return 0, 0, fmt.Errorf("count all ballots again: %w", s.classified(ctx, err))
	}
	return ballots, wrong, nil
}

// Record implements store.Ledger.
func (s *Store) Record(ctx context.Context, a store.Account) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	_, err := s.pool.Exec(ctx, `
		INSERT INTO last_account AS l (accepted, stored, waiting, dead, lag, as_of, queue_risk, new_voters, new_voters_largest, crowds)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (one) DO UPDATE
		SET accepted = excluded.accepted, stored = excluded.stored, waiting = excluded.waiting,
		    dead = excluded.dead, lag = excluded.lag, as_of = excluded.as_of,
		    queue_risk = excluded.queue_risk, new_voters = excluded.new_voters, new_voters_largest = excluded.new_voters_largest,
		    crowds = excluded.crowds
		WHERE l.as_of <= excluded.as_of`,
		a.Accepted, a.Stored, a.Waiting, a.Dead, a.Lag.Microseconds(), store.Moment(a.AsOf), a.QueueRisk, a.NewVoters, a.NewVotersLargest, string(a.Crowds))
	if err != nil {
		return fmt.Errorf("record the account: %w", s.classified(ctx, err))
	}
	return nil
}

// Account implements store.Ledger.
func (s *Store) Account(ctx context.Context) (store.Account, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	var a store.Account
	var lag int64
	err := s.pool.QueryRow(ctx, `
		SELECT accepted, stored, waiting, dead, lag, as_of, queue_risk, new_voters, new_voters_largest, crowds FROM last_account`).
		Scan(&a.Accepted, &a.Stored, &a.Waiting, &a.Dead, &lag, &a.AsOf, &a.QueueRisk, &a.NewVoters, &a.NewVotersLargest, &a.Crowds)
	if errors.Is(err, pgx.ErrNoRows) {
		return store.Account{}, nil
	}
	if err != nil {
		return store.Account{}, fmt.Errorf("read the account: %w", s.classified(ctx, err))
	}
	a.Lag, a.AsOf = time.Duration(lag)*time.Microsecond, a.AsOf.UTC()
	return a, nil
}

// Size implements store.Sizer.
func (s *Store) Size(ctx context.Context) (int64, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	var bytes int64
	if err := s.pool.QueryRow(ctx, `SELECT pg_database_size(current_database())`).Scan(&bytes); err != nil {
		return 0, fmt.Errorf("read the size of the database: %w", s.classified(ctx, err))
	}
	return bytes, nil
}
