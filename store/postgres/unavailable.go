package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"popeye/store"
)

// classified returns err as a store.ErrUnavailable if the database could not be
// reached, or did not answer in time. Each error leaves this package through it.
// ctx is that of the call.
func (s *Store) classified(ctx context.Context, err error) error {
	if isAway(err) || isUnmade(err) && s.needsMigration(ctx) {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	return err
}

// isAway reports that there was no session, that it broke or that it took too long.
func isAway(err error) bool {
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

// isUnmade reports that something of the schema is missing, or not ours to use.
func isUnmade(err error) bool {
	return slices.Contains([]string{
		"42P01", "42703", "42883", // no such table, column, function
		"42501", // no right: it is granted when the migration ends
	}, sqlState(err))
}

// needsMigration reports whether the schema is not that of this program, or can't be
// looked at: Ready says so too, and a migration or an upgrade mends it. A schema of
// the right version must be whole.
func (s *Store) needsMigration(ctx context.Context) bool {
	version, err := s.version(ctx)
	return err != nil || version != Version
}
