package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"popeye/store"
	"popeye/vote"
)

// BeginRound implements store.Polls. Votes wait while the ballots are moved.
func (s *Store) BeginRound(ctx context.Context, slug string, r store.NewRound) (kept, made vote.Poll, err error) {
	var refusal error // the caller's own, not to be dressed up
	err = s.change(ctx, func(tx *sql.Tx) error {
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
		if err = keepPoll(ctx, tx, slug, &kept); err != nil {
			return err
		}
		if made, err = succeed(ctx, tx, old, kept, r); err != nil {
			return err
		}
		return audited(ctx, tx, &old, &made)
	})
	if refusal != nil {
		return vote.Poll{}, vote.Poll{}, refusal
	}
	if err != nil {
		return vote.Poll{}, vote.Poll{}, fmt.Errorf("begin a new round of a poll: %w", classified(err))
	}
	if kept.Slug == "" {
		return kept, made, nil // it was begun before
	}
	for _, name := range []string{kept.Slug, slug} {
		s.watchers.tell(store.PollsChanged, name)
		s.watchers.tell(store.TalliesChanged, name)
	}
	return kept, made, nil
}

// keepPoll moves the poll named slug, with all that belongs to it, to kept's name.
func keepPoll(ctx context.Context, tx *sql.Tx, slug string, kept *vote.Poll) error {
	if err := nameIsFree(ctx, tx, kept.Slug); err != nil {
		return err
	}
	if err := writePoll(ctx, tx, slug, kept, time.Now()); err != nil {
		return err
	}
	if err := startCounting(ctx, tx); err != nil {
		return err
	}
	// A ballot can't be updated to another poll; see the trigger ballots_key.
	for _, query := range []string{
		`INSERT INTO ballots (poll, voter, ballot, position, at)
			SELECT ?2, voter, ballot, position, at FROM ballots WHERE poll = ?1`,
		`DELETE FROM ballots WHERE poll = ?1`,
		`UPDATE tallies SET poll = ?2 WHERE poll = ?1`,
	} {
		if _, err := tx.ExecContext(ctx, query, slug, kept.Slug); err != nil {
			return err
		}
	}
	return stopCounting(ctx, tx)
}

// succeed puts next under the name and the code that old had, and no longer has as
// kept. It is made later than kept, by a microsecond at least: that tells their votes
// apart.
func succeed(ctx context.Context, tx *sql.Tx, old, kept vote.Poll, r store.NewRound) (vote.Poll, error) {
	next := r.Next
	next.Slug, next.Code, next.Parent = old.Slug, old.Code, kept.Slug
	next.Corrections, next.Reopenings = nil, nil
	at := time.Now()
	if earliest := kept.CreatedAt.Add(time.Microsecond); at.Before(earliest) {
		at = earliest
	}
	return insertPoll(ctx, tx, next, at, r.Request)
}

// Environment implements store.Environment.
func (s *Store) Environment(ctx context.Context) (asked string, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT coalesce((SELECT asked FROM environment), '')`).Scan(&asked)
	})
	if err != nil {
		return "", fmt.Errorf("read what the environment asked last: %w", classified(err))
	}
	return asked, nil
}

// SetEnvironment implements store.Environment.
func (s *Store) SetEnvironment(ctx context.Context, asked string) error {
	err := s.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO environment (one, asked) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET asked = excluded.asked`, asked)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep what the environment asked: %w", classified(err))
	}
	return nil
}
