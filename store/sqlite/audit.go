package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"popeye/store"
	"popeye/vote"
)

// audited adds the record of the change that ctx says an organiser makes, in its
// transaction.
func audited(ctx context.Context, tx *sql.Tx, before, after *vote.Poll) error {
	act, ok := store.ActOf(ctx)
	if !ok {
		return nil
	}
	return keepRecord(ctx, tx, act.Record(before, after))
}

func keepRecord(ctx context.Context, tx *sql.Tx, r store.Record) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO audit (at, who, origin, what, poll, before, after) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		micros(time.Now()), r.Who, r.From, r.What, r.Subject(), orNothing(r.Before), orNothing(r.After))
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
	if err := s.change(ctx, func(tx *sql.Tx) error { return keepRecord(ctx, tx, r) }); err != nil {
		return fmt.Errorf("add to the audit trail: %w", classified(err))
	}
	return nil
}

// Audit implements store.Audit.
func (s *Store) Audit(ctx context.Context, subject string, before int64, limit int) ([]store.Record, error) {
	var records []store.Record
	which := `?1 = ''`
	if subject != "" {
		which = `poll = ?1`
	}
	err := s.view(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `
			SELECT id, at, who, origin, what, poll, before, after FROM audit
			WHERE `+which+` AND (?2 = 0 OR id < ?2)
			ORDER BY id DESC LIMIT ?3`, subject, before, max(min(limit, store.MaxAudit), 0))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r store.Record
			var at int64
			var about string
			var was, is []byte
			if err := rows.Scan(&r.ID, &at, &r.Who, &r.From, &r.What, &about, &was, &is); err != nil {
				return err
			}
			r.About(about)
			r.At, r.Before, r.After = fromMicros(at), was, is
			records = append(records, r)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read the audit trail: %w", classified(err))
	}
	return records, nil
}

// BeginSession implements store.Sessions. Those that have ended by age go.
func (s *Store) BeginSession(ctx context.Context, key []byte, age time.Duration) error {
	err := s.change(ctx, func(tx *sql.Tx) error {
		now := time.Now()
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE ends <= ?`, micros(now)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO sessions (key, began, ends) VALUES (?, ?, ?)`,
			key, micros(now), micros(now.Add(age)))
		if err != nil {
			return err
		}
		return audited(ctx, tx, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("begin a session: %w", classified(err))
	}
	return nil
}

// InSession implements store.Sessions.
func (s *Store) InSession(ctx context.Context, key []byte) (in bool, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sessions WHERE key = ? AND ends > ?)`,
			key, micros(time.Now())).Scan(&in)
	})
	if err != nil {
		return false, fmt.Errorf("look for a session: %w", classified(err))
	}
	return in, nil
}

// EndSession implements store.Sessions.
func (s *Store) EndSession(ctx context.Context, key []byte) error {
	err := s.change(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE key = ?`, key)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return audited(ctx, tx, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("end a session: %w", classified(err))
	}
	return nil
}
