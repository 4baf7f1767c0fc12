// Package prepared opens SQLite databases whose connections keep their statements: SQL enters, and goes to the driver
// parsed and planned once for each connection, not once for each transaction. The same few statements store every batch
// of votes and read every tally, and to prepare them took more time than some of them run.
//
// Nobody above notices: a statement is known by its text, and SQLite itself prepares it anew when the schema has
// changed.
package prepared

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"

	"modernc.org/sqlite"
)

// most bounds the statements that a connection keeps. The program has fewer; whoever builds SQL from data would not.
const most = 128

// Open opens a database as sql.Open does.
func Open(dsn string) (*sql.DB, error) {
	c, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector{c}), nil
}

type connector struct{ driver.Connector }

// Connect implements driver.Connector.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	under, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := under.(sqliteConn)
	if !ok {
		return nil, fmt.Errorf("the driver's %T lacks a method", under)
	}
	return &conn{sqliteConn: full, idle: map[string]statement{}}, nil
}

// sqliteConn is what the driver's connections offer, but for ExecContext and QueryContext: without these, database/sql
// prepares what it is to run.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// statement is what the driver's statements offer.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// conn is a connection. As database/sql has it, one goroutine uses it at a time.
type conn struct {
	sqliteConn
	idle map[string]statement // by text. One in use is not here: who asks for the same meanwhile gets another
}

// Unwrap returns the driver's connection, as the driver asks of those who wrap it.
func (c *conn) Unwrap() driver.Conn { return c.sqliteConn }

// PrepareContext implements driver.ConnPrepareContext.
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if s, ok := c.idle[query]; ok {
		delete(c.idle, query)
		return &kept{s, c, query}, nil
	}
	under, err := c.sqliteConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s, ok := under.(statement)
	if !ok {
		return nil, fmt.Errorf("the driver's %T lacks a method", under)
	}
	return &kept{s, c, query}, nil
}

// Close implements driver.Conn.
func (c *conn) Close() error {
	for _, s := range c.idle {
		_ = s.Close() // what went wrong when it ran last was said then
	}
	c.idle = nil
	return c.sqliteConn.Close()
}

// kept is a statement in use. Exec and the end of Query's rows leave it as it was.
type kept struct {
	statement
	c     *conn
	query string
}

// Close keeps the statement for the next who asks for it, if there is a place.
func (k *kept) Close() error {
	if _, taken := k.c.idle[k.query]; taken || len(k.c.idle) >= most || k.c.idle == nil {
		return k.statement.Close()
	}
	k.c.idle[k.query] = k.statement
	return nil
}
