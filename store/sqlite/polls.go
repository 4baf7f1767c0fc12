package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"popeye/store"
	"popeye/vote"
)

// pollColumns are what scanPoll reads, in its order.
const pollColumns = `slug, question, kind, options, min, max, status, opens_at, closes_at, revision, created_at, changed_at`

// scanner is *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

func scanPoll(row scanner) (vote.Poll, error) {
	var p vote.Poll
	var options []byte
	var opens, closes sql.NullInt64
	var created, changed int64
	err := row.Scan(&p.Slug, &p.Question, &p.Kind, &options, &p.Min, &p.Max, &p.Status, &opens, &closes,
		&p.Revision, &created, &changed)
	if err != nil {
		return vote.Poll{}, err
	}
	p.OpensAt, p.ClosesAt = fromNull(opens), fromNull(closes)
	p.CreatedAt, p.ChangedAt = fromMicros(created), fromMicros(changed)
	return p, json.Unmarshal(options, &p.Options)
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

// moment is t as it comes back from the database.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// readPoll returns store.ErrNoPoll when there is none.
func readPoll(ctx context.Context, tx *sql.Tx, slug string) (vote.Poll, error) {
	p, err := scanPoll(tx.QueryRowContext(ctx, `SELECT `+pollColumns+` FROM polls WHERE slug = ?`, slug))
	if errors.Is(err, sql.ErrNoRows) {
		err = store.ErrNoPoll
	}
	return p, err
}

// Board implements store.Polls.
func (s *Store) Board(ctx context.Context) (vote.Board, error) {
	var b vote.Board
	err := s.view(ctx, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, `SELECT revision FROM board`).Scan(&b.Revision); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT `+pollColumns+` FROM polls ORDER BY born`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			p, err := scanPoll(rows)
			if err != nil {
				return err
			}
			b.Polls = append(b.Polls, p)
		}
		return rows.Err()
	})
	if err != nil {
		return vote.Board{}, fmt.Errorf("read the board: %w", err)
	}
	return b, nil
}

// Poll implements store.Polls.
func (s *Store) Poll(ctx context.Context, slug string) (vote.Poll, error) {
	var p vote.Poll
	err := s.view(ctx, func(tx *sql.Tx) (err error) {
		p, err = readPoll(ctx, tx, slug)
		return err
	})
	if err != nil {
		return vote.Poll{}, fmt.Errorf("read a poll: %w", err)
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
	made := false
	err := s.change(ctx, func(tx *sql.Tx) error {
		old, err := madeBy(ctx, tx, request)
		if made = errors.Is(err, store.ErrNoPoll); !made {
			p = old
			return err
		}
		if _, err := readPoll(ctx, tx, p.Slug); !errors.Is(err, store.ErrNoPoll) {
			if err == nil {
				err = store.ErrExists
			}
			return err
		}
		revision, err := announce(ctx, tx, p.Slug)
		if err != nil {
			return err
		}
		options, err := json.Marshal(p.Options)
		if err != nil {
			return err
		}
		now := micros(time.Now())
		p.Revision, p.CreatedAt, p.ChangedAt = revision, fromMicros(now), fromMicros(now)
		p.OpensAt, p.ClosesAt = moment(p.OpensAt), moment(p.ClosesAt)
		_, err = tx.ExecContext(ctx, `
			INSERT INTO polls (slug, question, kind, options, min, max, status, revision, born, created_at, changed_at,
			                   opens_at, closes_at, request)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?9, ?10, ?11, nullif(?12, ''))`,
			p.Slug, p.Question, p.Kind, string(options), p.Min, p.Max, p.Status, revision, now,
			orNull(p.OpensAt), orNull(p.ClosesAt), request)
		return err
	})
	if err != nil {
		return vote.Poll{}, fmt.Errorf("create a poll: %w", err)
	}
	if made {
		s.watchers.tell(store.PollsChanged, p.Slug)
	}
	return p, nil
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
		if p, refusal = changed(old, change); refusal != nil || same(p, old) {
			return refusal
		}
		return writePoll(ctx, tx, &p)
	})
	if refusal != nil {
		return vote.Poll{}, refusal
	}
	if err != nil {
		return vote.Poll{}, fmt.Errorf("change a poll: %w", err)
	}
	if p.Revision != old.Revision {
		s.watchers.tell(store.PollsChanged, slug)
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

// writePoll replaces a definition and fills in revision and when.
func writePoll(ctx context.Context, tx *sql.Tx, p *vote.Poll) error {
	revision, err := announce(ctx, tx, p.Slug)
	if err != nil {
		return err
	}
	options, err := json.Marshal(p.Options)
	if err != nil {
		return err
	}
	now := micros(time.Now())
	p.Revision, p.ChangedAt = revision, fromMicros(now)
	_, err = tx.ExecContext(ctx, `
		UPDATE polls
		SET question = ?2, kind = ?3, options = ?4, min = ?5, max = ?6, status = ?7, revision = ?8, changed_at = ?9,
		    opens_at = ?10, closes_at = ?11
		WHERE slug = ?1`,
		p.Slug, p.Question, p.Kind, string(options), p.Min, p.Max, p.Status, revision, now,
		orNull(p.OpensAt), orNull(p.ClosesAt))
	return err
}

// DeletePoll implements store.Polls.
func (s *Store) DeletePoll(ctx context.Context, slug string, allowed func(vote.Poll) error) error {
	var refusal error
	err := s.change(ctx, func(tx *sql.Tx) error {
		p, err := readPoll(ctx, tx, slug)
		if err != nil {
			return err
		}
		if refusal = allowed(p); refusal != nil {
			return refusal
		}
		if err := deleteBallots(ctx, tx, slug); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM polls WHERE slug = ?`, slug); err != nil {
			return err
		}
		_, err = announce(ctx, tx, slug)
		return err
	})
	if refusal != nil {
		return refusal
	}
	if err != nil {
		return fmt.Errorf("delete a poll: %w", err)
	}
	s.watchers.tell(store.PollsChanged, slug)
	s.watchers.tell(store.TalliesChanged, slug)
	return nil
}

// deleteBallots empties a poll, without counting it down vote by vote.
func deleteBallots(ctx context.Context, tx *sql.Tx, slug string) error {
	if err := startCounting(ctx, tx); err != nil {
		return err
	}
	for _, query := range []string{`DELETE FROM ballots WHERE poll = ?`, `DELETE FROM tallies WHERE poll = ?`} {
		if _, err := tx.ExecContext(ctx, query, slug); err != nil {
			return err
		}
	}
	return stopCounting(ctx, tx)
}

// Outrun implements store.Polls. Those who watch are told: the board is to be
// published.
func (s *Store) Outrun(ctx context.Context, revision int64) error {
	var moved int64
	err := s.change(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE board SET revision = ?1 + 1 WHERE revision <= ?1`, revision)
		if err == nil {
			moved, err = result.RowsAffected()
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("move the board on from revision %d: %w", revision, err)
	}
	if moved > 0 {
		s.watchers.tell(store.PollsChanged, "")
	}
	return nil
}

// announce takes the next revision of the board for a change of a poll, and
// lets the poll's seq grow.
func announce(ctx context.Context, tx *sql.Tx, slug string) (revision int64, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE board SET revision = revision + 1 RETURNING revision`).Scan(&revision)
	if err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO changes (poll, seq) VALUES (?, 1) ON CONFLICT (poll) DO UPDATE SET seq = seq + 1`, slug)
	return revision, err
}
