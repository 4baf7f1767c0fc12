// Package pooler finds out whether connections to a PostgreSQL are sessions of their own.
// What enters is how to connect; what leaves is a store.ErrPooler if they are not.
package pooler

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"popeye/store"
)

// lookTimeout bounds the look for a pooler.
const lookTimeout = 10 * time.Second

// Check returns store.ErrPooler if a connection is not a session of its own, as
// behind a pooler in transaction mode: there a lock, a LISTEN or a setting goes
// to whoever has the server's session next.
//
// Two connections tell who serves them, in turns. Of sessions of their own each is
// always served by the same process of the server, and never both by one. A pooler
// that has nothing else to do serves both by one; one that is busy changes soon.
func Check(ctx context.Context, config *pgx.ConnConfig) error {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	var connections [2]*pgx.Conn
	for i := range connections {
		c, err := pgx.ConnectConfig(ctx, config)
		if err != nil {
			return err
		}
		defer hangUp(c)
		connections[i] = c
	}
	var servers [2]string
	for range 5 {
		for i, c := range connections {
			server, err := servedBy(ctx, c)
			if err != nil {
				return err
			}
			if servers[i] != "" && servers[i] != server || servers[1-i] == server {
				return store.ErrPooler
			}
			servers[i] = server
		}
	}
	return nil
}

// hangUp closes a connection even when the time for the look is over.
func hangUp(c *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.Close(ctx)
}

// servedBy names the process that serves a connection now. It prepares no
// statement, which a pooler might lose.
func servedBy(ctx context.Context, c *pgx.Conn) (server string, err error) {
	err = c.QueryRow(ctx, `SELECT pid || ' ' || backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()`,
		pgx.QueryExecModeSimpleProtocol).Scan(&server)
	return server, err
}
