package redisqueue

import (
	"bytes"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// proxy stands between a queue and Redis, and loses answers: "it was done, but
// nobody was told".
type proxy struct {
	net.Listener
	to string

	// lose: the request that holds these bytes is forwarded, then the connection
	// is cut before its answer is through.
	lose atomic.Pointer[[]byte]
	lost chan struct{} // one element for each request that lost its answer

	deaf  atomic.Bool // Redis' news that a cached key changed is dropped
	ended sync.WaitGroup
}

func newProxy(t testing.TB, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: l, to: to, lost: make(chan struct{}, 100)}
	p.ended.Go(p.accept)
	t.Cleanup(func() { l.Close(); p.ended.Wait() })
	return p
}

func (p *proxy) url() string { return "redis://" + p.Addr().String() }

// loseAnswer makes the next request that holds text lose its answer.
func (p *proxy) loseAnswer(text string) {
	b := []byte(text)
	p.lose.Store(&b)
}

func (p *proxy) accept() {
	for {
		client, err := p.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.to)
		if err != nil {
			client.Close()
			continue
		}
		cut := func() { client.Close(); server.Close() }
		answers := &gate{Writer: client, deaf: &p.deaf}
		p.ended.Go(func() { defer cut(); p.forward(client, server, answers) })
		p.ended.Go(func() { defer cut(); _, _ = io.Copy(answers, server) })
	}
}

// forward copies requests. A small request arrives in one read, so the text is
// found in one.
func (p *proxy) forward(client, server net.Conn, answers *gate) {
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		lose := p.lose.Load()
		found := lose != nil && bytes.Contains(buf[:n], *lose) && p.lose.CompareAndSwap(lose, nil)
		if found {
			answers.shut()
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
		if found {
			<-answers.reached // Redis has answered, so it was done
			p.lost <- struct{}{}
			return
		}
	}
}

// pollsChanged is how Redis says that the definitions have changed.
const pollsChanged = ">2\r\n$10\r\ninvalidate\r\n*1\r\n$12\r\n" + keyPolls + "\r\n"

// gate passes answers on, until it is shut.
type gate struct {
	io.Writer
	deaf    *atomic.Bool
	mu      sync.Mutex
	reached chan struct{} // not nil: shut; closed by the first answer that stays here
	done    bool
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.reached = make(chan struct{})
}

func (g *gate) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.reached == nil {
		n := len(b)
		if g.deaf.Load() {
			b = bytes.ReplaceAll(b, []byte(pollsChanged), nil)
		}
		_, err := g.Writer.Write(b)
		return n, err
	}
	if !g.done {
		g.done = true
		close(g.reached)
	}
	return len(b), nil
}
