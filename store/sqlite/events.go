package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"popeye/store"
	"popeye/vote/event"
)

// eventColumns are what scanEvent reads, in its order.
const eventColumns = `code, definition, revision, created_at, changed_at`

func scanEvent(row scanner) (event.Event, error) {
	var code string
	var definition []byte
	var revision, created, changed int64
	if err := row.Scan(&code, &definition, &revision, &created, &changed); err != nil {
		return event.Event{}, err
	}
	e, err := store.DecodeEvent(definition)
	e.Code, e.Revision = code, revision
	e.CreatedAt, e.ChangedAt = fromMicros(created), fromMicros(changed)
	return e, err
}

func queryEvents(ctx context.Context, tx *sql.Tx, which string, args ...any) (events []event.Event, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+eventColumns+` FROM events `+which, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		e, err := scanEvent(rows)
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, rows.Err()
}

// oneEvent returns store.ErrNoEvent when there is none.
func oneEvent(ctx context.Context, tx *sql.Tx, which string, args ...any) (event.Event, error) {
	e, err := scanEvent(tx.QueryRowContext(ctx, `SELECT `+eventColumns+` FROM events `+which, args...))
	if errors.Is(err, sql.ErrNoRows) {
		err = store.ErrNoEvent
	}
	return e, err
}

// Events implements store.Events.
func (s *Store) Events(ctx context.Context) (events []event.Event, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		events, err = queryEvents(ctx, tx, `ORDER BY created_revision`)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read all events: %w", classified(err))
	}
	return events, nil
}

// Event implements store.Events.
func (s *Store) Event(ctx context.Context, code string) (e event.Event, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		e, err = oneEvent(ctx, tx, `WHERE code = ?`, code)
		return err
	})
	if err != nil {
		return event.Event{}, fmt.Errorf("read an event: %w", classified(err))
	}
	return e, nil
}

// CreateEvent implements store.Events.
func (s *Store) CreateEvent(ctx context.Context, request string, e event.Event) (made event.Event, err error) {
	if err := e.Validate(); err != nil {
		return event.Event{}, err
	}
	var refusal error // the caller's own, not to be dressed up
	isNew := false
	err = s.change(ctx, func(tx *sql.Tx) error {
		made, err = oneEvent(ctx, tx, `WHERE request = nullif(?, '')`, request)
		if isNew = errors.Is(err, store.ErrNoEvent); !isNew {
			return err
		}
		if refusal, err = unknownPoll(ctx, tx, e); err != nil || refusal != nil {
			return errors.Join(refusal, err)
		}
		if made, err = insertEvent(ctx, tx, request, e); err != nil {
			return err
		}
		return auditedEvent(ctx, tx, nil, &made)
	})
	if refusal != nil {
		return event.Event{}, refusal
	}
	if err != nil {
		return event.Event{}, fmt.Errorf("create an event: %w", classified(err))
	}
	if isNew {
		s.watchers.tell(store.PollsChanged, made.Name())
	}
	return made, nil
}

func insertEvent(ctx context.Context, tx *sql.Tx, request string, e event.Event) (event.Event, error) {
	var err error
	if e.Code, err = freeCode(ctx, tx); err != nil {
		return e, err
	}
	if e.Revision, err = nextRevision(ctx, tx, e.Name()); err != nil {
		return e, err
	}
	definition, err := store.EncodeEvent(e)
	if err != nil {
		return e, err
	}
	e.CreatedAt = store.Moment(time.Now())
	e.ChangedAt = e.CreatedAt
	_, err = tx.ExecContext(ctx, `
		INSERT INTO events (code, definition, revision, created_revision, created_at, changed_at, request)
		VALUES (?1, ?2, ?3, ?3, ?4, ?4, nullif(?5, ''))`,
		e.Code, string(definition), e.Revision, micros(e.CreatedAt), request)
	return e, err
}

// ChangeEvent implements store.Events.
func (s *Store) ChangeEvent(ctx context.Context, code string, change func(event.Event) (event.Event, error)) (event.Event, error) {
	var old, e event.Event
	var refusal error
	err := s.change(ctx, func(tx *sql.Tx) (err error) {
		if old, err = oneEvent(ctx, tx, `WHERE code = ?`, code); err != nil {
			return err
		}
		if e, refusal = store.ReviseEvent(old, change); refusal != nil || store.SameEvent(e, old) {
			return refusal
		}
		if refusal, err = unknownPoll(ctx, tx, e); err != nil || refusal != nil {
			return errors.Join(refusal, err)
		}
		if err = writeEvent(ctx, tx, &e); err != nil {
			return err
		}
		return auditedEvent(ctx, tx, &old, &e)
	})
	if refusal != nil {
		return event.Event{}, refusal
	}
	if err != nil {
		return event.Event{}, fmt.Errorf("change an event: %w", classified(err))
	}
	if e.Revision != old.Revision {
		s.watchers.tell(store.PollsChanged, e.Name())
	}
	return e, nil
}

// writeEvent puts e in the place of the event of its code, and fills in revision and when.
func writeEvent(ctx context.Context, tx *sql.Tx, e *event.Event) (err error) {
	if e.Revision, err = nextRevision(ctx, tx, e.Name()); err != nil {
		return err
	}
	definition, err := store.EncodeEvent(*e)
	if err != nil {
		return err
	}
	e.ChangedAt = store.Moment(time.Now())
	_, err = tx.ExecContext(ctx, `UPDATE events SET definition = ?, revision = ?, changed_at = ? WHERE code = ?`,
		string(definition), e.Revision, micros(e.ChangedAt), e.Code)
	return err
}

// DeleteEvent implements store.Events.
func (s *Store) DeleteEvent(ctx context.Context, code string) error {
	err := s.change(ctx, func(tx *sql.Tx) error {
		e, err := oneEvent(ctx, tx, `WHERE code = ?`, code)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM events WHERE code = ?`, code); err != nil {
			return err
		}
		if _, err := nextRevision(ctx, tx, e.Name()); err != nil {
			return err
		}
		return auditedEvent(ctx, tx, &e, nil)
	})
	if err != nil {
		return fmt.Errorf("delete an event: %w", classified(err))
	}
	s.watchers.tell(store.PollsChanged, event.Name(code))
	return nil
}

// leaveEvents takes a poll that is deleted out of all events, and returns their names.
func leaveEvents(ctx context.Context, tx *sql.Tx, slug string) (names []string, err error) {
	events, err := queryEvents(ctx, tx,
		`WHERE EXISTS (SELECT 1 FROM json_each(definition, '$.polls') WHERE value = ?) ORDER BY code`, slug)
	if err != nil {
		return nil, err
	}
	for _, old := range events {
		e := old.Without(slug)
		if err := writeEvent(ctx, tx, &e); err != nil {
			return nil, err
		}
		if err := auditedEvent(ctx, tx, &old, &e); err != nil {
			return nil, err
		}
		names = append(names, e.Name())
	}
	return names, nil
}

// unknownPoll returns the refusal of an event with a poll that there is not.
func unknownPoll(ctx context.Context, tx *sql.Tx, e event.Event) (refusal, err error) {
	for _, slug := range e.Polls {
		var there bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM polls WHERE slug = ?)`, slug).Scan(&there); err != nil {
			return nil, err
		}
		if !there {
			return store.NoPollOf(slug), nil
		}
	}
	return nil, nil
}

// freeCode draws a code that no poll and no event has.
func freeCode(ctx context.Context, tx *sql.Tx) (string, error) {
	return store.DrawCode(func(code string) (taken bool, err error) {
		err = tx.QueryRowContext(ctx, `
			SELECT EXISTS (SELECT 1 FROM polls WHERE code = ?1) OR EXISTS (SELECT 1 FROM events WHERE code = ?1)`, code).Scan(&taken)
		return taken, err
	})
}

// nextRevision takes the next revision of the catalog, for a change of what has that
// name.
func nextRevision(ctx context.Context, tx *sql.Tx, name string) (revision int64, err error) {
	if err = tx.QueryRowContext(ctx, `SELECT revision + 1 FROM catalog`).Scan(&revision); err == nil {
		err = moveCatalog(ctx, tx, name, revision)
	}
	return revision, err
}

func auditedEvent(ctx context.Context, tx *sql.Tx, before, after *event.Event) error {
	act, ok := store.ActOf(ctx)
	if !ok {
		return nil
	}
	return keepRecord(ctx, tx, act.RecordEvent(before, after))
}
