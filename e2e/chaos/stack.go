package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"popeye/internal/testenv"
)

// replicas is how many there are of each service.
const replicas = 2

// stack is what the storm rages in: Redis and PostgreSQL as in production, two
// of each of our services, and a link of its own for each connection between.
type stack struct {
	redis *testenv.Redis
	clock *testenv.Clock // that Redis lives by
	data  string         // Redis' folder
	pg    *testenv.Postgres
	db    string // URL, past the links

	polls, workers, results [replicas]*program

	pollRedis, workerRedis, workerPostgres, resultPostgres [replicas]*proxy

	token string // the organiser's
}

// newStack starts the servers and the links and prepares the services: bin is
// the folder of their programs, logs that of what they say. fault is that of the
// workers, if they are to be broken ones.
func newStack(t testenv.T, bin, fault, logs string) *stack {
	s := &stack{clock: testenv.NewClock(t), data: filepath.Join(logs, "redis"), token: rand.Text()}
	if err := os.MkdirAll(s.data, 0o700); err != nil {
		t.Fatal(err)
	}
	s.redis, s.pg = testenv.StartRedisUnder(t, s.clock, "--dir", s.data), testenv.StartPostgres(t)
	s.db = s.pg.Database(t)
	workers, results := s.pg.Users(t, s.db)
	worker := filepath.Join(bin, "worker")
	if fault != "" {
		worker = filepath.Join(bin, "broken")
	}
	for i := range replicas {
		link := func(to string) *proxy {
			p, err := newProxy(to)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(p.close)
			return p
		}
		store := net.JoinHostPort(s.pg.Host, strconv.Itoa(s.pg.Port))
		s.pollRedis[i], s.workerRedis[i] = link(s.redis.Addr()), link(s.redis.Addr())
		s.workerPostgres[i], s.resultPostgres[i] = link(store), link(store)

		s.polls[i] = newProgram(t, "poll", i, logs, filepath.Join(bin, "poll"), s.queueAt("poll", s.pollRedis[i]), "VOTE_RATE=0")
		s.workers[i] = newProgram(t, "worker", i, logs, worker,
			append(manyOptions(), s.queueAt("worker", s.workerRedis[i]), s.storeAt(workers, s.workerPostgres[i]), "FAULT="+fault)...)
		s.results[i] = newProgram(t, "result", i, logs, filepath.Join(bin, "result"), s.storeAt(results, s.resultPostgres[i]), "ADMIN_TOKEN="+s.token)
	}
	return s
}

// queueAt and storeAt lead a user's URL over a link.
func (s *stack) queueAt(user string, p *proxy) string {
	return "REDIS_URL=" + strings.Replace(s.redis.URLOf(user), s.redis.Addr(), p.addr(), 1)
}

func (s *stack) storeAt(url string, p *proxy) string {
	server := net.JoinHostPort(s.pg.Host, strconv.Itoa(s.pg.Port))
	return "DATABASE_URL=" + strings.Replace(url, server, p.addr(), 1)
}

// manyOptions gives the default poll so many options that a voter can change
// their mind for a whole storm and never choose the same again.
func manyOptions() []string {
	var env []string
	for c := 'A'; c <= 'Z'; c++ {
		env = append(env, fmt.Sprintf("OPTION_%c=Option %c", c, c))
	}
	return env
}

// newProgram prepares a service with a free port for each of its addresses.
func newProgram(t testenv.T, name string, i int, logs, path string, env ...string) *program {
	p := &program{name: fmt.Sprintf("%s-%d", name, i+1), path: path}
	p.ops = fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t))
	addr := fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t))
	p.url = "http://" + addr
	// Every vote is traced, and nobody takes the spans: that must cost no vote.
	collector := fmt.Sprintf("http://127.0.0.1:%d", testenv.FreePort(t))
	p.env = append([]string{"METRICS_ADDR=" + p.ops, "ADDR=" + addr, "OTEL_EXPORTER_OTLP_ENDPOINT=" + collector}, env...)
	p.log = filepath.Join(logs, p.name+".log")
	t.Cleanup(p.kill)
	return p
}

func (s *stack) all() []*program {
	var all []*program
	for i := range replicas {
		all = append(all, s.polls[i], s.workers[i], s.results[i])
	}
	return all
}

// start starts all services and waits until votes can be cast.
func (s *stack) start(ctx context.Context) error {
	for _, p := range s.all() {
		if err := p.start(); err != nil {
			return err
		}
	}
	for _, p := range s.all() {
		if err := p.ready(ctx); err != nil {
			return err
		}
	}
	return s.published(ctx, "default")
}

// published waits until every voting front knows a poll.
func (s *stack) published(ctx context.Context, slug string) error {
	for _, p := range s.polls {
		err := eventually(ctx, "the poll "+slug+" is published", func() error {
			status, body, err := get(ctx, p.url+"/api/v1/polls/"+slug)
			if err == nil && status != http.StatusOK {
				err = fmt.Errorf("%s answered %d: %s", p.name, status, body)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
