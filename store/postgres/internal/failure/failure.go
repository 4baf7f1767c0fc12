// Package failure tells PostgreSQL's errors apart. What enters is an error of the driver;
// what leaves is its code, and what it means for the call: out of reach, not made yet, or
// worth another try.
package failure

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
)

// IsAway reports that there was no session, that it broke or that it took too long.
func IsAway(err error) bool {
	var noSession *pgconn.ConnectError
	var network net.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled): // the caller has left
		return false
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &noSession), errors.As(err, &network),
		errors.Is(err, pgconn.ErrConnClosed), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return true
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.SeverityUnlocalized == "FATAL" || e.SeverityUnlocalized == "PANIC" || isAwayState(e.Code))
}

// isAwayState reports that PostgreSQL itself says so.
func isAwayState(code string) bool {
	if len(code) != 5 {
		return false
	}
	switch code[:2] {
	case "08", "53": // connection exceptions; too many connections, no memory, no disk space
		return true
	case "57": // it is being stopped, is starting, or ran into its statement_timeout
		return code != "57000"
	}
	return slices.Contains([]string{
		"25006",          // read-only: a standby, or a primary whose disk is nearly full
		"40001", "40P01", // lost the race with other transactions, each time
		"55P03", // lock_timeout
		"58030", // an I/O error
	}, code)
}

// IsUnmade reports that something of the schema is missing, or not ours to use.
func IsUnmade(err error) bool {
	return slices.Contains([]string{
		"42P01", "42703", "42883", // no such table, column, function
		"42501", // no right: it is granted when the migration ends
	}, State(err))
}

// LostRace reports a deadlock or a serialization failure.
func LostRace(err error) bool {
	code := State(err)
	return code == "40P01" || code == "40001"
}

// State returns the code of PostgreSQL's own errors, "" for others.
func State(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}
