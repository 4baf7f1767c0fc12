package postgres

import (
	"context"
	"errors"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"popeye/internal/testenv"
	"popeye/store"
	"popeye/vote"
)

// Behind a pooler that lends its sessions for a transaction, locks and news go to
// others: it is named at the start, whether it is busy or not.
func TestPoolerInTransactionModeIsNamed(t *testing.T) {
	server := testenv.SharedPostgres(t)
	for _, mode := range []string{"transaction", "statement"} {
		pooler := testenv.StartPgBouncer(t, server, mode)
		url := pooler.URL(server.Database(t))
		for name, s := range map[string]*Store{"Migrate": openStore(t, url), "Ready": openStore(t, url)} {
			ask := map[string]func(context.Context) error{"Migrate": s.Migrate, "Ready": s.Ready}[name]
			for range 3 {
				if err := ask(t.Context()); !errors.Is(err, store.ErrPooler) || !strings.Contains(err.Error(), "pooler in transaction mode") {
					t.Errorf("%s mode, %s: %v", mode, name, err)
				}
			}
		}
	}
}

func TestBusyPoolerInTransactionModeIsNamed(t *testing.T) {
	server := testenv.SharedPostgres(t)
	pooler := testenv.StartPgBouncer(t, server, "transaction")
	url := pooler.URL(server.Database(t))
	ctx, stop := context.WithCancel(t.Context())
	var others errgroup.Group
	for range 5 {
		others.Go(func() error {
			for ctx.Err() == nil {
				if _, err := byHand(t.Context(), url, `SELECT pg_sleep(0.002)`); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for range 5 {
		if err := openStore(t, url).Ready(t.Context()); !errors.Is(err, store.ErrPooler) {
			t.Errorf("ready says %v", err)
		}
	}
	stop()
	if err := others.Wait(); err != nil {
		t.Error(err)
	}
}

// A pooler that lends a session for as long as it is used is as good as none.
func TestPoolerInSessionModeWorks(t *testing.T) {
	server := testenv.SharedPostgres(t)
	pooler := testenv.StartPgBouncer(t, server, "session")
	s := openStore(t, pooler.URL(server.Database(t)))
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	news := make(chan string, 9)
	ended := make(chan error)
	go func() { ended <- s.Watch(ctx, store.TalliesChanged, func(slug string) { news <- slug }) }()
	if got := <-news; got != "" {
		t.Errorf("the first news is %q", got)
	}
	applyOne(t, s, 100, "ann", "a")
	if got := <-news; got != vote.DefaultSlug {
		t.Errorf("news of %q", got)
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the watch ended with %v", err)
	}
}
