package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"popeye/store"
	"popeye/vote/event"
	"popeye/vote/joincode"
)

// eventColumns are what scanEvent reads, in its order.
const eventColumns = `code, definition, revision, created_at, changed_at`

func scanEvent(row pgx.CollectableRow) (event.Event, error) {
	var columns event.Event
	var definition []byte
	err := row.Scan(&columns.Code, &definition, &columns.Revision, &columns.CreatedAt, &columns.ChangedAt)
	if err != nil {
		return event.Event{}, err
	}
	e, err := store.DecodeEvent(definition)
	e.Code, e.Revision = columns.Code, columns.Revision
	e.CreatedAt, e.ChangedAt = columns.CreatedAt.UTC(), columns.ChangedAt.UTC()
	return e, err
}

func queryEvents(ctx context.Context, q querier, which string, args ...any) ([]event.Event, error) {
	rows, err := q.Query(ctx, `SELECT `+eventColumns+` FROM events `+which, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanEvent)
}

// oneEvent returns store.ErrNoEvent when there is none.
func oneEvent(ctx context.Context, q querier, which string, args ...any) (event.Event, error) {
	events, err := queryEvents(ctx, q, which, args...)
	switch {
	case err != nil:
		return event.Event{}, err
	case len(events) == 0:
		return event.Event{}, store.ErrNoEvent
	}
	return events[0], nil
}

// eventOf reads the event of a code. What is none is not asked for: PostgreSQL can't be
// asked for every string.
func eventOf(ctx context.Context, q querier, code string) (event.Event, error) {
	if !joincode.Is(code) {
		return event.Event{}, store.ErrNoEvent
	}
	return oneEvent(ctx, q, `WHERE code = $1`, code)
}

// Events implements store.Events.
func (s *Store) Events(ctx context.Context) ([]event.Event, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	events, err := queryEvents(ctx, s.pool, `ORDER BY created_revision`)
	if err != nil {
		return nil, fmt.Errorf("read all events: %w", s.classified(ctx, err))
	}
	return events, nil
}

// Event implements store.Events.
func (s *Store) Event(ctx context.Context, code string) (event.Event, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	e, err := eventOf(ctx, s.pool, code)
	if err != nil {
		return event.Event{}, fmt.Errorf("read an event: %w", s.classified(ctx, err))
	}
	return e, nil
}

// CreateEvent implements store.Events. Whoever changes the catalog waits for its row, so
// a request that finds nothing then is the first.
func (s *Store) CreateEvent(ctx context.Context, request string, e event.Event) (made event.Event, err error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	if err := e.Validate(); err != nil {
		return event.Event{}, err
	}
	var refusal error // the caller's own, not to be dressed up
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		next, err := nextChange(ctx, tx)
		if err != nil {
			return err
		}
		if made, err = oneEvent(ctx, tx, `WHERE request = nullif($1, '')`, request); !errors.Is(err, store.ErrNoEvent) {
			return err
		}
		if refusal, err = unknownPoll(ctx, tx, e); err != nil || refusal != nil {
			return errors.Join(refusal, err)
		}
		if made, err = insertEvent(ctx, tx, request, e, next); err != nil {
			return err
		}
		return auditedEvent(ctx, tx, nil, &made)
	})
	if refusal != nil {
		return event.Event{}, refusal
	}
	if err != nil {
		return event.Event{}, fmt.Errorf("create an event: %w", s.classified(ctx, err))
	}
	return made, nil
}

func insertEvent(ctx context.Context, tx pgx.Tx, request string, e event.Event, c change) (event.Event, error) {
	var err error
	if e.Code, err = freeCode(ctx, tx); err != nil {
		return e, err
	}
	definition, err := store.EncodeEvent(e)
	if err != nil {
		return e, err
	}
	e.Revision, e.CreatedAt, e.ChangedAt = c.revision, c.at, c.at
	_, err = tx.Exec(ctx, `
		INSERT INTO events (code, definition, revision, created_revision, created_at, changed_at, request)
		VALUES ($1, $2, $3, $3, $4, $4, nullif($5, ''))`, e.Code, definition, e.Revision, e.CreatedAt, request)
	if err != nil {
		return e, err
	}
	return e, announceEvent(ctx, tx, e)
}

// ChangeEvent implements store.Events.
func (s *Store) ChangeEvent(ctx context.Context, code string, change func(event.Event) (event.Event, error)) (event.Event, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	var e event.Event
	var refusal error
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		next, err := nextChange(ctx, tx)
		if err != nil {
			return err
		}
		old, err := eventOf(ctx, tx, code)
		if err != nil {
			return err
		}
		if e, refusal = store.ReviseEvent(old, change); refusal != nil || store.SameEvent(e, old) {
			return refusal
		}
		if refusal, err = unknownPoll(ctx, tx, e); err != nil || refusal != nil {
			return errors.Join(refusal, err)
		}
		if err = writeEvent(ctx, tx, &e, next); err != nil {
			return err
		}
		return auditedEvent(ctx, tx, &old, &e)
	})
	if refusal != nil {
		return event.Event{}, refusal
	}
	if err != nil {
		return event.Event{}, fmt.Errorf("change an event: %w", s.classified(ctx, err))
	}
	return e, nil
}

// writeEvent puts e in the place of the event of its code, and fills in revision and when.
func writeEvent(ctx context.Context, tx pgx.Tx, e *event.Event, c change) error {
	e.Revision, e.ChangedAt = c.revision, c.at
	definition, err := store.EncodeEvent(*e)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE events SET definition = $2, revision = $3, changed_at = $4 WHERE code = $1`,
		e.Code, definition, e.Revision, e.ChangedAt)
	if err != nil {
		return err
	}
	return announceEvent(ctx, tx, *e)
}

// DeleteEvent implements store.Events.
func (s *Store) DeleteEvent(ctx context.Context, code string) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		next, err := nextChange(ctx, tx)
		if err != nil {
			return err
		}
		e, err := eventOf(ctx, tx, code)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM events WHERE code = $1`, code); err != nil {
			return err
		}
		e.Revision = next.revision
		if err := announceEvent(ctx, tx, e); err != nil {
			return err
		}
		return auditedEvent(ctx, tx, &e, nil)
	})
	if err != nil {
		return fmt.Errorf("delete an event: %w", s.classified(ctx, err))
	}
	return nil
}

// leaveEvents takes a poll that is deleted out of all events. The revisions that they get
// come after c's.
func leaveEvents(ctx context.Context, tx pgx.Tx, slug string, c change) error {
	events, err := queryEvents(ctx, tx, `WHERE definition -> 'polls' ? $1 ORDER BY code`, slug)
	if err != nil {
		return err
	}
	for _, old := range events {
		c.revision++
		e := old.Without(slug)
		if err := writeEvent(ctx, tx, &e, c); err != nil {
			return err
		}
		if err := auditedEvent(ctx, tx, &old, &e); err != nil {
			return err
		}
	}
	return nil
}

// unknownPoll returns the refusal of an event with a poll that there is not.
func unknownPoll(ctx context.Context, tx pgx.Tx, e event.Event) (refusal, err error) {
	var slug string
	err = tx.QueryRow(ctx, `
		SELECT coalesce((SELECT wanted FROM unnest($1::text[]) WITH ORDINALITY AS w (wanted, n)
		                 WHERE NOT EXISTS (SELECT FROM polls WHERE polls.slug = wanted) ORDER BY n LIMIT 1), '')`,
		e.Polls).Scan(&slug)
	if err != nil || slug == "" {
		return nil, err
	}
	return store.NoPollOf(slug), nil
}

// freeCode draws a code that no poll and no event has. The caller has the row of the
// catalog, so nobody else draws meanwhile.
func freeCode(ctx context.Context, tx pgx.Tx) (string, error) {
	return store.DrawCode(func(code string) (taken bool, err error) {
		err = tx.QueryRow(ctx, `
			SELECT EXISTS (SELECT FROM polls WHERE code = $1) OR EXISTS (SELECT FROM events WHERE code = $1)`, code).Scan(&taken)
		return taken, err
	})
}

// announceEvent ends a change of an event: the catalog moves on, and who watches is told
// at the commit.
func announceEvent(ctx context.Context, tx pgx.Tx, e event.Event) error {
	var b pgx.Batch
	moveCatalog(&b, e.Name(), e.Revision)
	b.Queue(`SELECT pg_notify($1, $2)`, store.PollsChanged, e.Name())
	return tx.SendBatch(ctx, &b).Close()
}

func auditedEvent(ctx context.Context, tx execer, before, after *event.Event) error {
	act, ok := store.ActOf(ctx)
	if !ok {
		return nil
	}
	return keepRecord(ctx, tx, act.RecordEvent(before, after))
}
