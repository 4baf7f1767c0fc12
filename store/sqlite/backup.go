package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
)

// backupPages is how much is copied between two looks at the context: 2 MiB.
const backupPages = 512

// Copy says what a backup holds.
type Copy struct {
	Bytes   int64
	Version int64 // of its schema
	// Counted is whether the rest was counted: only in a schema of this program.
	Counted        bool
	Polls, Ballots int64
	Stored, Dead   int64 // messages: votes that were stored, and dead letters
}

// Backup copies the database in the file from, which others may be writing to, to
// a new file, readable by its owner only. The copy is of one moment. It is checked
// before it gets its name, so there is a whole file or none; one that is there
// already is never touched. progress, called now and then, is told how much is
// done, 0 to 1; at 1 the copy is checked, which takes as long again.
func Backup(ctx context.Context, from, to string, progress func(done float64)) (Copy, error) {
	c, err := backup(ctx, from, to, progress)
	if err != nil {
		return Copy{}, fmt.Errorf("back up %s: %w", from, err)
	}
	return c, nil
}

func backup(ctx context.Context, from, to string, progress func(float64)) (c Copy, err error) {
	if _, err := os.Stat(from); err != nil {
		return c, err
	}
	if err := free(to); err != nil {
		return c, err
	}
	partial, err := os.CreateTemp(filepath.Dir(to), filepath.Base(to)+".partial-*") // of mode 0600
	if err != nil {
		return c, err
	}
	defer os.RemoveAll(partial.Name())
	defer partial.Close()
	if err := copyPages(ctx, from, partial.Name(), progress); err != nil {
		return c, err
	}
	progress(1)
	if c, err = inspect(ctx, partial.Name()); err != nil {
		return c, err
	}
	if err := partial.Sync(); err != nil {
		return c, err
	}
	return c, publish(partial.Name(), to)
}

// copyPages copies one moment of a database into an empty file. Others go on
// writing: what they write meanwhile is seen by the next reader, not by this one.
func copyPages(ctx context.Context, from, to string, progress func(float64)) error {
	from, err := filepath.Abs(from)
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite", dsn(from, "_pragma=busy_timeout(10000)", "_pragma=query_only(1)"))
	if err != nil {
		return err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	// The moment begins with the first read of a transaction; without one, each
	// vote that comes in would begin the copy anew.
	var tables int
	if _, err := conn.ExecContext(ctx, `BEGIN`); err != nil {
		return err
	}
	if err := conn.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&tables); err != nil {
		return err
	}
	err = conn.Raw(func(driver any) error {
		return stepThrough(ctx, driver.(interface {
			NewBackup(string) (*sqlite.Backup, error)
		}), to, progress)
	})
	_, end := conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`)
	return errors.Join(err, end)
}

func stepThrough(ctx context.Context, conn interface {
	NewBackup(string) (*sqlite.Backup, error)
}, to string, progress func(float64),
) error {
	to, err := filepath.Abs(to)
	if err != nil {
		return err
	}
	b, err := conn.NewBackup(dsn(to, "_pragma=synchronous(full)"))
	if err != nil {
		return err
	}
	for more := true; more && err == nil; {
		if more, err = b.Step(backupPages); err == nil {
			progress(1 - float64(b.Remaining())/float64(max(1, b.PageCount())))
			err = ctx.Err()
		}
	}
	return errors.Join(err, b.Finish())
}

// inspect checks a copy and counts what it holds. Nobody else knows of the file,
// so it is read as one that never changes: no other file appears beside it.
func inspect(ctx context.Context, path string) (c Copy, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return c, err
	}
	db, err := sql.Open("sqlite", dsn(path, "mode=ro", "immutable=1"))
	if err != nil {
		return c, err
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&verdict); err != nil {
		return c, fmt.Errorf("check the copy: %w", err)
	}
	if verdict != "ok" {
		return c, fmt.Errorf("the copy is damaged, and so is the database it is of: %s", verdict)
	}
	err = db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&c.Version)
	if err != nil {
		return c, fmt.Errorf("the copy is no database of popeye: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return c, err
	}
	c.Bytes = info.Size()
	if c.Version != version {
		return c, nil
	}
	return c, c.count(ctx, &Store{read: db})
}

// count counts what a copy holds, and compares its tallies with its ballots.
func (c *Copy) count(ctx context.Context, s *Store) error {
	if err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM polls`).Scan(&c.Polls); err != nil {
		return fmt.Errorf("count the polls: %w", err)
	}
	sums, err := s.Sum(ctx, math.MaxInt64, nil)
	if err != nil {
		return err
	}
	ballots, wrong, err := s.Recount(ctx)
	if err != nil {
		return err
	}
	if wrong > 0 {
		return fmt.Errorf("%d tallies of the copy differ from a recount of its ballots, and so do those of the database: see popeye account", wrong)
	}
	c.Counted, c.Ballots, c.Stored, c.Dead = true, ballots, sums.Stored, sums.Dead
	return nil
}

// free returns an error unless there is nothing of this name.
func free(name string) error {
	if _, err := os.Lstat(name); err == nil {
		return fmt.Errorf("%s is there already, and stays as it is: choose another name", name)
	}
	return nil
}

// publish gives a file its name, unless the name is taken meanwhile.
func publish(partial, to string) error {
	err := os.Link(partial, to)
	if err != nil && !errors.Is(err, fs.ErrExist) { // a file system that knows no links
		if err = free(to); err == nil {
			err = os.Rename(partial, to)
		}
	}
	if errors.Is(err, fs.ErrExist) {
		return free(to)
	}
	if err != nil {
		return err
	}
	if folder, err := os.Open(filepath.Dir(to)); err == nil {
		_ = folder.Sync() // not every system can
		folder.Close()
	}
	return nil
}
