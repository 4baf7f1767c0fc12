package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"popeye/store"
)

// quiet is how long a watcher trusts a connection that says nothing, and how
// long it then waits for a sign of life. A server that vanished says nothing
// too, and a screen must not show old figures as if they were new.
const quiet = 10 * time.Second

// leastAnswer is what a busy server is given to answer, at least.
const leastAnswer = 2 * time.Second

// Watch implements store.Watcher, on a connection of its own.
func (s *Store) Watch(ctx context.Context, topic store.Topic, changed func(news string)) error {
	if err := s.watch(ctx, topic, changed); ctx.Err() == nil {
		return fmt.Errorf("watch %s: %w", topic, s.classified(ctx, err))
	}
	return ctx.Err()
}

func (s *Store) watch(ctx context.Context, topic store.Topic, changed func(news string)) error {
	c, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer hangUp(c)
	bounded, cancel := s.within(ctx)
	_, err = c.Exec(bounded, "LISTEN "+pgx.Identifier{string(topic)}.Sanitize())
	cancel()
	if err != nil {
		return err
	}
	changed("")
	for {
		news, err := next(ctx, c, s.quiet)
		if err != nil {
			return err
		}
		changed(news)
	}
}

// next waits for a notification. In silence it asks whether the server is there.
func next(ctx context.Context, c *pgx.Conn, quiet time.Duration) (news string, err error) {
	for {
		wait, cancel := context.WithTimeout(ctx, quiet)
		n, err := c.WaitForNotification(wait)
		silent := wait.Err() != nil && ctx.Err() == nil
		cancel()
		if err == nil {
			return n.Payload, nil
		}
		if !silent || c.IsClosed() {
			return "", err
		}
		ping, cancel := context.WithTimeout(ctx, max(quiet, leastAnswer))
		err = c.Ping(ping)
		cancel()
		if err != nil {
			return "", err
		}
	}
}

// hangUp closes a connection even when the watcher's context has ended.
func hangUp(c *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.Close(ctx)
}
