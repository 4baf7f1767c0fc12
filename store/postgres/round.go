package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"popeye/store"
	"popeye/vote"
)

// BeginRound implements store.Polls. It is bounded only by ctx; votes in other
// polls go on meanwhile, changes of other polls wait.
func (s *Store) BeginRound(ctx context.Context, slug string, r store.NewRound) (kept, made vote.Poll, err error) {
	var refusal error // the caller's own, not to be dressed up
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		next, err := nextChange(ctx, tx, slug)
		if err != nil {
			return err
		}
		if made, err = madeBy(ctx, tx, r.Request); !errors.Is(err, store.ErrNoPoll) {
			return err
		}
		old, err := readPoll(ctx, tx, slug)
		if err != nil {
			return err
		}
		if kept, refusal = r.Kept(old); refusal != nil {
			return refusal
		}
		if kept.Code, err = freeCode(ctx, tx); err != nil {
			return err
		}
		if err = keepPoll(ctx, tx, slug, &kept, next); err != nil {
			return err
		}
		if made, err = succeed(ctx, tx, old, kept, r, next); err != nil {
			return err
		}
		return audited(ctx, tx, &old, &made)
	})
	if refusal != nil {
		return vote.Poll{}, vote.Poll{}, refusal
	}
	if err != nil {
		return vote.Poll{}, vote.Poll{}, fmt.Errorf("begin a new round of a poll: %w", s.classified(ctx, err))
	}
	return kept, made, nil
}

// keepPoll moves the poll named slug, with all that belongs to it, to kept's name.
// Nobody else may have that name; no vote in it is stored before the commit. The
// ballots are moved by one statement, so that a row written by hand meanwhile is
// either moved or belongs to the new round; the triggers move the tally.
func keepPoll(ctx context.Context, tx pgx.Tx, slug string, kept *vote.Poll, c change) error {
	if err := notRemoving(ctx, tx, kept.Slug); err != nil {
		return err
	}
	switch _, err := readPoll(ctx, tx, kept.Slug); {
	case err == nil:
		return store.ErrExists
	case !errors.Is(err, store.ErrNoPoll):
		return err
	}
	if err := writePoll(ctx, tx, slug, kept, c); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `SELECT popeye_move_ballots($1, $2)`, slug, kept.Slug)
	return err
}

// succeed puts next under the name and the code that old had, and no longer has as
// kept. It is made later than kept, by a microsecond at least: that tells their votes
// apart.
func succeed(ctx context.Context, tx pgx.Tx, old, kept vote.Poll, r store.NewRound, c change) (vote.Poll, error) {
	next := r.Next
	next.Slug, next.Code, next.Parent = old.Slug, old.Code, kept.Slug
	next.Corrections, next.Reopenings = nil, nil
	c.revision++
	if earliest := kept.CreatedAt.Add(time.Microsecond); c.at.Before(earliest) {
		c.at = earliest
	}
	return insertPoll(ctx, tx, next, c, r.Request)
}

// Environment implements store.Environment.
func (s *Store) Environment(ctx context.Context) (asked string, err error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	err = s.pool.QueryRow(ctx, `SELECT coalesce((SELECT asked FROM environment), '')`).Scan(&asked)
	if err != nil {
		return "", fmt.Errorf("read what the environment asked last: %w", s.classified(ctx, err))
	}
	return asked, nil
}

// SetEnvironment implements store.Environment.
func (s *Store) SetEnvironment(ctx context.Context, asked string) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	_, err := s.pool.Exec(ctx, `
		INSERT INTO environment (asked) VALUES ($1) ON CONFLICT (one) DO UPDATE SET asked = excluded.asked`, asked)
	if err != nil {
		return fmt.Errorf("keep what the environment asked: %w", s.classified(ctx, err))
	}
	return nil
}
