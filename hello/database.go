package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Errors of the configuration. Their text is shown to anyone, so it names the
// variable and never its value.
var (
	errURL          = errors.New("DATABASE_URL can't be understood")
	errAddress      = errors.New("POSTGRES_HOST and POSTGRES_PORT can't be understood")
	errTwoPasswords = errors.New("POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE are both set: set one")
	errPasswordFile = errors.New("the file that POSTGRES_PASSWORD_FILE names can't be read")
)

// database knows where a PostgreSQL is. It holds no connection: each ask makes
// one, so the service starts before its database and outlives it.
type database struct {
	url          string  // DATABASE_URL, which wins when set
	address      url.URL // what the POSTGRES_* variables say
	password     string
	passwordFile string
}

func newDatabase(getenv func(string) string) (*database, error) {
	db := &database{
		url: getenv("DATABASE_URL"),
		address: url.URL{
			Scheme: "postgres",
			Host:   net.JoinHostPort(cmp.Or(getenv("POSTGRES_HOST"), "localhost"), cmp.Or(getenv("POSTGRES_PORT"), "5432")),
			User:   url.User(cmp.Or(getenv("POSTGRES_USER"), "postgres")),
			Path:   "/" + cmp.Or(getenv("POSTGRES_DB"), "postgres"),
		},
		password:     getenv("POSTGRES_PASSWORD"),
		passwordFile: getenv("POSTGRES_PASSWORD_FILE"),
	}
	if db.password != "" && db.passwordFile != "" {
		return nil, errTwoPasswords
	}
	// A mistake in the address shows at the start. The file is read at each
	// ask: the database's first start may be what writes it.
	_, err := db.config("")
	return db, err
}

// ask connects and returns the server's version.
func (db *database) ask(ctx context.Context) (string, error) {
	password := db.password
	if db.passwordFile != "" {
		b, err := os.ReadFile(db.passwordFile)
		if err != nil {
			return "", errPasswordFile
		}
		password = strings.TrimRight(string(b), "\r\n")
	}
	cfg, err := db.config(password)
	if err != nil {
		return "", err
	}
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return "", err
	}
	// Close says goodbye, for which ctx may leave no time; what is unsaid
	// then, the closed connection says.
	defer conn.Close(ctx)
	if err := conn.Ping(ctx); err != nil {
		return "", err
	}
	// Debian's says "15.2 (Debian 15.2-1)".
	version, _, _ := strings.Cut(conn.PgConn().ParameterStatus("server_version"), " ")
	return version, nil
}

func (db *database) config(password string) (*pgx.ConnConfig, error) {
	if db.url != "" {
		cfg, err := pgx.ParseConfig(db.url)
		if err != nil {
			return nil, errURL // pgx's text holds the URL, password and all
		}
		return cfg, nil
	}
	cfg, err := pgx.ParseConfig(db.address.String())
	if err != nil {
		return nil, errAddress
	}
	cfg.Password = password
	return cfg, nil
}

// reason says in one line why the database did not answer. It lets through
// only texts that are known to hold no secret.
func reason(err error) string {
	var refused *pgconn.PgError
	var network *net.OpError
	var name *net.DNSError
	switch {
	case errors.Is(err, errPasswordFile):
		return err.Error()
	case errors.As(err, &refused):
		return refused.Message
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return fmt.Sprintf("no answer within %v", askTimeout)
	case errors.As(err, &name):
		return name.Error()
	case errors.As(err, &network):
		return network.Error()
	default:
		return "the connection failed"
	}
}
