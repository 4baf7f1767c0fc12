package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"popeye/store"
)

// keepLetters adds the letters of a batch that was just applied. Should a queue
// have given a position twice, the first letter stays.
func keepLetters(p *pgx.Batch, b store.Batch, report store.Report) {
	letters := b.Letters(report)
	if len(letters) == 0 {
		return
	}
	var positions []int64
	var reasons []string
	var sizes []int
	var raws [][]byte
	for _, l := range letters {
		positions = append(positions, l.Position)
		reasons = append(reasons, l.Reason)
		sizes = append(sizes, l.Size)
		raws = append(raws, l.Raw)
	}
	p.Queue(`
		INSERT INTO letters (position, batch, reason, size, raw)
		SELECT position, $1, reason, size, raw
		FROM unnest($2::bigint[], $3::text[], $4::int[], $5::bytea[]) AS l (position, reason, size, raw)
		ON CONFLICT (position) DO NOTHING`,
		b.ID, positions, reasons, sizes, raws)
}

const letterColumns = `position, reason, at, size, raw`

func scanLetter(row pgx.CollectableRow) (store.Letter, error) {
	var l store.Letter
	err := row.Scan(&l.Position, &l.Reason, &l.At, &l.Size, &l.Raw)
	l.At = l.At.UTC()
	return l, err
}

// Letters implements store.Letters.
func (s *Store) Letters(ctx context.Context, after int64, limit int) ([]store.Letter, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	rows, err := s.pool.Query(ctx, `
		SELECT `+letterColumns+` FROM letters WHERE position > $1 ORDER BY position LIMIT $2`, after, max(limit, 0))
	var letters []store.Letter
	if err == nil {
		letters, err = pgx.CollectRows(rows, scanLetter)
	}
	if err != nil {
		return nil, fmt.Errorf("read dead letters: %w", s.classified(ctx, err))
	}
	return letters, nil
}

// Letter implements store.Letters.
func (s *Store) Letter(ctx context.Context, position int64) (store.Letter, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	rows, err := s.pool.Query(ctx, `SELECT `+letterColumns+` FROM letters WHERE position = $1`, position)
	var letter store.Letter
	if err == nil {
		letter, err = pgx.CollectExactlyOneRow(rows, scanLetter)
	}
	if err != nil {
		return store.Letter{}, fmt.Errorf("read the dead letter %d: %w", position, s.classified(ctx, orNoLetter(err)))
	}
	return letter, nil
}

// orNoLetter is err, or store.ErrNoLetter where there was no row.
func orNoLetter(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return store.ErrNoLetter
	}
	return err
}

// Replay implements store.Letters.
func (s *Store) Replay(ctx context.Context, e store.Entry) (store.Outcome, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	var outcome store.Outcome
	err := s.inTx(ctx, func(tx pgx.Tx) (err error) {
		outcome, err = replay(ctx, tx, e)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("replay the dead letter %d: %w", e.Position, s.classified(ctx, err))
	}
	return outcome, nil
}

// replay goes the way of apply, with a letter in place of a batch's name: who
// takes it first stores the vote, who comes after finds none. An error takes
// everything back, so the letter of a vote that is refused stays.
func replay(ctx context.Context, tx pgx.Tx, e store.Entry) (store.Outcome, error) {
	var batch int64
	err := tx.QueryRow(ctx, `DELETE FROM letters WHERE position = $1 RETURNING batch`, e.Position).Scan(&batch)
	if err != nil {
		return 0, orNoLetter(err)
	}
	if err := moveToStored(ctx, tx, batch); err != nil {
		return 0, err
	}
	b := store.Batch{ID: batch, Votes: []store.Entry{e}}
	polls := make(map[string]store.PollState)
	var p pgx.Batch
	lockPolls(&p, b.Slugs(), polls)
	if err := tx.SendBatch(ctx, &p).Close(); err != nil {
		return 0, err
	}
	report, err := b.Judge(polls)
	if err != nil {
		return 0, err
	}
	if err := storeVotes(ctx, tx, b.Votes, &report); err != nil {
		return 0, err
	}
	if len(report.Dead) > 0 {
		return 0, fmt.Errorf("%w: %s", store.ErrRefused, report.Dead[0].Reason)
	}
	return report.Outcomes[0], nil
}

// moveToStored moves one message in the accounts from the dead to the stored
// ones, where it is counted: at its batch, or, if Compact has folded that, at the
// sums. If Compact does so now, the first statement waits, and finds no row.
func moveToStored(ctx context.Context, tx pgx.Tx, batch int64) error {
	tag, err := tx.Exec(ctx, `UPDATE batches SET votes = votes + 1, replayed = replayed + 1 WHERE id = $1`, batch)
	if err == nil && tag.RowsAffected() == 0 {
		_, err = tx.Exec(ctx, `UPDATE compacted SET votes = votes + 1, dead = dead - 1`)
	}
	return err
}

// Drop implements store.Letters.
func (s *Store) Drop(ctx context.Context, position int64) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	tag, err := s.pool.Exec(ctx, `DELETE FROM letters WHERE position = $1`, position)
	if err == nil && tag.RowsAffected() == 0 {
		err = store.ErrNoLetter
	}
	if err != nil {
		return fmt.Errorf("drop the dead letter %d: %w", position, s.classified(ctx, err))
	}
	return nil
}

// portion is how many letters one statement forgets: a flood of them must not
// become a statement that runs into its timeout and forgets none.
const portion = 1000

// trimLetters forgets the oldest letters above the bound. One that is
// being replayed or dropped at this moment goes anyway.
func (s *Store) trimLetters(ctx context.Context) error {
	for {
		tag, err := s.pool.Exec(ctx, `
			DELETE FROM letters WHERE position = ANY (array(
				SELECT position FROM letters
				WHERE position <= (SELECT position FROM letters ORDER BY position DESC OFFSET $1 LIMIT 1)
				ORDER BY position LIMIT $2 FOR UPDATE SKIP LOCKED
			))`, s.maxLetters, portion)
		if err != nil || tag.RowsAffected() < portion {
			return err
		}
	}
}
