// Package failure tells SQLite's errors apart. What enters is an error of the driver; what
// leaves is its code, and whether the file is out of reach for now.
package failure

import (
	"context"
	"database/sql"
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"popeye/store/sqlite/internal/files"
)

// IsAway reports that the file can't be read or written now, or not in time.
func IsAway(err error) bool {
	switch Code(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL, // another process has it
		sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, // the disk
		sqlite3.SQLITE_NOMEM,
		sqlite3.SQLITE_INTERRUPT: // the context ended within a statement
		return true
	}
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, files.ErrGone) ||
		errors.Is(err, sql.ErrTxDone) // the context ended between two statements
}

// Code returns the primary code of SQLite's own errors, 0 for others.
func Code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}
