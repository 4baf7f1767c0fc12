package redisqueue

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"go.uber.org/goleak"

	"popeye/internal/testenv"
	"popeye/queue"
	"popeye/queue/queuetest"
	"popeye/vote"
	"popeye/vote/catalog"
	"popeye/vote/definition"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// poll and worker each have the rights of their user in deploy/redis/users.conf.
func TestContract(t *testing.T) {
	server := testenv.StartRedis(t, "--appendfsync", "everysec")
	admin := newAdmin(t, server.URL())
	queuetest.Run(t, func(t *testing.T) queuetest.Fixture {
		admin.do("FLUSHALL")
		// Only Die makes leases abandoned here, not a machine that is slow.
		poll := open(t, Config{URL: server.URLOf("poll")})
		q := open(t, Config{
			URL: server.URLOf("worker"), BatchSize: queuetest.BatchSize,
			ClaimAfter: time.Hour, ClaimEvery: 20 * time.Millisecond,
		})
		const before = 1000
		if err := q.Rebase(t.Context(), before); err != nil {
			t.Fatal(err)
		}
		return queuetest.Fixture{
			Inbox: poll, Catalog: q, Meter: q, Crowd: fronts{poll, q}, Before: before,
			NewWorker: func() queuetest.Worker {
				c := consume(t, q, "")
				return queuetest.Worker{Consumer: c, Die: func() { admin.kill(c) }, Leave: func() { _ = c.Close(context.Background()) }}
			},
			Push: func(_ testing.TB, raw []byte) { admin.do("RPUSH", keyVotes, string(raw)) },
		}
	})
}

// fronts lets poll tell, and the worker ask.
type fronts struct{ poll, worker *Queue }

func (f fronts) Tell(ctx context.Context, front string, a queue.Arrivals) error {
	return f.poll.Tell(ctx, front, a)
}

func (f fronts) Arrivals(ctx context.Context) (queue.Arrivals, error) { return f.worker.Arrivals(ctx) }

// open opens a queue that ends with the test.
func open(t testing.TB, cfg Config) *Queue {
	t.Helper()
	q, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(q.Close)
	return q
}

// consume makes a consumer that ends with the test, and lets Redis assign positions.
func consume(t testing.TB, q *Queue, name string) *Consumer {
	t.Helper()
	c := q.NewConsumer(name)
	if err := c.Fence(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

// publish publishes the default poll, open, as revision r of everything.
func publish(t testing.TB, q *Queue, r int64, edits ...func(*vote.Poll)) {
	t.Helper()
	p, err := definition.Default("Tea or coffee?", []string{"Tea", "Coffee"})
	if err != nil {
		t.Fatal(err)
	}
	p.Revision = r
	for _, edit := range edits {
		edit(&p)
	}
	if err := q.Publish(t.Context(), catalog.State{Revision: r, Polls: []vote.Poll{p}}.Whole()); err != nil {
		t.Fatal(err)
	}
}

func closing(p *vote.Poll) { p.Status = vote.Closing }

// over lets the poll close by itself, an hour ago.
func over(p *vote.Poll) { p.ClosesAt = time.Now().Add(-time.Hour) }

// ballot is a vote in that poll.
func ballot(voter string) queue.Cast {
	return queue.Cast{Vote: vote.Vote{Poll: vote.DefaultSlug, Voter: voter, Ballot: "a"}, Revision: 1}
}

// until waits for a condition that nobody announces.
func until(t testing.TB, what string, condition func() bool) {
	t.Helper()
	testenv.Eventually(t, what, func() error {
		if !condition() {
			return errors.New("it is not so")
		}
		return nil
	})
}

// admin is a plain client beside the queue: other programs, and the operator.
type admin struct {
	t testing.TB
	rueidis.Client
}

func newAdmin(t testing.TB, url string) admin {
	t.Helper()
	option := rueidis.MustParseURL(url)
	option.ForceSingleClient = true
	c, err := rueidis.NewClient(option)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return admin{t, c}
}

// do runs a command; nil is an answer.
func (a admin) do(command ...string) *rueidis.RedisMessage {
	a.t.Helper()
	m, err := a.Do(context.Background(), a.B().Arbitrary(command...).Build()).ToMessage()
	if err != nil && !rueidis.IsRedisNil(err) {
		a.t.Fatalf("%s: %v", command[0], err)
	}
	return &m
}

func (a admin) text(command ...string) string {
	a.t.Helper()
	m := a.do(command...)
	s, err := m.ToString()
	if err != nil {
		a.t.Fatal(err)
	}
	return s
}

// number runs a command that answers one.
func (a admin) number(command ...string) int64 {
	a.t.Helper()
	m := a.do(command...)
	n, err := m.AsInt64()
	if err != nil {
		a.t.Fatalf("%s: %v", command[0], err)
	}
	return n
}

// kill does to c what SIGKILL does, and lets a day pass for what it held.
func (a admin) kill(c *Consumer) {
	a.t.Helper()
	c.leases.stop()
	pending, err := a.Do(context.Background(), a.B().Xpending().Key(keyBatches).Group("workers").
		Start("-").End("+").Count(1000).Consumer(c.name).Build()).ToArray()
	if _, isRedis := rueidis.IsRedisErr(err); isRedis {
		return // there is no group yet
	}
	if err != nil {
		a.t.Fatal(err)
	}
	for _, lease := range pending {
		fields, _ := lease.ToArray()
		entry, _ := fields[0].ToString()
		a.do("XCLAIM", keyBatches, "workers", c.name, "0", entry, "IDLE", "86400000", "JUSTID")
	}
}

// A password with a slash in it looks like a port; no part of it may be told.
func TestAMalformedURLTellsNoPassword(t *testing.T) {
	for _, url := range []string{"redis://:hunt/er2@host:6379/0", "redis://:hunt%er2@host/0", "http://:hunter2@host", "redis://u:hunter2@host/x"} {
		q, err := Open(Config{URL: url})
		if err == nil {
			q.Close()
			t.Errorf("%q is fine", url)
		} else if strings.Contains(err.Error(), "hunt") || strings.Contains(err.Error(), "er2") {
			t.Errorf("%q: %v", url, err)
		}
	}
}
