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

// pollColumns are what scanPoll reads, in its order.
const pollColumns = `slug, coalesce(code, ''), definition, status, opens_at, closes_at, revision, created_at, changed_at`

// scanner is *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

func scanPoll(row scanner) (vote.Poll, error) {
	var slug, code string
	var status vote.Status
	var definition []byte
	var opens, closes sql.NullInt64
	var revision, created, changed int64
	err := row.Scan(&slug, &code, &definition, &status, &opens, &closes, &revision, &created, &changed)
	if err != nil {
		return vote.Poll{}, err
	}
	p, err := store.DecodeDefinition(definition)
	p.Slug, p.Code, p.Status, p.Revision = slug, code, status, revision
	p.OpensAt, p.ClosesAt = fromNull(opens), fromNull(closes)
	p.CreatedAt, p.ChangedAt = fromMicros(created), fromMicros(changed)
	return p, err
}

// orNull and fromNull are how a time is stored that may be none: the zero time
// is NULL.
func orNull(t time.Time) sql.NullInt64 { return sql.NullInt64{Int64: micros(t), Valid: !t.IsZero()} }

func fromNull(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return fromMicros(n.Int64)
}

// readPoll returns store.ErrNoPoll when there is none.
func readPoll(ctx context.Context, tx *sql.Tx, slug string) (vote.Poll, error) {
	p, err := scanPoll(tx.QueryRowContext(ctx, `SELECT `+pollColumns+` FROM polls WHERE slug = ?`, slug))
	if errors.Is(err, sql.ErrNoRows) {
		err = store.ErrNoPoll
	}
	return p, err
}

// Poll implements store.Polls.
func (s *Store) Poll(ctx context.Context, slug string) (vote.Poll, error) {
	var p vote.Poll
	err := s.view(ctx, func(tx *sql.Tx) (err error) {
		p, err = readPoll(ctx, tx, slug)
		return err
	})
	if err != nil {
		return vote.Poll{}, fmt.Errorf("read a poll: %w", classified(err))
	}
	return p, nil
}

// CreatePoll implements store.Polls.
func (s *Store) CreatePoll(ctx context.Context, p vote.Poll) (vote.Poll, error) {
	return s.CreateOnce(ctx, "", p)
}

// CreateOnce implements store.Polls. Changes happen one after the other, so a
// request that finds nothing is the first.
func (s *Store) CreateOnce(ctx context.Context, request string, p vote.Poll) (vote.Poll, error) {
	if err := p.Validate(); err != nil {
		return vote.Poll{}, err
	}
	var made vote.Poll
	isNew := false
	err := s.change(ctx, func(tx *sql.Tx) (err error) {
		made, err = madeBy(ctx, tx, request)
		if isNew = errors.Is(err, store.ErrNoPoll); !isNew {
			return err
		}
		p.Code, p.Corrections, p.Reopenings = "", nil, nil
		if made, err = insertPoll(ctx, tx, p, time.Now(), request); err != nil {
			return err
		}
		return audited(ctx, tx, nil, &made)
	})
	if err != nil {
		return vote.Poll{}, fmt.Errorf("create a poll: %w", classified(err))
	}
	if isNew {
		s.watchers.tell(store.PollsChanged, p.Slug)
	}
	return made, nil
}

// insertPoll adds the poll that a request makes, under the code that it has or a new one, and returns it with revision and times filled in, or
// store.ErrExists.
func insertPoll(ctx context.Context, tx *sql.Tx, p vote.Poll, at time.Time, request string) (vote.Poll, error) {
	if err := nameIsFree(ctx, tx, p.Slug); err != nil {
		return vote.Poll{}, err
	}
	revision, err := announce(ctx, tx, p.Slug)
	if err != nil {
		return vote.Poll{}, err
	}
	if p.Code == "" {
		if p.Code, err = freeCode(ctx, tx); err != nil {
			return vote.Poll{}, err
		}
	}
	definition, err := store.EncodeDefinition(p)
	if err != nil {
		return vote.Poll{}, err
	}
	p.Revision, p.CreatedAt, p.ChangedAt = revision, store.Moment(at), store.Moment(at)
	p.OpensAt, p.ClosesAt = store.Moment(p.OpensAt), store.Moment(p.ClosesAt)
	_, err = tx.ExecContext(ctx, `
		INSERT INTO polls (slug, definition, status, revision, created_revision, created_at, changed_at, opens_at, closes_at, request, code)
		VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?5, ?6, ?7, nullif(?8, ''), ?9)`,
		p.Slug, string(definition), p.Status, revision, micros(p.CreatedAt), orNull(p.OpensAt), orNull(p.ClosesAt), request, p.Code)
	return p, err
}

// nameIsFree returns store.ErrExists or store.ErrRemoving if it is not.
func nameIsFree(ctx context.Context, tx *sql.Tx, slug string) error {
	var removing bool
	row := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM removals WHERE poll = ?)`, slug)
	if err := row.Scan(&removing); err != nil {
		return err
	}
	if removing {
		return store.ErrRemoving
	}
	_, err := readPoll(ctx, tx, slug)
	switch {
	case err == nil:
		return store.ErrExists
	case errors.Is(err, store.ErrNoPoll):
		return nil
	}
	return err
}

// madeBy returns the poll that a request made, or store.ErrNoPoll.
func madeBy(ctx context.Context, tx *sql.Tx, request string) (vote.Poll, error) {
	p, err := scanPoll(tx.QueryRowContext(ctx, `SELECT `+pollColumns+` FROM polls WHERE request = nullif(?, '')`, request))
	if errors.Is(err, sql.ErrNoRows) {
		err = store.ErrNoPoll
	}
	return p, err
}

// ChangePoll implements store.Polls.
func (s *Store) ChangePoll(ctx context.Context, slug string, change func(vote.Poll) (vote.Poll, error)) (vote.Poll, error) {
	var old, p vote.Poll
	var refusal error // the caller's own, not to be dressed up
	err := s.change(ctx, func(tx *sql.Tx) (err error) {
		if old, err = readPoll(ctx, tx, slug); err != nil {
			return err
		}
		if p, refusal = store.Revise(old, change); refusal != nil || store.Same(p, old) {
			return refusal
		}
		now := time.Now()
		if p, err = told(ctx, tx, old, p, now); err != nil {
			return err
		}
		if err = writePoll(ctx, tx, slug, &p, now); err != nil {
			return err
		}
		return audited(ctx, tx, &old, &p)
	})
	if refusal != nil {
		return vote.Poll{}, refusal
	}
	if err != nil {
		return vote.Poll{}, fmt.Errorf("change a poll: %w", classified(err))
	}
	if p.Revision != old.Revision {
		s.watchers.tell(store.PollsChanged, slug)
	}
	return p, nil
}

// told adds to p's history what the public is told of this change. Voters are
// counted only for that.
func told(ctx context.Context, tx *sql.Tx, old, p vote.Poll, at time.Time) (vote.Poll, error) {
	var voters int64
	if p.Reopens(old) {
		row := tx.QueryRowContext(ctx, `SELECT coalesce(sum(voters), 0) FROM tallies WHERE poll = ?`, old.Slug)
		if err := row.Scan(&voters); err != nil {
			return p, err
		}
	}
	return store.Told(old, p, at, voters), nil
}

// writePoll puts p in the place of the definition named slug, and fills in
// revision and when.
func writePoll(ctx context.Context, tx *sql.Tx, slug string, p *vote.Poll, at time.Time) error {
	revision, err := announce(ctx, tx, p.Slug)
	if err != nil {
		return err
	}
	definition, err := store.EncodeDefinition(*p)
	if err != nil {
		return err
	}
	p.Revision, p.ChangedAt = revision, store.Moment(at)
	_, err = tx.ExecContext(ctx, `
		UPDATE polls
		SET slug = ?2, definition = ?3, status = ?4, revision = ?5, changed_at = ?6, opens_at = ?7, closes_at = ?8, code = nullif(?9, '')
		WHERE slug = ?1`,
		slug, p.Slug, string(definition), p.Status, revision, micros(p.ChangedAt), orNull(p.OpensAt), orNull(p.ClosesAt), p.Code)
	return err
}

// announce takes the next revision of the catalog for a change of a poll, and
// lets the poll's seq grow.
func announce(ctx context.Context, tx *sql.Tx, slug string) (revision int64, err error) {
	if revision, err = nextRevision(ctx, tx, slug); err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO changes (poll, seq) VALUES (?, 1) ON CONFLICT (poll) DO UPDATE SET seq = seq + 1`, slug)
	return revision, err
}
