package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"popeye/store"
)

// poolerTimeout bounds the look for a pooler.
const poolerTimeout = 10 * time.Second

// direct returns store.ErrPooler if a connection is not a session of its own, as
// behind a pooler in transaction mode: there a lock, a LISTEN or a setting goes
// to whoever has the server's session next. Once it is known that it is one,
// nothing is asked again.
//
// Two connections tell who serves them, in turns. Of sessions of their own each is
// always served by the same process of the server, and never both by one. A pooler
// that has nothing else to do serves both by one; one that is busy changes soon.
func (s *Store) direct(ctx context.Context) error {
	if s.isDirect.Load() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, poolerTimeout)
	defer cancel()
	var connections [2]*pgx.Conn
	for i := range connections {
		c, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
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
	s.isDirect.Store(true)
	return nil
}

// servedBy names the process that serves a connection now. It prepares no
// statement, which a pooler might lose.
func servedBy(ctx context.Context, c *pgx.Conn) (server string, err error) {
	err = c.QueryRow(ctx, `SELECT pid || ' ' || backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()`,
		pgx.QueryExecModeSimpleProtocol).Scan(&server)
	return server, err
}
