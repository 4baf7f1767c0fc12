package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"popeye/store"
	"popeye/vote"
)

// execer is a transaction or the pool.
type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// audited adds the record of the change that ctx says an organiser makes, in its
// transaction.
func audited(ctx context.Context, tx execer, before, after *vote.Poll) error {
	act, ok := store.ActOf(ctx)
	if !ok {
		return nil
	}
	return keepRecord(ctx, tx, act.Record(before, after))
}

func keepRecord(ctx context.Context, tx execer, r store.Record) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO audit (who, origin, what, poll, before, after) VALUES ($1, $2, $3, $4, $5, $6)`,
		r.Who, r.From, r.What, r.Subject(), orNothing(r.Before), orNothing(r.After))
	return err
}

// orNothing makes no JSON a NULL.
func orNothing(j json.RawMessage) any {
	if j == nil {
		return nil
	}
	return string(j)
}

// RecordAct implements store.Audit.
func (s *Store) RecordAct(ctx context.Context, r store.Record) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	if err := keepRecord(ctx, s.pool, r); err != nil {
		return fmt.Errorf("add to the audit trail: %w", s.classified(ctx, err))
	}
	return nil
}

// Audit implements store.Audit.
func (s *Store) Audit(ctx context.Context, subject string, before int64, limit int) ([]store.Record, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	which := `$1 = ''`
	if subject != "" {
		which = `poll = $1`
	}
	rows, err := s.pool.Query(ctx, `
		SELECT id, at, who, origin, what, poll, before, after FROM audit
		WHERE `+which+` AND ($2::bigint = 0 OR id < $2)
		ORDER BY id DESC LIMIT $3`, subject, before, max(min(limit, store.MaxAudit), 0))
	var records []store.Record
	if err == nil {
		records, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (store.Record, error) {
			var r store.Record
			var about string
			var was, is []byte
			err := row.Scan(&r.ID, &r.At, &r.Who, &r.From, &r.What, &about, &was, &is)
			r.About(about)
			r.At, r.Before, r.After = r.At.UTC(), was, is
			return r, err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("read the audit trail: %w", s.classified(ctx, err))
	}
	return records, nil
}

// BeginSession implements store.Sessions. Those that have ended by age go.
func (s *Store) BeginSession(ctx context.Context, key []byte, age time.Duration) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM sessions WHERE ends <= now()`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO sessions (key, ends) VALUES ($1, now() + $2::bigint * interval '1 microsecond')`,
			key, age.Microseconds())
		if err != nil {
			return err
		}
		return audited(ctx, tx, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("begin a session: %w", s.classified(ctx, err))
	}
	return nil
}

// InSession implements store.Sessions.
func (s *Store) InSession(ctx context.Context, key []byte) (in bool, err error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	err = s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM sessions WHERE key = $1 AND ends > now())`, key).Scan(&in)
	if err != nil {
		return false, fmt.Errorf("look for a session: %w", s.classified(ctx, err))
	}
	return in, nil
}

// EndSession implements store.Sessions.
func (s *Store) EndSession(ctx context.Context, key []byte) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, `DELETE FROM sessions WHERE key = $1`, key)
		if err != nil || done.RowsAffected() == 0 {
			return err
		}
		return audited(ctx, tx, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("end a session: %w", s.classified(ctx, err))
	}
	return nil
}
