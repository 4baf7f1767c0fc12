package postgres

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/jackc/pgx/v5"

	"popeye/store"
	"popeye/vote"
	"popeye/vote/catalog"
	"popeye/vote/event"
)

// oneMoment makes all statements of a transaction see the same.
var oneMoment = pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}

// Catalog implements store.Polls.
func (s *Store) Catalog(ctx context.Context) (c catalog.State, err error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	err = pgx.BeginTxFunc(ctx, s.pool, oneMoment, func(tx pgx.Tx) error {
		now, _, err := catalogVersion(ctx, tx, catalog.Version{})
		if err != nil {
			return err
		}
		c = catalog.State{Revision: now.Revision, Mark: now.Mark}
		c.Polls, c.Events, err = wholeCatalog(ctx, tx)
		return err
	})
	if err != nil {
		return catalog.State{}, fmt.Errorf("read the catalog: %w", s.classified(ctx, err))
	}
	return c, nil
}

// CatalogSince implements store.Polls. Nothing new is one short statement.
func (s *Store) CatalogSince(ctx context.Context, v catalog.Version) (catalog.Change, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	change := catalog.Change{From: v}
	now, known, err := catalogVersion(ctx, s.pool, v)
	if err == nil && known && now == v {
		change.To = now
		return change, nil
	}
	if err == nil {
		err = pgx.BeginTxFunc(ctx, s.pool, oneMoment, func(tx pgx.Tx) error {
			change, err = readChange(ctx, tx, v)
			return err
		})
	}
	if err != nil {
		return catalog.Change{}, fmt.Errorf("read what has changed in the catalog: %w", s.classified(ctx, err))
	}
	return change, nil
}

// catalogReader is the pool or a transaction.
type catalogReader interface {
	querier
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// catalogVersion returns the version of the catalog, and whether v is one that it
// had: then the log knows every revision since.
func catalogVersion(ctx context.Context, q catalogReader, v catalog.Version) (now catalog.Version, known bool, err error) {
	err = q.QueryRow(ctx, `
		SELECT c.revision,
		       coalesce((SELECT mark FROM catalog_log WHERE revision = c.revision), ''),
		       EXISTS (SELECT FROM catalog_log WHERE revision = $1 AND mark = $2)
		       AND (SELECT count(*) FROM catalog_log WHERE revision > $1 AND revision <= c.revision) = c.revision - $1
		FROM catalog AS c`, v.Revision, v.Mark).Scan(&now.Revision, &now.Mark, &known)
	return now, known, err
}

// readChange reads what the log names. A name in it that nothing has any more is that
// of a poll or an event which was deleted.
func readChange(ctx context.Context, tx pgx.Tx, v catalog.Version) (c catalog.Change, err error) {
	var known bool
	if c.To, known, err = catalogVersion(ctx, tx, v); err != nil {
		return c, err
	}
	if !known {
		c.Polls, c.Events, err = wholeCatalog(ctx, tx)
		return c, err
	}
	c.From = v
	rows, err := tx.Query(ctx, `SELECT DISTINCT poll FROM catalog_log WHERE revision > $1 AND poll <> ''`, v.Revision)
	if err != nil {
		return c, err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return c, err
	}
	// Lists, and no joins: however old the statistics are, rows are found by their key.
	codes := []string{}
	for _, name := range names {
		if code, ok := event.CutName(name); ok {
			codes = append(codes, code)
		}
	}
	if c.Polls, err = queryPolls(ctx, tx, `WHERE slug = ANY ($1) ORDER BY created_revision`, names); err != nil {
		return c, err
	}
	if len(codes) > 0 {
		c.Events, err = queryEvents(ctx, tx, `WHERE code = ANY ($1) ORDER BY created_revision`, codes)
	}
	c.NameDeleted(names)
	return c, err
}

func wholeCatalog(ctx context.Context, tx pgx.Tx) (polls []vote.Poll, events []event.Event, err error) {
	if polls, err = queryPolls(ctx, tx, `ORDER BY created_revision`); err == nil {
		events, err = queryEvents(ctx, tx, `ORDER BY created_revision`)
	}
	return polls, events, err
}

func queryPolls(ctx context.Context, q querier, which string, args ...any) ([]vote.Poll, error) {
	rows, err := q.Query(ctx, `SELECT `+pollColumns+` FROM polls `+which, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanPoll)
}

// AdvanceRevision implements store.Polls. Those who watch are told: the catalog is to be
// published.
func (s *Store) AdvanceRevision(ctx context.Context, revision int64) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	err := s.inTx(ctx, func(tx pgx.Tx) error {
		next, err := nextChange(ctx, tx)
		if err != nil || next.revision > revision+1 {
			return err
		}
		var b pgx.Batch
		moveCatalog(&b, "", revision+1)
		b.Queue(`SELECT pg_notify($1, '')`, store.PollsChanged)
		return tx.SendBatch(ctx, &b).Close()
	})
	if err != nil {
		return fmt.Errorf("move the catalog on from revision %d: %w", revision, s.classified(ctx, err))
	}
	return nil
}

// moveCatalog gives the catalog a revision, that of a change of a poll, and logs it.
// The caller holds the row of catalog. The log keeps the last revisions only; and none
// that is to come, should someone have set the catalog back.
func moveCatalog(b *pgx.Batch, slug string, revision int64) {
	b.Queue(`UPDATE catalog SET revision = $1`, revision)
	b.Queue(`DELETE FROM catalog_log WHERE revision <= $1 OR revision >= $2`, revision-store.MaxCatalogLog, revision)
	b.Queue(`INSERT INTO catalog_log (revision, poll, mark) VALUES ($1, $2, $3)`, revision, slug, rand.Text())
}
