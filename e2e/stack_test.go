package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"popeye/internal/testenv"
)

// patience bounds every wait. It is no promise about speed: machines are noisy.
const patience = 30 * time.Second

const adminToken = "organiser-token-of-the-tests"

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
	url  string // of its site, "" if it has none
	ops  string // of its operators' pages

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan error
	log  *logs
}

// newProgram prepares a program with a free port for each of its addresses.
func newProgram(t testing.TB, name string, env ...string) *program {
	t.Helper()
	p := &program{name: name, log: &logs{}}
	p.ops = fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t))
	addr := fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t))
	p.url = "http://" + addr
	p.env = append([]string{"METRICS_ADDR=" + p.ops, "ADDR=" + addr}, env...)
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("log of %s:\n%s", name, p.log)
		}
	})
	return p
}

// start starts the program; it may have run before.
func (p *program) start(t testing.TB) *program {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	cmd := exec.Command(filepath.Join(bin, p.name))
	cmd.Env, cmd.Stdout, cmd.Stderr = p.env, p.log, p.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	p.cmd, p.done = cmd, done
	return p
}

// kill ends the program at once, as a crash would.
func (p *program) kill() { _ = p.end(syscall.SIGKILL) }

// stop asks the program to end, and returns how it did.
func (p *program) stop() error { return p.end(syscall.SIGTERM) }

func (p *program) end(s syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return nil
	}
	_ = p.cmd.Process.Signal(s)
	err := <-p.done
	p.cmd = nil
	return err
}

// ready waits until the program and all its backends answer.
func (p *program) ready(t testing.TB) *program {
	t.Helper()
	eventually(t, p.name+" is ready", p.isReady)
	return p
}

func (p *program) isReady() error {
	status, body, err := get("http://" + p.ops + "/readyz")
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("readyz answered %d: %s", status, body)
	}
	return err
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

// stack is the five services.
type stack struct {
	redis   *testenv.Redis
	pg      *testenv.Postgres
	db      string // URL, for the superuser
	polls   []*program
	workers []*program
	results []*program
}

// newStack starts Redis and PostgreSQL and prepares the services, n of each;
// startAll starts them.
func newStack(t testing.TB, n int) *stack {
	t.Helper()
	s := &stack{redis: testenv.StartRedis(t), pg: testenv.StartPostgres(t)}
	s.db = s.pg.Database(t)
	worker, result := s.pg.Users(t, s.db)
	for range n {
		s.polls = append(s.polls, newProgram(t, "poll", "REDIS_URL="+s.redis.URLOf("poll")))
		s.workers = append(s.workers, newProgram(t, "worker", "REDIS_URL="+s.redis.URLOf("worker"), "DATABASE_URL="+worker))
		s.results = append(s.results, newProgram(t, "result", "DATABASE_URL="+result, "ADMIN_TOKEN="+adminToken))
	}
	return s
}

func (s *stack) all() []*program {
	var all []*program
	for i := range s.polls {
		all = append(all, s.polls[i], s.workers[i], s.results[i])
	}
	return all
}

func (s *stack) startAll(t testing.TB) *stack {
	t.Helper()
	for _, p := range s.all() {
		p.start(t)
	}
	for _, p := range s.all() {
		p.ready(t)
	}
	eventually(t, "the default poll is published", func() error {
		status, body, err := get(s.polls[0].url + "/api/v1/polls/default")
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("status %d: %s", status, body)
		}
		return err
	})
	return s
}

var client = &http.Client{Timeout: 10 * time.Second}

func get(url string) (int, []byte, error) {
	resp, err := client.Get(url)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, body, err
}

// voter is a person without a browser: they keep their cookies.
type voter struct{ client *http.Client }

func newVoter() *voter {
	jar, _ := cookiejar.New(nil)
	return &voter{&http.Client{Jar: jar, Timeout: 10 * time.Second}}
}

// vote posts the form; nil means that the page says "recorded".
func (v *voter) vote(site, ballot string) error {
	resp, err := v.client.PostForm(site, url.Values{"vote": {ballot}})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || !bytes.Contains(page, []byte("Recorded")) {
		return fmt.Errorf("status %d, and the page does not say that it is recorded", resp.StatusCode)
	}
	return nil
}

// tally is what the results API says.
type tally struct {
	Status  string
	Total   int64
	Options []struct {
		ID    string
		Votes int64
	}
}

func (c tally) String() string {
	var parts []string
	for _, o := range c.Options {
		parts = append(parts, fmt.Sprintf("%s:%d", o.ID, o.Votes))
	}
	return strings.Join(parts, " ")
}

// results reads a poll's count from a result service.
func results(site, slug string) (c tally, err error) {
	status, body, err := get(site + "/api/v1/polls/" + slug + "/results")
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("status %d: %s", status, body)
	}
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(body, &c)
}

// shows waits until a poll's count is as wanted, as in "a:1 b:0 c:0 d:0".
func shows(t testing.TB, site, slug, want string) {
	t.Helper()
	eventually(t, "the count is "+want, func() error {
		c, err := results(site, slug)
		if err == nil && c.String() != want {
			err = errors.New("it is " + c.String())
		}
		return err
	})
}

// organise sends an organiser's request and returns the status and body.
func organise(t testing.TB, token, method, url, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(answer)
}
