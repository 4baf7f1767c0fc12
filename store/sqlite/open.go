// Package sqlite is the store for one process: one file, with the same
// guarantees as postgres. Batches of votes enter at Apply and rest in the table
// ballots; in the same transaction the table tallies is kept equal to a recount
// of it, by Apply for its votes and by triggers for rows written by hand;
// Snapshot reads what is shown, and each commit wakes those who Watch.
//
//   - open.go: the file, its connections, transactions; migrations/: the schema
//   - internal/files: whether the file is still there; internal/failure: which errors are a
//     store.ErrUnavailable
//   - apply.go: Apply; batches.go: HighWater, Compact
//   - dead_letters.go: DeadLetters, DeadLetter, Replay, Drop
//   - ledger.go: Sum, Recount, Record, Account
//   - polls.go: Poll, CreatePoll, ChangePoll
//   - catalog.go: Catalog, CatalogSince, AdvanceRevision
//   - remove.go: DeletePoll, RemoveSome
//   - round.go: BeginRound, Environment
//   - audit.go: RecordAct, Audit, BeginSession, InSession, EndSession
//   - snapshot.go, watch.go: Snapshot, Tally, Watch
//
// There is one connection that writes, so transactions that change something
// run one after the other; of several processes SQLite itself lets one write at
// a time. Readers have connections of their own and never wait.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	sqlite3 "modernc.org/sqlite/lib"

	"popeye/store"
	"popeye/store/sqlite/internal/failure"
	"popeye/store/sqlite/internal/files"
	"popeye/store/sqlite/internal/prepared"
)

var (
	_ store.Ballots     = (*Store)(nil)
	_ store.DeadLetters = (*Store)(nil)
	_ store.Ledger      = (*Store)(nil)
	_ store.Tallies     = (*Store)(nil)
	_ store.Polls       = (*Store)(nil)
	_ store.Remover     = (*Store)(nil)
	_ store.Environment = (*Store)(nil)
	_ store.Watcher     = (*Store)(nil)
	_ store.Audit       = (*Store)(nil)
	_ store.Sessions    = (*Store)(nil)
)

//go:embed migrations/*.sql
var migrations embed.FS

// version is that of the schema: the number of the last file in migrations.
const version = 19

// Store is an open file. Safe for concurrent use; ends with Close.
type Store struct {
	write          *sql.DB // one connection
	read           *sql.DB
	files          files.Pair
	watchers       watchers
	maxDeadLetters int // store.MaxDeadLetters, but in tests
	slice          int // store.RemoveSlice, but in tests
}

// Open opens the file at path, and makes it, readable by its owner only, if it
// is not there; the folder must be. It brings the schema up to date, or returns
// store.ErrNewerSchema.
func Open(ctx context.Context, path string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	s, err := open(path)
	if err == nil {
		if err = migrate(ctx, path); err == nil {
			err = s.files.Hold(ctx, s.read)
		}
		if err == nil {
			return s, nil
		}
		err = errors.Join(err, s.Close())
	}
	return nil, fmt.Errorf("open the database %s: %w", path, err)
}

func open(path string) (*Store, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	// synchronous(full): a commit is on the disk when it returns, in WAL mode too.
	// Voters come in no order, so every batch touches pages all over the file: a
	// cache of 64 MiB holds them, and a log of 32 MiB gathers what they change.
	// busy_timeout is short because begin does the waiting.
	write, err := prepared.Open(dsn(path, "_txlock=immediate",
		"_pragma=busy_timeout(25)", "_pragma=journal_mode(wal)", "_pragma=synchronous(full)",
		"_pragma=cache_size(-65536)", "_pragma=wal_autocheckpoint(8192)"))
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	read, err := prepared.Open(dsn(path, "_pragma=busy_timeout(10000)", "_pragma=query_only(1)"))
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(4 + 1) // and the anchor
	read.SetMaxIdleConns(4)
	return &Store{write: write, read: read, files: files.Pair{Path: path}, maxDeadLetters: store.MaxDeadLetters, slice: store.RemoveSlice}, nil
}

// dsn makes a URI of a path, which may hold any character. Pragmas are in it
// because they belong to a connection, and a pool may open another.
func dsn(path string, options ...string) string {
	return "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() + "?" + strings.Join(options, "&")
}

// Close waits for queries that are on their way.
func (s *Store) Close() error {
	return errors.Join(s.files.Close(), s.read.Close(), s.write.Close())
}

// Intact returns nil while the files that this Store writes to are those that the next
// start would find. It asks the file system only.
func (s *Store) Intact() error { return s.files.Intact() }

// migrate has a connection of its own, which waits for others that migrate.
func migrate(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", dsn(path, "_txlock=immediate", "_pragma=busy_timeout(10000)",
		"_pragma=journal_mode(wal)", "_pragma=synchronous(full)"))
	if err != nil {
		return err
	}
	defer db.Close()
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	goose, err := goose.NewProvider(goose.DialectSQLite3, db, files,
		goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	switch found, err := goose.GetDBVersion(ctx); {
	case err != nil:
		return err
	case found > version:
		return fmt.Errorf("version %d: %w", found, store.ErrNewerSchema)
	case found == version: // the usual start: what the migrations say need not be read
		return nil
	}
	_, err = goose.Up(ctx)
	return err
}

// change runs f in a transaction that writes, and commits it. After an error it
// may have been committed all the same, so who watches had better look. What is
// committed to a file that was taken away is lost: that is an error too.
func (s *Store) change(ctx context.Context, f func(*sql.Tx) error) error {
	if err := s.Intact(); err != nil {
		return err
	}
	tx, err := s.begin(ctx)
	if err != nil {
		return err
	}
	if err = finish(tx, f); err == nil {
		err = s.Intact()
	}
	if err != nil {
		s.watchers.tell(store.TalliesChanged, "")
		s.watchers.tell(store.PollsChanged, "")
	}
	return err
}

// patience is how long a change waits for other processes that write.
const patience = 30 * time.Second

// begin starts a transaction that writes, which takes SQLite's one lock. SQLite
// lets those who wait for it sleep longer and longer, so beside a busy process
// they find it taken whenever they wake, for ever. A short wait, again and
// again, gets its turn; and it obeys ctx.
func (s *Store) begin(ctx context.Context) (*sql.Tx, error) {
	deadline := time.Now().Add(patience)
	for {
		tx, err := s.write.BeginTx(ctx, nil)
		busy := failure.Code(err) == sqlite3.SQLITE_BUSY
		if !busy || ctx.Err() != nil || time.Now().After(deadline) {
			return tx, err
		}
	}
}

// view runs f in a transaction that reads, and sees one moment.
func (s *Store) view(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	return finish(tx, f)
}

func finish(tx *sql.Tx, f func(*sql.Tx) error) error {
	defer tx.Rollback() // after Commit it does nothing
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// classified returns err as a store.ErrUnavailable if the file can't be read or
// written now, or not in time. Each error leaves this package through it.
func classified(err error) error {
	if failure.IsAway(err) {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return err
}

// micros and fromMicros are how times are stored.
func micros(t time.Time) int64     { return t.UnixMicro() }
func fromMicros(n int64) time.Time { return time.UnixMicro(n).UTC() }
