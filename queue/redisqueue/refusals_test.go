package redisqueue

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"popeye/internal/metrics"
	"popeye/internal/metrics/metricstest"
	"popeye/internal/testenv"
	"popeye/queue"
)

// logbook is a log that tests read while it is written.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logbook) count(words string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), words)
}

// Redis answers PING and refuses votes. That is said once, in its words, and is no
// program that gets votes; it is again, by itself, when Redis takes them.
func TestARedisThatRefusesVotes(t *testing.T) {
	for name, c := range map[string]struct {
		refuse, take [][]string
		reason       string
		words        string // if others
	}{
		"no replicas": {[][]string{{"CONFIG", "SET", "min-replicas-to-write", "1"}}, [][]string{{"CONFIG", "SET", "min-replicas-to-write", "0"}}, "NOREPLICAS", ""},
		"full":        {[][]string{{"CONFIG", "SET", "maxmemory", "1"}}, [][]string{{"CONFIG", "SET", "maxmemory", "0"}}, "OOM", ""},
		"read-only":   {[][]string{{"REPLICAOF", "127.0.0.1", "1"}}, [][]string{{"REPLICAOF", "NO", "ONE"}}, "READONLY", ""},
		"wrong type":  {[][]string{{"SET", keyVotes, "x"}}, [][]string{{"DEL", keyVotes}}, "WRONGTYPE", ""},
		"a gate of the wrong type": {
			[][]string{{"RENAME", keyGate, "kept"}, {"SET", keyGate, "x"}}, [][]string{{"RENAME", "kept", keyGate}}, "WRONGTYPE", "",
		},
		"no permission": {[][]string{{"ACL", "SETUSER", "default", "-rpush"}}, [][]string{{"ACL", "SETUSER", "default", "+rpush"}}, "NOPERM", "can't run this command"},
	} {
		t.Run(name, func(t *testing.T) {
			words := cmp.Or(c.words, c.reason)
			server := testenv.StartRedis(t)
			admin := newAdmin(t, server.URL())
			q := open(t, Config{URL: server.URL()})
			publish(t, q, 1)
			log, registry := &logbook{}, metrics.NewRegistry()
			w := q.NewRefusals(slog.New(slog.NewTextHandler(log, nil)), registry)
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- w.Run(ctx) }()
			defer func() { stop(); <-ended }()
			if err := q.Cast(ctx, ballot("voter-before")); err != nil {
				t.Fatal(err)
			}
			admin.do("DEL", keyVotes)

			for _, command := range c.refuse {
				admin.do(command...)
			}
			for range 20 {
				if err := q.Cast(ctx, ballot("voter-refused")); !errors.Is(err, queue.ErrUnavailable) {
					t.Fatalf("Cast: %v", err)
				}
			}
			if err := q.Ready(ctx); err != nil {
				t.Fatalf("it does not even answer: %v", err)
			}
			if err := w.Ready(ctx); err == nil || !strings.Contains(err.Error(), words) {
				t.Errorf("ready with %v", err)
			}
			until(t, "it is said", func() bool { return log.count("level=WARN") == 1 && log.count(words) >= 1 })
			if n := metricstest.Values(t, registry)["popeye_queue_refusals_total "+c.reason]; n != 20 {
				t.Errorf("%v votes refused by %s, want 20", n, c.reason)
			}

			for _, command := range c.take {
				admin.do(command...)
			}
			until(t, "it is ready without a vote", func() bool { return w.Ready(ctx) == nil })
			if n := admin.number("LLEN", keyVotes); n != 0 {
				t.Errorf("trying has left %d votes", n)
			}
			if err := q.Cast(ctx, ballot("voter-after")); err != nil {
				t.Error(err)
			}
			if log.count("level=WARN") != 1 || log.count("takes votes again") != 1 || log.count("voter-") != 0 {
				t.Errorf("the log:\n%s", &log.text)
			}
		})
	}
}
