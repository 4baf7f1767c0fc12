package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"popeye/store"
)

// HighWater implements store.Ballots.
func (s *Store) HighWater(ctx context.Context) (int64, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	var last int64
	err := s.pool.QueryRow(ctx, `
		SELECT greatest(last, (SELECT max(last) FROM batches)) FROM compacted`).Scan(&last)
	if err != nil {
		return 0, fmt.Errorf("read the greatest position: %w", s.classified(ctx, err))
	}
	return last, nil
}

// Compact implements store.Ballots.
func (s *Store) Compact(ctx context.Context, below int64) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	if err := s.compact(ctx, below); err != nil {
		return fmt.Errorf("compact the batches: %w", s.classified(ctx, err))
	}
	if err := s.trimDeadLetters(ctx); err != nil {
		return fmt.Errorf("forget the oldest dead letters: %w", s.classified(ctx, err))
	}
	return nil
}

// compact is a transaction without the letters: they are locked before the
// batches where one is replayed.
func (s *Store) compact(ctx context.Context, below int64) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			WITH gone AS (
				DELETE FROM batches WHERE id < $1
				RETURNING id, digest, last, votes, jsonb_array_length(dead) - replayed AS dead
			), kept AS (
				INSERT INTO forgotten (id, digest) SELECT id, digest FROM gone WHERE digest IS NOT NULL
				ON CONFLICT DO NOTHING
			), sums AS (
				SELECT max(last) AS last, coalesce(sum(votes), 0) AS votes, coalesce(sum(dead), 0) AS dead FROM gone
			)
			UPDATE compacted AS c
			SET below = greatest(c.below, $1), last = greatest(c.last, sums.last),
			    votes = c.votes + sums.votes, dead = c.dead + sums.dead
			FROM sums`, below)
		if err == nil {
			_, err = tx.Exec(ctx, `DELETE FROM forgotten WHERE id < $1`, below-store.Ahead)
		}
		return err
	})
}
