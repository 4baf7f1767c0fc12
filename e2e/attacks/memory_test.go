//go:build linux

package attacks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
	"popeye/queue/redisqueue"
	"popeye/vote"
	"popeye/vote/catalog"
	"popeye/vote/definition"
)

const (
	// memory is what Compose gives to poll; goLimit is its GOMEMLIMIT there.
	memory  = 512 << 20
	goLimit = "409MiB"
	// strangers are the connections of an attack: as many as one process may have.
	strangers = 14_000
)

// One machine sends thousands of requests that take memory and never end. Poll stays
// within what Compose gives it, and takes votes again once the attack is over.
func TestUnfinishedRequestsFitIntoMemory(t *testing.T) {
	body := strings.Repeat("x", 31<<10)
	fields, headers := distinct('=', '&', 7<<10), distinct(':', '\n', 11<<10)
	for name, request := range map[string]string{
		"bodies":  "POST /api/v1/polls/default/votes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 32000\r\n\r\n{\"vote\":\"" + body,
		"short":   "POST /api/v1/polls/default/votes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 8000\r\n\r\n{\"vote\":\"" + body[:7<<10],
		"forms":   fmt.Sprintf("POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", 1+len(fields)) + fields,
		"headers": "GET / HTTP/1.1\r\nHost: x\r\n" + headers,
		"silence": "GET",
		"streams": "GET /events HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			p := startPoll(t)
			refused := p.hold(t, strangers, request)
			t.Logf("MEASURED %s: %d connections, %d refused, %s", name, strangers, refused, p.stayed(t))
			testenv.Eventually(t, "a vote is recorded", p.vote)
		})
	}
}

// distinct returns fields of two or three letters, all different.
func distinct(equals, end byte, size int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	var b strings.Builder
	for n := 0; b.Len() < size; n++ {
		for m := n; ; m /= len(alphabet) {
			b.WriteByte(alphabet[m%len(alphabet)])
			if m < len(alphabet) {
				break
			}
		}
		b.WriteByte(equals)
		b.WriteByte(end)
	}
	return b.String()
}

// startPoll starts poll as Compose does, with a poll to vote in.
func startPoll(t *testing.T, settings ...string) *target {
	t.Helper()
	redis := testenv.StartRedis(t)
	publish(t, redis.URL())
	return startIn(t, newCage(t, memory), "poll", append(settings, "REDIS_URL="+redis.URL(), "GOMEMLIMIT="+goLimit, "MAX_CONNS_PER_ADDRESS=0")...)
}

func publish(t *testing.T, url string) {
	t.Helper()
	q, err := redisqueue.Open(redisqueue.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	p, err := definition.Default("Where to?", []string{"Pizza", "Salad"})
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Publish(t.Context(), catalog.State{Revision: 1, Polls: []vote.Poll{p}}.Whole()); err != nil {
		t.Fatal(err)
	}
}

// hold sends a request on very many connections, all open until it returns, and
// returns how many of them the program ended.
func (a *target) hold(t *testing.T, n int, request string) (refused int64) {
	t.Helper()
	var all []net.Conn
	var mu sync.Mutex
	var workers sync.WaitGroup
	var next, ended atomic.Int64
	for range 32 {
		workers.Go(func() {
			for next.Add(1) <= int64(n) {
				c, err := net.Dial("tcp", a.addr)
				if err != nil {
					ended.Add(1)
					continue
				}
				_, _ = io.WriteString(c, request) // that it was ended is seen below
				mu.Lock()
				all = append(all, c)
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	for _, c := range all {
		if hasEnded(c) {
			ended.Add(1)
		}
	}
	for _, c := range all {
		_ = c.Close()
	}
	return ended.Load()
}

// hasEnded reports whether the other side has closed a connection or said no. It
// does not wait.
func hasEnded(c net.Conn) bool {
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		return true
	}
	answer := make([]byte, 12)
	var n int
	if raw.Read(func(fd uintptr) bool { n, err = syscall.Read(int(fd), answer); return true }) != nil {
		return true
	}
	return n == 0 || err != nil && !errors.Is(err, syscall.EAGAIN) || n == len(answer) && string(answer[9:]) != "200"
}

// vote casts a vote, and says why it was not recorded.
func (a *target) vote() error {
	return people.NewVoter(a.URL).Cast(context.Background(), vote.DefaultSlug, "a", "")
}
