package drills

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/rueidis"

	"popeye/internal/testenv"
)

const (
	// patience bounds every wait. It is no promise about speed: machines are noisy.
	patience = 45 * time.Second
	// drainBound is what a program promises to need, at most, to end on SIGTERM.
	drainBound = 15 * time.Second
	adminToken = "organiser-token-of-the-drills"
)

// eventually asks until the answer is right.
func eventually(t testing.TB, what string, ask func() error) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for {
		err := ask()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s: not within %s: %v", what, patience, err)
		}
	}
}

// program is one of our binaries, running.
type program struct {
	name string
	env  []string
	url  string // of its site
	ops  string // of its operators' pages
	log  logs

	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{} // closed when cmd has ended
}

// newProgram prepares a program with a free port for each of its addresses.
func newProgram(t testing.TB, name string, env ...string) *program {
	t.Helper()
	addr := func() string { return fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t)) }
	p := &program{name: name, ops: addr()}
	site := addr()
	p.url = "http://" + site
	p.env = append([]string{"METRICS_ADDR=" + p.ops, "ADDR=" + site}, env...)
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("log of %s:\n%s", name, &p.log)
		}
	})
	return p
}

// start starts the program; it may have run before.
func (p *program) start(t testing.TB) *program {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	cmd := p.command()
	cmd.Stdout, cmd.Stderr = &p.log, &p.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	p.cmd, p.ended = cmd, ended
	return p
}

func (p *program) command(args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(bin, p.name), args...)
	cmd.Env = p.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// signal sends a signal to the program, if it was started.
func (p *program) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		_ = p.cmd.Process.Signal(s)
	}
}

// kill ends the program at once, as a crash would.
func (p *program) kill() {
	p.signal(syscall.SIGKILL)
	if p.cmd != nil {
		<-p.ended
	}
}

// ends waits for the end, within what is promised, and returns the exit code;
// -1 is the end by a signal.
func (p *program) ends(t testing.TB) int {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(drainBound):
		t.Fatalf("%s has not ended %s after it was told to", p.name, drainBound)
	}
	return p.cmd.ProcessState.ExitCode()
}

// stops tells the program to end, and demands that it does so well.
func (p *program) stops(t testing.TB) {
	t.Helper()
	p.signal(syscall.SIGTERM)
	p.endsWell(t)
}

// endsWell waits for the end of a program that was told to.
func (p *program) endsWell(t testing.TB) {
	t.Helper()
	if code := p.ends(t); code != 0 {
		t.Errorf("%s ended with %d on SIGTERM, want 0", p.name, code)
	}
}

// ready waits until the program and all its backends answer.
func (p *program) ready(t testing.TB) *program {
	t.Helper()
	eventually(t, p.name+" is ready", func() error {
		status, body, err := get("http://" + p.ops + "/readyz")
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("readyz answered %d: %s", status, body)
		}
		return err
	})
	return p
}

// says waits until the program's log holds some words.
func (p *program) says(t testing.TB, words string) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s says %q", p.name, words), func() error {
		if p.log.count(words) == 0 {
			return errors.New("it does not")
		}
		return nil
	})
}

// metric reads one figure of the program's.
func (p *program) metric(t testing.TB, name string) float64 {
	t.Helper()
	_, body, err := get("http://" + p.ops + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(body)) {
		if value, found := strings.CutPrefix(line, name+" "); found {
			n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("%s has no metric %s", p.name, name)
	return 0
}

// logs keeps what a program writes.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *logs) count(words string) int { return strings.Count(l.String(), words) }

// stack is the five services, one of each.
type stack struct {
	redis                *testenv.Redis
	pg                   *testenv.Postgres
	db                   string // URL
	poll, worker, result *program
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
	s := &stack{redis: redis, pg: pg, db: pg.Database(t)}
	worker, result := pg.Users(t, s.db)
	s.poll = newProgram(t, "poll", "REDIS_URL="+redis.URLOf("poll"), "VOTE_RATE=0") // a crowd of programs votes faster than people
	s.worker = newProgram(t, "worker", "REDIS_URL="+redis.URLOf("worker"), "DATABASE_URL="+worker)
	s.result = newProgram(t, "result", "DATABASE_URL="+result, "ADMIN_TOKEN="+adminToken)
	return s
}

func (s *stack) programs() []*program { return []*program{s.poll, s.worker, s.result} }

func (s *stack) start(t testing.TB) *stack {
	t.Helper()
	for _, p := range s.programs() {
		p.start(t)
	}
	return s.works(t)
}

// works waits until all is ready and the default poll takes votes.
func (s *stack) works(t testing.TB) *stack {
	t.Helper()
	for _, p := range s.programs() {
		p.ready(t)
	}
	answers(t, s.poll.url+"/api/v1/polls/default")
	return s
}

// moveTo makes the services use another database when they start next.
func (s *stack) moveTo(t testing.TB, pg *testenv.Postgres, db string) {
	t.Helper()
	worker, result := pg.Users(t, db)
	for p, url := range map[*program]string{s.worker: worker, s.result: result} {
		for i, v := range p.env {
			if strings.HasPrefix(v, "DATABASE_URL=") {
				p.env[i] = "DATABASE_URL=" + url
			}
		}
	}
	s.pg, s.db = pg, db
}

// again stops programs and starts them.
func again(t *testing.T, programs ...*program) {
	t.Helper()
	for _, p := range programs {
		p.stops(t)
		p.start(t)
	}
	for _, p := range programs {
		p.ready(t)
	}
}

// fresh keeps no connections: what is drained must not wait for it, and what
// was killed must not answer from an old one.
var (
	fresh  = &http.Transport{DisableKeepAlives: true}
	client = &http.Client{Timeout: 10 * time.Second, Transport: fresh}
)

func get(url string) (int, []byte, error) {
	resp, err := client.Get(url)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, body, err
}

func answers(t testing.TB, url string) {
	t.Helper()
	eventually(t, url+" answers", func() error {
		status, body, err := get(url)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("status %d: %s", status, body)
		}
		return err
	})
}

// organise sends an organiser's request to the result service.
func (s *stack) organise(t testing.TB, method, path, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.result.url+"/api/v1/polls"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+adminToken)
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s %s: status %d, %v: %s", method, path, resp.StatusCode, err, answer)
	}
}

func connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = c.Close(ctx)
	})
	return c
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
