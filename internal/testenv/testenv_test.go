package testenv

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
)

// What was committed before a kill is there after the next start.
func TestPostgresSurvivesKill(t *testing.T) {
	p := StartPostgres(t)
	url := p.Database(t)
	execute(t, url, "CREATE TABLE t AS SELECT 1 AS x")
	for _, paused := range []bool{false, true} {
		if paused {
			p.Pause()
		}
		p.Kill()
		p.Start(t)
		execute(t, url, "SELECT x FROM t")
	}
}

func TestRedisSurvivesKill(t *testing.T) {
	r := StartRedis(t)
	r.Kill()
	r.Start(t)
}

func execute(t *testing.T, url, sql string) {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, sql); err != nil {
		t.Fatal(err)
	}
}

// A program starts servers as a test does; what would fail a test is its error,
// and what it started is gone in the end.
func TestOutside(t *testing.T) {
	var redis *Redis
	err := Outside(func(p T) error {
		redis = StartRedis(p)
		if err := redis.ping(t.Context()); err != nil {
			t.Error(err)
		}
		p.Fatalf("the %s is full", "disk")
		return nil
	})
	if err == nil || err.Error() != "the disk is full" {
		t.Errorf("it returns %v", err)
	}
	if err := redis.ping(t.Context()); err == nil {
		t.Error("the server answers after its program has ended")
	}
	if err := Outside(func(T) error { return os.ErrExist }); !errors.Is(err, os.ErrExist) {
		t.Errorf("it returns %v", err)
	}
}

// Nobody else gets a port that was given: it may be free for a while, between two
// lives of a server.
func TestFreePort(t *testing.T) {
	given := map[int]bool{}
	for range 2 * blockSize {
		port := FreePort(t)
		if given[port] || port < lowestPort || port >= endPort {
			t.Fatalf("port %d is given again, or out of range", port)
		}
		given[port] = true
	}
	for _, l := range ports.blocks {
		first := l.Addr().(*net.TCPAddr).Port
		if given[first] || first%blockSize != 0 {
			t.Errorf("port %d holds a block, and is not its first alone", first)
		}
	}
}
