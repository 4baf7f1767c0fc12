package postgres

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"popeye/store"
	"popeye/store/postgres/internal/failure"
	"popeye/store/postgres/internal/pooler"
)

// The files are also the db container's init scripts: see the first of them.
//
//go:embed migrations/*.sql
var migrations embed.FS

// Version is that of the schema this program works with: the number of the
// last file in migrations.
const Version = 20

// Migrate brings the schema to Version. Any number of processes may call it at
// once, at any time. It returns store.ErrNewerSchema for a database that a
// newer program has migrated, store.ErrPooler behind a pooler, and otherwise may be called again until it works.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.migrate(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", s.classified(ctx, err))
	}
	return nil
}

func (s *Store) migrate(ctx context.Context) error {
	if err := s.direct(ctx); err != nil {
		return err
	}
	if _, err := s.version(ctx); err != nil {
		return err
	}
	// The lock belongs to a session, so it goes when this process does.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300), lock.WithUnlockTimeout(1, 5))
	if err != nil {
		return err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	db := stdlib.OpenDBFromPool(s.pool)
	defer db.Close()
	goose, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker),
		goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	if _, err = goose.Up(ctx); err != nil {
		return err
	}
	return s.grant(ctx)
}

// grant is for goose's own table too, and for a user who came later. The server refuses
// it to two at the same moment, so it has the lock of migrations.
func (s *Store) grant(ctx context.Context) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, lock.DefaultLockID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `SELECT popeye_grant()`)
		return err
	})
}

// direct returns store.ErrPooler if a connection is not a session of its own. Once it is
// known that it is one, nothing is asked again.
func (s *Store) direct(ctx context.Context) error {
	if s.isDirect.Load() {
		return nil
	}
	if err := pooler.Check(ctx, s.pool.Config().ConnConfig); err != nil {
		return err
	}
	s.isDirect.Store(true)
	return nil
}

// Ready returns nil when the server answers and the schema is there, whoever
// made it; store.ErrNewerSchema when it is too new for this program, store.ErrPooler
// behind a pooler.
func (s *Store) Ready(ctx context.Context) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	err := s.direct(ctx)
	var version int64
	if err == nil {
		version, err = s.version(ctx)
	}
	if err == nil && version < Version {
		err = fmt.Errorf("its schema is at version %d, %d is needed: a worker will migrate it", version, Version)
	}
	if err != nil {
		return fmt.Errorf("the database is not ready: %w", s.classified(ctx, err))
	}
	return nil
}

// version returns that of the schema, 0 for none, or ErrNewerSchema. The
// schema itself and goose's table both know, but either may be missing.
func (s *Store) version(ctx context.Context) (int64, error) {
	made, err := s.maxVersion(ctx, `SELECT version FROM popeye_schema`)
	if err != nil {
		return 0, err
	}
	recorded, err := s.maxVersion(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`)
	if err != nil {
		return 0, err
	}
	if newest := max(made, recorded); newest > Version {
		return newest, fmt.Errorf("version %d: %w", newest, store.ErrNewerSchema)
	}
	return made, nil
}

// maxVersion runs a query for a version; a table that is not there means 0.
func (s *Store) maxVersion(ctx context.Context, query string) (version int64, err error) {
	const undefinedTable = "42P01"
	err = s.pool.QueryRow(ctx, query).Scan(&version)
	if failure.State(err) == undefinedTable {
		return 0, nil
	}
	return version, err
}

// needsMigration reports whether the schema is not that of this program, or can't be
// looked at: Ready says so too, and a migration or an upgrade mends it. A schema of
// the right version must be whole.
func (s *Store) needsMigration(ctx context.Context) bool {
	version, err := s.version(ctx)
	return err != nil || version != Version
}
