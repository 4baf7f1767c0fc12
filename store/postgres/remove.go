package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"popeye/store"
	"popeye/vote"
)

// DeletePoll implements store.Polls. It waits for the batches that are on their
// way: no vote in the poll is stored after it.
func (s *Store) DeletePoll(ctx context.Context, slug string, allowed func(vote.Poll) error) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	var refusal error
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		next, err := nextChange(ctx, tx, slug)
		if err != nil {
			return err
		}
		p, err := readPoll(ctx, tx, slug)
		if err != nil {
			return err
		}
		if refusal = allowed(p); refusal != nil {
			return refusal
		}
		var b pgx.Batch
		b.Queue(`DELETE FROM polls WHERE slug = $1`, slug)
		b.Queue(`INSERT INTO removals (poll) VALUES ($1)`, slug)
		if err := tx.SendBatch(ctx, &b).Close(); err != nil {
			return err
		}
		if _, err := s.removeSlice(ctx, tx, slug, ""); err != nil {
			return err
		}
		if err := announce(ctx, tx, slug, next.revision); err != nil {
			return err
		}
		if err := leaveEvents(ctx, tx, slug, next); err != nil {
			return err
		}
		return audited(ctx, tx, &p, nil)
	})
	if refusal != nil {
		return refusal
	}
	if err != nil {
		return fmt.Errorf("delete a poll: %w", s.classified(ctx, err))
	}
	return nil
}

// notRemoving returns store.ErrRemoving for the name of a deleted poll that has
// ballots left. Whoever asks holds the row of the catalog, as who deletes a poll
// does.
func notRemoving(ctx context.Context, tx pgx.Tx, slug string) error {
	var removing bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM removals WHERE poll = $1)`, slug).Scan(&removing)
	if err == nil && removing {
		return store.ErrRemoving
	}
	return err
}

// RemoveSome implements store.Remover. Of several processes one removes a poll's
// ballots at a time; the others go on to another poll.
func (s *Store) RemoveSome(ctx context.Context) (slug string, free bool, err error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		var from string
		err := tx.QueryRow(ctx, `SELECT poll, through FROM removals LIMIT 1 FOR UPDATE SKIP LOCKED`).Scan(&slug, &from)
		if errors.Is(err, pgx.ErrNoRows) {
			slug = ""
			return nil
		}
		if err == nil {
			free, err = s.removeSlice(ctx, tx, slug, from)
		}
		return err
	})
	if err != nil {
		return "", false, fmt.Errorf("remove ballots of a deleted poll: %w", s.classified(ctx, err))
	}
	return slug, free, nil
}

// removeSlice removes the next ballots of a deleted poll, by voter, beginning at
// from, and notes how far it came; the triggers keep the tally. It returns whether
// these were the last. What was removed before is not looked at: until VACUUM
// comes PostgreSQL would read it again and again.
func (s *Store) removeSlice(ctx context.Context, tx pgx.Tx, slug, from string) (last bool, err error) {
	var through string
	err = tx.QueryRow(ctx, fmt.Sprintf(`SELECT voter FROM ballots WHERE poll = $1 AND voter >= $2 ORDER BY voter LIMIT 1 OFFSET %d`,
		s.slice), slug, from).Scan(&through) // the first of the slice that comes next
	last = errors.Is(err, pgx.ErrNoRows)
	if err != nil && !last {
		return false, err
	}
	var p pgx.Batch
	if last {
		p.Queue(`DELETE FROM ballots WHERE poll = $1 AND voter >= $2`, slug, from)
		p.Queue(`DELETE FROM removals WHERE poll = $1`, slug)
	} else {
		p.Queue(`DELETE FROM ballots WHERE poll = $1 AND voter >= $2 AND voter < $3`, slug, from, through)
		p.Queue(`UPDATE removals SET through = $2 WHERE poll = $1`, slug, through)
	}
	return last, tx.SendBatch(ctx, &p).Close()
}
