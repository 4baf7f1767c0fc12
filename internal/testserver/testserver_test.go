package testserver

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
)

// What was committed before a kill is there after the next start.
func TestPostgresSurvivesKill(t *testing.T) {
	p := StartPostgres(t)
	url := p.Database(t)
	execute(t, url, "CREATE TABLE t AS SELECT 1 AS x")
	p.Kill()
	p.Start(t)
	execute(t, url, "SELECT x FROM t")
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
