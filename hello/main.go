// Command hello is the bootstrap: the smallest service worth putting in a
// container, beside a PostgreSQL. What enters: GET / and GET /db. What leaves:
// "Hello World!", and whether the database answers.
//
//   - main.go: start, drain, and the health check that the image runs
//   - handler.go: the two answers
//   - database.go: where the PostgreSQL is, and whether it answers
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const usage = `usage: hello [-addr :3000] [healthcheck]

Without healthcheck it serves; with it, it asks the service at that address and
fails when that does not answer. The environment says the rest: ADDR,
POSTGRES_HOST, POSTGRES_PORT, POSTGRES_DB, POSTGRES_USER, POSTGRES_PASSWORD or
POSTGRES_PASSWORD_FILE, or DATABASE_URL instead of them all.
`

// drainTimeout is how long requests under way may take after SIGTERM. It is
// below the ten seconds that container engines wait before they kill.
const drainTimeout = 8 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "hello:", err)
		os.Exit(1)
	}
}

// run is the program: it returns when ctx ends and what was under way is
// answered.
func run(ctx context.Context, args []string, getenv func(string) string, stderr io.Writer) error {
	flags := flag.NewFlagSet("hello", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // main prints the error
	addr := flags.String("addr", cmp.Or(getenv("ADDR"), ":3000"), "")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stderr, usage)
		return nil
	case err != nil:
		return err
	}
	switch flags.Arg(0) {
	case "":
		return serve(ctx, *addr, getenv, slog.New(slog.NewTextHandler(stderr, nil)))
	case "healthcheck":
		return healthcheck(ctx, *addr)
	default:
		return fmt.Errorf("no command %q\n%s", flags.Arg(0), usage)
	}
}

func serve(ctx context.Context, addr string, getenv func(string) string, log *slog.Logger) error {
	db, err := newDatabase(getenv)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	srv := &http.Server{
		Handler:           newHandler(db, log),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      10 * time.Second,
		IdleTimeout:       time.Minute,
	}
	log.Info("listening", "addr", l.Addr().String())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	log.Info("draining")
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	return srv.Shutdown(drain)
}

// healthcheck asks the service that listens at addr. A scratch image has no
// shell and no curl, so the binary checks on itself.
func healthcheck(ctx context.Context, addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/", nil)
	if err != nil {
		return err
	}
	resp, err := (&http.Client{Transport: &http.Transport{}}).Do(req) // no proxy stands in between
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %s", resp.Status)
	}
	return nil
}
