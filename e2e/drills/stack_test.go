//go:build linux

package drills

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/rueidis"

	"popeye/internal/testenv"
)

// drainBound is what a program promises to need, at most, to end on SIGTERM.
const drainBound = 15 * time.Second

// stops tells a program to end, and demands that it does so well.
func stops(t testing.TB, p *testenv.Program) {
	t.Helper()
	p.Signal(syscall.SIGTERM)
	endsWell(t, p)
}

// endsWell waits for the end of a program that was told to.
func endsWell(t testing.TB, p *testenv.Program) {
	t.Helper()
	if code := p.Ends(t, drainBound); code != 0 {
		t.Errorf("%s ended with %d on SIGTERM, want 0", p.Name(), code)
	}
}

// stack is the five services, one of each.
type stack struct {
	*testenv.Stack
	poll, worker, result *testenv.Program
}

// newStack prepares the services on a Redis of their own, and on a PostgreSQL
// that others use too: a drill that harms it brings one of its own.
func newStack(t testing.TB, redisOptions ...string) *stack {
	t.Helper()
	return onServers(t, testenv.StartRedis(t, redisOptions...), testenv.SharedPostgres(t))
}

// onServers prepares the services on servers that are there.
func onServers(t testing.TB, redis *testenv.Redis, pg *testenv.Postgres) *stack {
	t.Helper()
	s := testenv.NewStack(t, testenv.StackConfig{
		Bin: bin, Redis: redis, Postgres: pg,
		Env: map[string][]string{"poll": {"VOTE_RATE=0"}}, // a crowd of programs votes faster than people
	})
	return &stack{s, s.Polls[0], s.Workers[0], s.Results[0]}
}

func (s *stack) programs() []*testenv.Program { return []*testenv.Program{s.poll, s.worker, s.result} }

func (s *stack) start(t testing.TB) *stack {
	t.Helper()
	for _, p := range s.programs() {
		p.Start(t)
	}
	return s.works(t)
}

// works waits until all is ready and the default poll takes votes.
func (s *stack) works(t testing.TB) *stack {
	t.Helper()
	for _, p := range s.programs() {
		p.Ready(t)
	}
	testenv.Answers(t, s.poll.URL+"/api/v1/polls/default")
	return s
}

// moveTo makes the services use another database when they start next.
func (s *stack) moveTo(t testing.TB, pg *testenv.Postgres, db string) {
	t.Helper()
	worker, result := pg.Users(t, db)
	for p, url := range map[*testenv.Program]string{s.worker: worker, s.result: result} {
		for i, v := range p.Env {
			if strings.HasPrefix(v, "DATABASE_URL=") {
				p.Env[i] = "DATABASE_URL=" + url
			}
		}
	}
	s.Postgres, s.Database = pg, db
}

// again stops programs and starts them.
func again(t *testing.T, programs ...*testenv.Program) {
	t.Helper()
	for _, p := range programs {
		stops(t, p)
		p.Start(t)
	}
	for _, p := range programs {
		p.Ready(t)
	}
}

// ask runs one query for one value on a connection of its own: servers come
// and go in a drill.
func ask[T any](t testing.TB, url, sql string, args ...any) T {
	t.Helper()
	v, err := query[T](t.Context(), url, sql, args...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func query[T any](ctx context.Context, url, sql string, args ...any) (v T, err error) {
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return v, err
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	return v, c.QueryRow(ctx, sql, args...).Scan(&v)
}

func execute(t testing.TB, url, sql string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.WithoutCancel(t.Context())) }()
	if _, err := c.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// redisDo runs one command on a connection of its own.
func redisDo(t testing.TB, r *testenv.Redis, command ...string) rueidis.RedisResult {
	t.Helper()
	c, err := redisClient(r, "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.Do(t.Context(), c.B().Arbitrary(command...).Build())
}

func redisClient(r *testenv.Redis, user, password string) (rueidis.Client, error) {
	return rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{r.Addr()}, Username: user, Password: password, ForceSingleClient: true, DisableCache: true,
	})
}

func redisInt(t testing.TB, r *testenv.Redis, command ...string) int64 {
	t.Helper()
	n, err := redisDo(t, r, command...).AsInt64()
	if err != nil && !rueidis.IsRedisNil(err) {
		t.Fatalf("%s: %v", command, err)
	}
	return n
}
