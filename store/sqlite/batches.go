package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"popeye/store"
)

// HighWater implements store.Ballots.
func (s *Store) HighWater(ctx context.Context) (int64, error) {
	var last int64
	err := s.read.QueryRowContext(ctx, `
		SELECT max(last, (SELECT coalesce(max(last), 0) FROM batches)) FROM compacted`).Scan(&last)
	if err != nil {
		return 0, fmt.Errorf("read the greatest position: %w", classified(err))
	}
	return last, nil
}

// Compact implements store.Ballots.
func (s *Store) Compact(ctx context.Context, below int64) error {
	if err := s.compact(ctx, below); err != nil {
		return fmt.Errorf("compact the batches: %w", classified(err))
	}
	if err := s.trimDeadLetters(ctx); err != nil {
		return fmt.Errorf("forget the oldest dead letters: %w", classified(err))
	}
	return nil
}

func (s *Store) compact(ctx context.Context, below int64) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE compacted
			SET below = max(below, ?1),
			    last = max(last, (SELECT coalesce(max(last), 0) FROM batches WHERE id < ?1)),
			    votes = votes + (SELECT coalesce(sum(votes), 0) FROM batches WHERE id < ?1),
			    dead = dead + (SELECT coalesce(sum(json_array_length(dead) - replayed), 0) FROM batches WHERE id < ?1)`, below)
		if err != nil {
			return err
		}
		for _, step := range []struct {
			query string
			below int64
		}{
			{`INSERT INTO forgotten (id, digest) SELECT id, digest FROM batches WHERE id < ? AND digest IS NOT NULL
				ON CONFLICT DO NOTHING`, below},
			{`DELETE FROM batches WHERE id < ?`, below},
			{`DELETE FROM forgotten WHERE id < ?`, below - store.Ahead},
		} {
			if _, err := tx.ExecContext(ctx, step.query, step.below); err != nil {
				return err
			}
		}
		return nil
	})
}
