package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	sqlite3 "modernc.org/sqlite/lib"

	"popeye/store"
)

// classified returns err as a store.ErrUnavailable if the file can't be read or
// written now, or not in time. Each error leaves this package through it.
func classified(err error) error {
	if isAway(err) {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return err
}

func isAway(err error) bool {
	switch code(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL, // another process has it
		sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, // the disk
		sqlite3.SQLITE_NOMEM,
		sqlite3.SQLITE_INTERRUPT: // the context ended within a statement
		return true
	}
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrGone) ||
		errors.Is(err, sql.ErrTxDone) // the context ended between two statements
}
