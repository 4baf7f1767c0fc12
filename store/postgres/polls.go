package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"popeye/store"
	"popeye/vote"
)

// pollColumns are what scanPoll reads, in its order.
const pollColumns = `slug, coalesce(code, ''), definition, status, opens_at, closes_at, revision, created_at, changed_at`

func scanPoll(row pgx.CollectableRow) (vote.Poll, error) {
	var columns vote.Poll
	var definition []byte
	var opens, closes pgtype.Timestamptz
	err := row.Scan(&columns.Slug, &columns.Code, &definition, &columns.Status, &opens, &closes, &columns.Revision, &columns.CreatedAt, &columns.ChangedAt)
	if err != nil {
		return vote.Poll{}, err
	}
	p, err := store.DecodeDefinition(definition)
	p.Slug, p.Code, p.Status, p.Revision = columns.Slug, columns.Code, columns.Status, columns.Revision
	p.OpensAt, p.ClosesAt = opens.Time.UTC(), closes.Time.UTC()
	p.CreatedAt, p.ChangedAt = columns.CreatedAt.UTC(), columns.ChangedAt.UTC()
	return p, err
}

// orNull is a time as a column that knows of none: the zero time is NULL.
func orNull(t time.Time) pgtype.Timestamptz {
	return pgtype.Timestamptz{Time: t, Valid: !t.IsZero()}
}

// querier is the pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// readPoll returns store.ErrNoPoll when there is none.
func readPoll(ctx context.Context, q querier, slug string) (vote.Poll, error) {
	if vote.ValidateSlug(slug) != nil {
		return vote.Poll{}, store.ErrNoPoll // nor could PostgreSQL be asked for every string
	}
	rows, err := q.Query(ctx, `SELECT `+pollColumns+` FROM polls WHERE slug = $1`, slug)
	if err != nil {
		return vote.Poll{}, err
	}
	p, err := pgx.CollectExactlyOneRow(rows, scanPoll)
	if errors.Is(err, pgx.ErrNoRows) {
		err = store.ErrNoPoll
	}
	return p, err
}

// Poll implements store.Polls.
func (s *Store) Poll(ctx context.Context, slug string) (vote.Poll, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	p, err := readPoll(ctx, s.pool, slug)
	if err != nil {
		return vote.Poll{}, fmt.Errorf("read a poll: %w", s.classified(ctx, err))
	}
	return p, nil
}

// CreatePoll implements store.Polls.
func (s *Store) CreatePoll(ctx context.Context, p vote.Poll) (vote.Poll, error) {
	return s.CreateOnce(ctx, "", p)
}

// CreateOnce implements store.Polls. Whoever changes polls waits for the row of
// the catalog, so a request that finds nothing then is the first.
func (s *Store) CreateOnce(ctx context.Context, request string, p vote.Poll) (vote.Poll, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	if err := p.Validate(); err != nil {
		return vote.Poll{}, err
	}
	var made vote.Poll
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		next, err := nextChange(ctx, tx, p.Slug)
		if err != nil {
			return err
		}
		if made, err = madeBy(ctx, tx, request); !errors.Is(err, store.ErrNoPoll) {
			return err
		}
		p.Code, p.Corrections, p.Reopenings = "", nil, nil
		if made, err = insertPoll(ctx, tx, p, next, request); err != nil {
			return err
		}
		return audited(ctx, tx, nil, &made)
	})
	if err != nil {
		return vote.Poll{}, fmt.Errorf("create a poll: %w", s.classified(ctx, err))
	}
	return made, nil
}

// insertPoll adds the poll that a request makes, under the code that it has or a new one, or returns store.ErrExists or
// store.ErrRemoving.
func insertPoll(ctx context.Context, tx pgx.Tx, p vote.Poll, c change, request string) (vote.Poll, error) {
	if err := notRemoving(ctx, tx, p.Slug); err != nil {
		return vote.Poll{}, err
	}
	if p.Code == "" {
		var err error
		if p.Code, err = freeCode(ctx, tx); err != nil {
			return vote.Poll{}, err
		}
	}
	definition, err := store.EncodeDefinition(p)
	if err != nil {
		return vote.Poll{}, err
	}
	rows, err := tx.Query(ctx, `
		INSERT INTO polls (slug, definition, status, revision, created_revision, created_at, changed_at, opens_at, closes_at, request, code)
		VALUES ($1, $2, $3, $4, $4, $5, $5, $6, $7, nullif($8, ''), $9)
		ON CONFLICT (slug) DO NOTHING
		RETURNING `+pollColumns,
		p.Slug, definition, p.Status, c.revision, c.at, orNull(store.Moment(p.OpensAt)), orNull(store.Moment(p.ClosesAt)), request, p.Code)
	if err != nil {
		return vote.Poll{}, err
	}
	made, err := pgx.CollectExactlyOneRow(rows, scanPoll)
	if errors.Is(err, pgx.ErrNoRows) {
		return vote.Poll{}, store.ErrExists
	}
	if err != nil {
		return vote.Poll{}, err
	}
	return made, announce(ctx, tx, p.Slug, c.revision)
}

// madeBy returns the poll that a request made, or store.ErrNoPoll.
func madeBy(ctx context.Context, q querier, request string) (vote.Poll, error) {
	rows, err := q.Query(ctx, `SELECT `+pollColumns+` FROM polls WHERE request = nullif($1, '')`, request)
	if err != nil {
		return vote.Poll{}, err
	}
	p, err := pgx.CollectExactlyOneRow(rows, scanPoll)
	if errors.Is(err, pgx.ErrNoRows) {
		err = store.ErrNoPoll
	}
	return p, err
}

// ChangePoll implements store.Polls. When it returns with a poll that stores no
// votes, no batch that counted on the old status is on its way.
func (s *Store) ChangePoll(ctx context.Context, slug string, change func(vote.Poll) (vote.Poll, error)) (vote.Poll, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	var p vote.Poll
	var refusal error // the caller's own, not to be dressed up
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		next, err := nextChange(ctx, tx, slug)
		if err != nil {
			return err
		}
		old, err := readPoll(ctx, tx, slug)
		if err != nil {
			return err
		}
		if p, refusal = store.Revise(old, change); refusal != nil || store.Same(p, old) {
			return refusal
		}
		if p, err = told(ctx, tx, old, p, next.at); err != nil {
			return err
		}
		if err = writePoll(ctx, tx, slug, &p, next); err != nil {
			return err
		}
		return audited(ctx, tx, &old, &p)
	})
	if refusal != nil {
		return vote.Poll{}, refusal
	}
	if err != nil {
		return vote.Poll{}, fmt.Errorf("change a poll: %w", s.classified(ctx, err))
	}
	return p, nil
}

// told adds to p's history what the public is told of this change. Voters are
// counted only for that.
func told(ctx context.Context, tx pgx.Tx, old, p vote.Poll, at time.Time) (vote.Poll, error) {
	var voters int64
	if p.Reopens(old) {
		row := tx.QueryRow(ctx, `SELECT coalesce(sum(voters), 0)::bigint FROM tallies WHERE poll = $1`, old.Slug)
		if err := row.Scan(&voters); err != nil {
			return p, err
		}
	}
	return store.Told(old, p, at, voters), nil
}

// writePoll puts p in the place of the definition named slug.
func writePoll(ctx context.Context, tx pgx.Tx, slug string, p *vote.Poll, c change) error {
	p.Revision, p.ChangedAt = c.revision, c.at
	definition, err := store.EncodeDefinition(*p)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE polls
		SET slug = $2, definition = $3, status = $4, revision = $5, changed_at = $6, opens_at = $7, closes_at = $8, code = nullif($9, '')
		WHERE slug = $1`,
		slug, p.Slug, definition, p.Status, p.Revision, p.ChangedAt, orNull(p.OpensAt), orNull(p.ClosesAt), p.Code)
	if err != nil {
		return err
	}
	return announce(ctx, tx, p.Slug, p.Revision)
}

// change is what a transaction that changes polls gives to them.
type change struct {
	revision int64
	at       time.Time // by the database's clock
}

// nextChange lets no program change what a newer one has made, and makes this transaction the only one that changes polls and the only
// one that has to do with those named.
func nextChange(ctx context.Context, tx pgx.Tx, slugs ...string) (c change, err error) {
	var schema int64
	row := tx.QueryRow(ctx, `SELECT revision + 1, now(), (SELECT version FROM popeye_schema) FROM catalog FOR UPDATE`)
	if err := row.Scan(&c.revision, &c.at, &schema); err != nil {
		return c, err
	}
	if schema > Version { // what we would write may say less than it should by now
		return c, store.ErrNewerSchema
	}
	c.at = c.at.UTC()
	for _, key := range lockKeys(slugs) {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1, $2)`, pollLocks, key); err != nil {
			return c, err
		}
	}
	return c, nil
}

// announce ends a transaction that changed a poll: the catalog moves on, the
// poll's seq grows, and who watches is told at the commit.
func announce(ctx context.Context, tx pgx.Tx, slug string, revision int64) error {
	var p pgx.Batch
	moveCatalog(&p, slug, revision)
	p.Queue(`INSERT INTO changes AS c (poll, seq) VALUES ($1, 1) ON CONFLICT (poll) DO UPDATE SET seq = c.seq + 1`, slug)
	p.Queue(`SELECT pg_notify($1, $2)`, store.PollsChanged, slug)
	return tx.SendBatch(ctx, &p).Close()
}
