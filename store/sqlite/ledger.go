package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"popeye/store"
)

// Sum implements store.Ledger. It reads in one transaction, so it sees what was
// committed at one moment: of a batch that is being applied, compacted or
// replayed all or nothing.
//
// Batches that have a row are counted if their ID is at most through. Those that
// Compact folded into one row of sums can't be told apart any more; they are all
// counted, so they must all be asked about. They are if below is no greater than
// through + 1, for their IDs are less than below; and also if their last position
// is no greater than through, for no ID is greater than its batch's positions.
// A batch held with an ID less than below was applied: Compact's caller knew so.
func (s *Store) Sum(ctx context.Context, through int64, leased []int64) (store.Sums, error) {
	var sums store.Sums
	err := s.view(ctx, func(tx *sql.Tx) error {
		var below, last int64
		err := tx.QueryRowContext(ctx, `
			SELECT below, last,
			       votes + (SELECT coalesce(sum(votes), 0) FROM batches WHERE id <= ?1),
			       dead + (SELECT coalesce(sum(json_array_length(dead) - replayed), 0) FROM batches WHERE id <= ?1)
			FROM compacted`, through).Scan(&below, &last, &sums.Stored, &sums.Dead)
		if err != nil {
			return err
		}
		if below-1 > through && last > through {
			return store.ErrTooLate
		}
		sums.Applied, err = applied(ctx, tx, leased, below)
		return err
	})
	if err != nil {
		return store.Sums{}, fmt.Errorf("add up the batches: %w", classified(err))
	}
	return sums, nil
}

// applied returns which of the batches were.
func applied(ctx context.Context, tx *sql.Tx, batches []int64, below int64) ([]int64, error) {
	var found []int64
	for _, id := range batches {
		yes := id < below
		if !yes {
			err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM batches WHERE id = ?)`, id).Scan(&yes)
			if err != nil {
				return nil, err
			}
		}
		if yes {
			found = append(found, id)
		}
	}
	return found, nil
}

// Recount implements store.Ledger. Ballots and tallies change in one transaction,
// and a reader waits for nobody: votes may come in meanwhile.
func (s *Store) Recount(ctx context.Context) (ballots, wrong int64, err error) {
	err = s.read.QueryRowContext(ctx, `
		SELECT coalesce(sum(b.voters), 0), count(*) FILTER (WHERE b.voters IS NOT t.voters)
		FROM (SELECT poll, ballot, count(*) AS voters FROM ballots GROUP BY poll, ballot) AS b
		FULL JOIN tallies AS t ON t.poll = b.poll AND t.ballot = b.ballot`).Scan(&ballots, &wrong)
	if err != nil {
		return 0, 0, fmt.Errorf("count all ballots again: %w", classified(err))
	}
	return ballots, wrong, nil
}

// Record implements store.Ledger.
func (s *Store) Record(ctx context.Context, a store.Account) error {
	err := s.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO last_account (one, accepted, stored, waiting, dead, lag, as_of, queue_risk, new_voters, new_voters_largest, crowds)
			VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (one) DO UPDATE
			SET accepted = excluded.accepted, stored = excluded.stored, waiting = excluded.waiting,
			    dead = excluded.dead, lag = excluded.lag, as_of = excluded.as_of,
			    queue_risk = excluded.queue_risk, new_voters = excluded.new_voters, new_voters_largest = excluded.new_voters_largest,
			    crowds = excluded.crowds
			WHERE as_of <= excluded.as_of`,
			a.Accepted, a.Stored, a.Waiting, a.Dead, a.Lag.Microseconds(), micros(a.AsOf), a.QueueRisk, a.NewVoters, a.NewVotersLargest, string(a.Crowds))
		return err
	})
	if err != nil {
		return fmt.Errorf("record the account: %w", classified(err))
	}
	return nil
}

// Account implements store.Ledger.
func (s *Store) Account(ctx context.Context) (store.Account, error) {
	var a store.Account
	var lag, asOf int64
	err := s.read.QueryRowContext(ctx, `
		SELECT accepted, stored, waiting, dead, lag, as_of, queue_risk, new_voters, new_voters_largest, crowds FROM last_account`).
		Scan(&a.Accepted, &a.Stored, &a.Waiting, &a.Dead, &lag, &asOf, &a.QueueRisk, &a.NewVoters, &a.NewVotersLargest, &a.Crowds)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Account{}, nil
	}
	if err != nil {
		return store.Account{}, fmt.Errorf("read the account: %w", classified(err))
	}
	a.Lag, a.AsOf = time.Duration(lag)*time.Microsecond, fromMicros(asOf)
	return a, nil
}

// Size implements store.Sizer.
func (s *Store) Size(ctx context.Context) (int64, error) {
	var bytes int64
	err := s.read.QueryRowContext(ctx, `SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`).Scan(&bytes)
	if err != nil {
		return 0, fmt.Errorf("read the size of the database: %w", classified(err))
	}
	return bytes, nil
}
