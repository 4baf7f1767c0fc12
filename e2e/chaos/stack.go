package main

import (
	"fmt"
	"os"
	"path/filepath"

	"popeye/internal/testenv"
	"popeye/internal/testenv/faults"
)

// replicas is how many there are of each service.
const replicas = 2

// stack is what the storm rages in: Redis and PostgreSQL as in production, two
// of each of our services, and a link of its own for each connection between.
type stack struct {
	*testenv.Stack
	clock *testenv.Clock // that Redis lives by
	data  string         // Redis' folder
	logs  string         // the folder of what the services say

	pollRedis, workerRedis, workerPostgres, resultPostgres []*faults.Proxy
}

// newStack starts the servers and the links and prepares the services: bin is
// the folder of their programs, logs that of what they say. fault is that of the
// workers, if they are to be broken ones.
func newStack(t testenv.T, bin, fault, logs string) *stack {
	s := &stack{clock: testenv.NewClock(t), data: filepath.Join(logs, "redis"), logs: logs}
	if err := os.MkdirAll(s.data, 0o700); err != nil {
		t.Fatal(err)
	}
	// Every vote is traced, and nobody takes the spans: that must cost no vote.
	traced := fmt.Sprintf("OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:%d", testenv.FreePort(t))
	c := testenv.StackConfig{
		Bin: bin, Replicas: replicas, Logs: logs, Redis: testenv.StartRedisUnder(t, s.clock, "--dir", s.data),
		Env: map[string][]string{
			"poll": {traced, "VOTE_RATE=0"}, "worker": append(manyOptions(), traced, "FAULT="+fault), "result": {traced},
		},
		Link: func(service string, _ int, server string) string { return s.link(t, service, server) },
	}
	if fault != "" {
		c.Path = map[string]string{"worker": filepath.Join(bin, "broken")}
	}
	s.Stack = testenv.NewStack(t, c)
	return s
}

// link makes the next link of a service to a server: they come replica by replica.
func (s *stack) link(t testenv.T, service, server string) string {
	p := faults.NewProxy(t, server)
	switch {
	case service == "poll":
		s.pollRedis = append(s.pollRedis, p)
	case service == "result":
		s.resultPostgres = append(s.resultPostgres, p)
	case len(s.workerRedis) == len(s.workerPostgres): // a worker asks for Redis first
		s.workerRedis = append(s.workerRedis, p)
	default:
		s.workerPostgres = append(s.workerPostgres, p)
	}
	return p.Addr()
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
