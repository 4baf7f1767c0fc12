// Package postgres is the store for services that run apart. Batches of votes
// enter at Apply and rest in the table ballots; triggers keep the table tallies
// equal to a recount of it in the same transaction; Snapshot reads what is
// shown, and a NOTIFY at each commit wakes those who Watch.
//
//   - open.go: connections, what is asked of each, transactions that lose a race
//   - unavailable.go: which errors are a store.ErrUnavailable
//   - internal/pooler: whether a connection is a session of its own
//   - migrate.go, migrations/: the schema, and whether it is there
//   - apply.go: Apply; copy.go: the fast way to store votes; upsert.go: the other way, and the
//     search for a culprit
//   - batches.go: HighWater, Compact
//   - dead_letters.go: DeadLetters, DeadLetter, Replay, Drop
//   - ledger.go: Sum, Recount, Record, Account
//   - polls.go: Poll, CreatePoll, ChangePoll
//   - catalog.go: Catalog, CatalogSince, AdvanceRevision
//   - remove.go: DeletePoll, RemoveSome
//   - round.go: BeginRound, Environment
//   - audit.go: RecordAct, Audit, BeginSession, InSession, EndSession
//   - snapshot.go, watch.go: Snapshot, Tally, Watch
//
// Locks are taken in this order, everywhere: the row of a letter that is there;
// the advisory lock of what a batch follows; rows of batches; the row of compacted;
// the row of catalog; the advisory lock of each poll, by key; rows of removals; rows
// of ballots, by poll and voter; the advisory lock of the tallies; rows of tallies
// and changes. What people write by hand may do otherwise and then PostgreSQL ends
// one of the two transactions; ours is tried again.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"popeye/store"
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

// connectTimeout bounds one attempt to connect, unless the URL says otherwise.
const connectTimeout = 5 * time.Second

// Options are what Open may be told. The zero value is good.
type Options struct {
	// Conns is the greatest number of connections kept, 8 when 0. Each Watch
	// has one more.
	Conns int
	// Timeout bounds every call but Migrate, BeginRound, Recount, Snapshot and Watch, so
	// that a server which stopped answering holds nobody for ever; 30 seconds when 0.
	// The caller's context may end it sooner.
	Timeout time.Duration
}

// Store is a database. Safe for concurrent use; ends with Close.
type Store struct {
	pool           *pgxpool.Pool
	timeout        time.Duration
	quiet          time.Duration // see watch.go
	maxDeadLetters int           // store.MaxDeadLetters, but in tests
	slice          int           // store.RemoveSlice, but in tests
	isDirect       atomic.Bool   // see direct
	firstVotes     atomic.Int64  // see noteFirst
	firstAhead     int64         // firstAhead, but in tests
}

// Open reads a URL or a DSN, as in postgres://user:password@host:5432/database,
// and fails only when that is malformed: it connects when there is something to
// do, so the server may come later.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, unreadable(err)
	}
	if o.Conns == 0 {
		o.Conns = 8
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	config.MaxConns = int32(o.Conns)
	prepare(config.ConnConfig)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return &Store{pool: pool, timeout: o.Timeout, quiet: quiet, maxDeadLetters: store.MaxDeadLetters, slice: store.RemoveSlice, firstAhead: firstAhead}, nil
}

// unreadable says that a URL or DSN is malformed, and repeats no part of a URL
// that is none: of postgres://u:hunt/er2@host, "hunt" would be taken for a port.
func unreadable(err error) error {
	if strings.Contains(err.Error(), "failed to parse as URL") {
		return errors.New("open the database: the URL can't be read: it should be as in postgres://user:password@host:5432/database, " +
			"and what is special in a password be written as in %2F for a slash")
	}
	return fmt.Errorf("open the database: %w", err)
}

// Close waits for calls that are on their way, then closes every connection; a
// server that does not answer is given 15 seconds.
func (s *Store) Close() { s.pool.Close() }

// prepare makes sure that neither side waits long for one that has vanished.
// A worker that is cut off in the middle of a transaction holds locks until the
// server notices, so the server is asked to look soon, and also while a
// statement of that worker waits: for it may wait for a lock, and hold others.
func prepare(c *pgx.ConnConfig) {
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = connectTimeout
	}
	dialer := &net.Dialer{
		Timeout:         c.ConnectTimeout,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3},
	}
	c.DialFunc = dialer.DialContext
	// Poolers refuse settings that come with the greeting; most of them are sent
	// behind it.
	if _, set := c.RuntimeParams["application_name"]; !set {
		c.RuntimeParams["application_name"] = "popeye"
	}
	begin := durable
	settings := map[string]string{
		"client_connection_check_interval":    "1s",
		"idle_in_transaction_session_timeout": "5s",
		"tcp_keepalives_idle":                 "15",
		"tcp_keepalives_interval":             "5",
		"tcp_keepalives_count":                "3",
	}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if _, set := c.RuntimeParams[name]; !set {
			begin += fmt.Sprintf("; SET %s = '%s'", name, settings[name])
		}
	}
	timeout := c.ConnectTimeout
	c.AfterConnect = func(ctx context.Context, c *pgconn.PgConn) error {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		_, err := c.Exec(ctx, begin).ReadAll()
		return err
	}
}

// durable makes a commit wait for the disk where the server's default is not to:
// on nil, Apply promises it. Stronger settings stay.
const durable = `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`

// within bounds a call by the store's timeout.
func (s *Store) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.timeout)
}

// inTx runs f in a transaction and commits it. Each statement sees what was
// committed before it began, whatever the server's default is. A transaction
// that PostgreSQL ended because of another one is tried again, so f may be
// called more than once.
func (s *Store) inTx(ctx context.Context, f func(pgx.Tx) error) error {
	const tries = 5
	for try := 1; ; try++ {
		err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, f)
		if try == tries || !lostRace(err) {
			return err
		}
	}
}

// lostRace reports a deadlock or a serialization failure.
func lostRace(err error) bool {
	code := sqlState(err)
	return code == "40P01" || code == "40001"
}

// sqlState returns the code of PostgreSQL's own errors, "" for others.
func sqlState(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}
