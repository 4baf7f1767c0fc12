package postgres

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"popeye/store"
	"popeye/vote"
)

// pollColumns are what scanPoll reads, in its order.
const pollColumns = `slug, question, kind, options, min, max, status, opens_at, closes_at, revision, created_at, changed_at`

func scanPoll(row pgx.CollectableRow) (vote.Poll, error) {
	var p vote.Poll
	var opens, closes pgtype.Timestamptz
	err := row.Scan(&p.Slug, &p.Question, &p.Kind, &p.Options, &p.Min, &p.Max, &p.Status, &opens, &closes,
		&p.Revision, &p.CreatedAt, &p.ChangedAt)
	p.OpensAt, p.ClosesAt = opens.Time.UTC(), closes.Time.UTC()
	p.CreatedAt, p.ChangedAt = p.CreatedAt.UTC(), p.ChangedAt.UTC()
	return p, err
}

// orNull is a time as a column that knows of none: the zero time is NULL.
func orNull(t time.Time) pgtype.Timestamptz {
	return pgtype.Timestamptz{Time: t, Valid: !t.IsZero()}
}

// moment is t as it comes back from the database.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

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

// Board implements store.Polls.
func (s *Store) Board(ctx context.Context) (vote.Board, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	var b vote.Board
	oneMoment := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, s.pool, oneMoment, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT revision FROM board`).Scan(&b.Revision); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT `+pollColumns+` FROM polls ORDER BY born`)
		if err != nil {
			return err
		}
		b.Polls, err = pgx.CollectRows(rows, scanPoll)
		return err
	})
	if err != nil {
		return vote.Board{}, fmt.Errorf("read the board: %w", err)
	}
	return b, nil
}

// Poll implements store.Polls.
func (s *Store) Poll(ctx context.Context, slug string) (vote.Poll, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	p, err := readPoll(ctx, s.pool, slug)
	if err != nil {
		return vote.Poll{}, fmt.Errorf("read a poll: %w", err)
	}
	return p, nil
}

// CreatePoll implements store.Polls.
func (s *Store) CreatePoll(ctx context.Context, p vote.Poll) (vote.Poll, error) {
	return s.CreateOnce(ctx, "", p)
}

// CreateOnce implements store.Polls. Whoever changes polls waits for the row of
// the board, so a request that finds nothing then is the first.
func (s *Store) CreateOnce(ctx context.Context, request string, p vote.Poll) (vote.Poll, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	if err := p.Validate(); err != nil {
		return vote.Poll{}, err
	}
	var made vote.Poll
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		revision, err := nextRevision(ctx, tx, p.Slug)
		if err != nil {
			return err
		}
		if made, err = madeBy(ctx, tx, request); !errors.Is(err, store.ErrNoPoll) {
			return err
		}
		rows, err := tx.Query(ctx, `
			INSERT INTO polls (slug, question, kind, options, min, max, status, revision, born, created_at, changed_at,
			                   opens_at, closes_at, request)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, now(), now(), $9, $10, nullif($11, ''))
			ON CONFLICT (slug) DO NOTHING
			RETURNING `+pollColumns,
			p.Slug, p.Question, p.Kind, p.Options, p.Min, p.Max, p.Status, revision,
			orNull(moment(p.OpensAt)), orNull(moment(p.ClosesAt)), request)
		if err != nil {
			return err
		}
		made, err = pgx.CollectExactlyOneRow(rows, scanPoll)
		if errors.Is(err, pgx.ErrNoRows) {
			return store.ErrExists
		}
		if err != nil {
			return err
		}
		return announce(ctx, tx, p.Slug, revision)
	})
	if err != nil {
		return vote.Poll{}, fmt.Errorf("create a poll: %w", err)
	}
	return made, nil
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
		revision, err := nextRevision(ctx, tx, slug)
		if err != nil {
			return err
		}
		old, err := readPoll(ctx, tx, slug)
		if err != nil {
			return err
		}
		if p, refusal = changed(old, change); refusal != nil || same(p, old) {
			return refusal
		}
		p.Revision = revision
		return writePoll(ctx, tx, &p)
	})
	if refusal != nil {
		return vote.Poll{}, refusal
	}
	if err != nil {
		return vote.Poll{}, fmt.Errorf("change a poll: %w", err)
	}
	return p, nil
}

// changed returns what change makes of old, where it may: a valid poll with the
// old slug, revision and times.
func changed(old vote.Poll, change func(vote.Poll) (vote.Poll, error)) (vote.Poll, error) {
	given := old
	given.Options = append([]vote.Option(nil), old.Options...) // change may write to it
	p, err := change(given)
	if err != nil {
		return vote.Poll{}, err
	}
	p.Slug, p.Revision, p.CreatedAt, p.ChangedAt = old.Slug, old.Revision, old.CreatedAt, old.ChangedAt
	p.OpensAt, p.ClosesAt = moment(p.OpensAt), moment(p.ClosesAt)
	return p, p.Validate()
}

// same compares times by what they mean, and the rest by what it is.
func same(p, q vote.Poll) bool {
	moments := p.OpensAt.Equal(q.OpensAt) && p.ClosesAt.Equal(q.ClosesAt)
	p.OpensAt, p.ClosesAt = q.OpensAt, q.ClosesAt
	return moments && reflect.DeepEqual(p, q)
}

// writePoll replaces a definition and fills in when.
func writePoll(ctx context.Context, tx pgx.Tx, p *vote.Poll) error {
	err := tx.QueryRow(ctx, `
		UPDATE polls
		SET question = $2, kind = $3, options = $4, min = $5, max = $6, status = $7, revision = $8, changed_at = now(),
		    opens_at = $9, closes_at = $10
		WHERE slug = $1
		RETURNING changed_at`,
		p.Slug, p.Question, p.Kind, p.Options, p.Min, p.Max, p.Status, p.Revision,
		orNull(p.OpensAt), orNull(p.ClosesAt)).Scan(&p.ChangedAt)
	if err != nil {
		return err
	}
	p.ChangedAt = p.ChangedAt.UTC()
	return announce(ctx, tx, p.Slug, p.Revision)
}

// DeletePoll implements store.Polls. It takes as long as PostgreSQL takes to
// delete the ballots, so only ctx bounds it. Meanwhile votes in other polls go
// on; changes of other polls wait.
func (s *Store) DeletePoll(ctx context.Context, slug string, allowed func(vote.Poll) error) error {
	var refusal error
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		revision, err := nextRevision(ctx, tx, slug)
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
		// The tally follows: one statement, so each distinct ballot is counted down once.
		if _, err := tx.Exec(ctx, `DELETE FROM ballots WHERE poll = $1`, slug); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM polls WHERE slug = $1`, slug); err != nil {
			return err
		}
		return announce(ctx, tx, slug, revision)
	})
	if refusal != nil {
		return refusal
	}
	if err != nil {
		return fmt.Errorf("delete a poll: %w", err)
	}
	return nil
}

// Outrun implements store.Polls. Those who watch are told: the board is to be
// published.
func (s *Store) Outrun(ctx context.Context, revision int64) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	_, err := s.pool.Exec(ctx, `
		WITH moved AS (UPDATE board SET revision = $1::bigint + 1 WHERE revision <= $1 RETURNING 1)
		SELECT pg_notify($2, '') FROM moved`, revision, store.PollsChanged)
	if err != nil {
		return fmt.Errorf("move the board on from revision %d: %w", revision, err)
	}
	return nil
}

// nextRevision makes this transaction the only one that changes polls and the
// only one that has to do with slug, and returns the revision that it may give.
func nextRevision(ctx context.Context, tx pgx.Tx, slug string) (revision int64, err error) {
	if err := tx.QueryRow(ctx, `SELECT revision + 1 FROM board FOR UPDATE`).Scan(&revision); err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1, $2)`, pollLocks, lockKeys([]string{slug})[0])
	return revision, err
}

// announce ends a transaction that changed a poll: the board moves on, the
// poll's seq grows, and who watches is told at the commit.
func announce(ctx context.Context, tx pgx.Tx, slug string, revision int64) error {
	var p pgx.Batch
	p.Queue(`UPDATE board SET revision = $1`, revision)
	p.Queue(`INSERT INTO changes AS c (poll, seq) VALUES ($1, 1) ON CONFLICT (poll) DO UPDATE SET seq = c.seq + 1`, slug)
	p.Queue(`SELECT pg_notify($1, $2)`, store.PollsChanged, slug)
	return tx.SendBatch(ctx, &p).Close()
}
