// Package files tells whether the files of an open database are still those that the next
// start would find. What enters is a path and a way to read; what leaves is nil, or an ErrGone.
package files

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
)

// ErrGone says that the database's file was deleted, moved away or replaced while
// it was open. SQLite does not notice: it goes on writing to a file that nobody
// will find again.
var ErrGone = errors.New("the database's file was deleted, moved or replaced while in use: put it back, or stop and restore it from a backup")

// Pair is the database's file and its log, as they were when it was opened. Once
// a vote is committed it is in the one or the other.
type Pair struct {
	Path    string
	db, log os.FileInfo
	// anchor is a connection that is open as long as a Pair is in use: nobody who closes
	// another one takes the log for no longer needed, and deletes it.
	anchor *sql.Conn
}

// Hold notes which files there are.
func (f *Pair) Hold(ctx context.Context, read *sql.DB) error {
	var err error
	if f.anchor, err = read.Conn(ctx); err != nil {
		return err
	}
	var n int
	if err = f.anchor.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&n); err != nil { // it opens the log
		return err
	}
	if f.db, err = os.Stat(f.Path); err != nil {
		return err
	}
	f.log, err = os.Stat(f.Path + "-wal")
	return err
}

// Close lets them go.
func (f *Pair) Close() error {
	if f.anchor == nil {
		return nil
	}
	if err := f.anchor.Close(); !errors.Is(err, sql.ErrConnDone) {
		return err
	}
	return nil // closed before
}

// Intact returns nil while the files that the database writes to are those that the
// next start would find, else an ErrGone. It asks the file system only.
func (f *Pair) Intact() error {
	for name, opened := range map[string]os.FileInfo{f.Path: f.db, f.Path + "-wal": f.log} {
		now, err := os.Stat(name)
		if err != nil {
			return fmt.Errorf("%w (%w)", ErrGone, err)
		}
		if !os.SameFile(opened, now) {
			return fmt.Errorf("%w (%s is another file now)", ErrGone, name)
		}
	}
	return nil
}
