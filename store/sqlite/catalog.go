package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"

	"popeye/store"
	"popeye/vote"
	"popeye/vote/catalog"
	"popeye/vote/event"
)

// Catalog implements store.Polls.
func (s *Store) Catalog(ctx context.Context) (c catalog.State, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		now, _, err := catalogVersion(ctx, tx, catalog.Version{})
		if err != nil {
			return err
		}
		c = catalog.State{Revision: now.Revision, Mark: now.Mark}
		c.Polls, c.Events, err = wholeCatalog(ctx, tx)
		return err
	})
	if err != nil {
		return catalog.State{}, fmt.Errorf("read the catalog: %w", classified(err))
	}
	return c, nil
}

// CatalogSince implements store.Polls.
func (s *Store) CatalogSince(ctx context.Context, v catalog.Version) (c catalog.Change, err error) {
	err = s.view(ctx, func(tx *sql.Tx) error {
		c, err = readChange(ctx, tx, v)
		return err
	})
	if err != nil {
		return catalog.Change{}, fmt.Errorf("read what has changed in the catalog: %w", classified(err))
	}
	return c, nil
}

// catalogVersion returns the version of the catalog, and whether v is one that it
// had: then the log knows every revision since.
func catalogVersion(ctx context.Context, tx *sql.Tx, v catalog.Version) (now catalog.Version, known bool, err error) {
	err = tx.QueryRowContext(ctx, `
		SELECT c.revision,
		       coalesce((SELECT mark FROM catalog_log WHERE revision = c.revision), ''),
		       EXISTS (SELECT 1 FROM catalog_log WHERE revision = ?1 AND mark = ?2)
		       AND (SELECT count(*) FROM catalog_log WHERE revision > ?1 AND revision <= c.revision) = c.revision - ?1
		FROM catalog AS c`, v.Revision, v.Mark).Scan(&now.Revision, &now.Mark, &known)
	return now, known, err
}

// readChange reads what the log names. A name in it that nothing has any more is that
// of a poll or an event which was deleted.
func readChange(ctx context.Context, tx *sql.Tx, v catalog.Version) (c catalog.Change, err error) {
	var known bool
	if c.To, known, err = catalogVersion(ctx, tx, v); err != nil {
		return c, err
	}
	if !known {
		c.Polls, c.Events, err = wholeCatalog(ctx, tx)
		return c, err
	}
	c.From = v
	if c.To == v {
		return c, nil
	}
	names, err := namesSince(ctx, tx, v.Revision)
	if err != nil {
		return c, err
	}
	c.Polls, err = queryPolls(ctx, tx, `WHERE slug IN (SELECT poll FROM catalog_log WHERE revision > ?) ORDER BY created_revision`, v.Revision)
	if err != nil {
		return c, err
	}
	c.Events, err = queryEvents(ctx, tx, `WHERE '#' || code IN (SELECT poll FROM catalog_log WHERE revision > ?) ORDER BY created_revision`, v.Revision)
	c.NameDeleted(names)
	return c, err
}

func wholeCatalog(ctx context.Context, tx *sql.Tx) (polls []vote.Poll, events []event.Event, err error) {
	if polls, err = queryPolls(ctx, tx, `ORDER BY created_revision`); err == nil {
		events, err = queryEvents(ctx, tx, `ORDER BY created_revision`)
	}
	return polls, events, err
}

// namesSince returns the names of all that has changed since a revision.
func namesSince(ctx context.Context, tx *sql.Tx, revision int64) (names []string, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT DISTINCT poll FROM catalog_log WHERE revision > ? AND poll <> '' ORDER BY poll`, revision)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

func queryPolls(ctx context.Context, tx *sql.Tx, which string, args ...any) (polls []vote.Poll, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+pollColumns+` FROM polls `+which, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		p, err := scanPoll(rows)
		if err != nil {
			return nil, err
		}
		polls = append(polls, p)
	}
	return polls, rows.Err()
}

// AdvanceRevision implements store.Polls. Those who watch are told: the catalog is to be
// published.
func (s *Store) AdvanceRevision(ctx context.Context, revision int64) error {
	moved := false
	err := s.change(ctx, func(tx *sql.Tx) error {
		now, _, err := catalogVersion(ctx, tx, catalog.Version{})
		if moved = err == nil && now.Revision <= revision; !moved {
			return err
		}
		return moveCatalog(ctx, tx, "", revision+1)
	})
	if err != nil {
		return fmt.Errorf("move the catalog on from revision %d: %w", revision, classified(err))
	}
	if moved {
		s.watchers.tell(store.PollsChanged, "")
	}
	return nil
}

// moveCatalog gives the catalog a revision, that of a change of a poll, and logs it.
// The log keeps the last revisions only; and none that is to come, should someone
// have set the catalog back.
func moveCatalog(ctx context.Context, tx *sql.Tx, slug string, revision int64) error {
	for _, step := range []struct {
		query string
		args  []any
	}{
		{`UPDATE catalog SET revision = ?`, []any{revision}},
		{`DELETE FROM catalog_log WHERE revision <= ? OR revision >= ?`, []any{revision - store.MaxCatalogLog, revision}},
		{`INSERT INTO catalog_log (revision, poll, mark) VALUES (?, ?, ?)`, []any{revision, slug, rand.Text()}},
	} {
		if _, err := tx.ExecContext(ctx, step.query, step.args...); err != nil {
			return err
		}
	}
	return nil
}
