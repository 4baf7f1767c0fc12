package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// proxy is the link between one of our processes and a server. It can cut the
// connections, make them slow, and lose answers: what was asked for is done, and
// nobody learns of it. Safe for concurrent use.
type proxy struct {
	listener net.Listener
	to       string // the server's host:port
	ended    sync.WaitGroup

	mu    sync.Mutex
	pipes map[*pipe]bool
	slow  time.Duration // how long every piece of data is held up, each way
	lose  []byte        // a request that holds this text gets no answer; nil for none
	lost  int           // answers lost so far
}

// pipe is one connection through a proxy.
type pipe struct {
	client, server net.Conn
	gone           context.Context // ends when it is cut
	cut            func()

	mu   sync.Mutex
	deaf bool // no answer passes any more
}

// newProxy starts a link to a server, which may not be there yet. It ends with close.
func newProxy(to string) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start a link to %s: %w", to, err)
	}
	p := &proxy{listener: l, to: to, pipes: map[*pipe]bool{}}
	p.ended.Go(p.accept)
	return p, nil
}

// close ends the link and returns when nothing of it is left.
func (p *proxy) close() {
	p.listener.Close()
	p.cutAll()
	p.ended.Wait()
}

// addr is where the link begins, host:port.
func (p *proxy) addr() string { return p.listener.Addr().String() }

// cutAll hangs up on both sides of every connection that there is.
func (p *proxy) cutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.pipes {
		l.cut()
	}
}

// hold makes every piece of data wait so long, each way; 0 for not at all.
func (p *proxy) hold(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slow = d
}

// loseAnswers makes every request that holds text lose its answer, and its
// connection with that, until it is called with "". It returns how many were
// lost before.
func (p *proxy) loseAnswers(text string) (lost int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lose = []byte(text)
	lost, p.lost = p.lost, 0
	return lost
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		p.ended.Go(func() { p.connect(client) })
	}
}

// connect serves one connection until one side hangs up or it is cut.
func (p *proxy) connect(client net.Conn) {
	defer client.Close()
	server, err := net.DialTimeout("tcp", p.to, time.Second)
	if err != nil {
		return // the client learns that nobody is there
	}
	defer server.Close()
	gone, end := context.WithCancel(context.Background())
	l := &pipe{client: client, server: server, gone: gone}
	l.cut = func() { end(); client.Close(); server.Close() }
	defer l.cut()

	p.mu.Lock()
	p.pipes[l] = true
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { defer l.cut(); p.requests(l) })
	both.Go(func() { defer l.cut(); p.answers(l) })
	both.Wait()
	p.mu.Lock()
	delete(p.pipes, l)
	p.mu.Unlock()
}

// requests passes on what the client says. What is small comes in one piece, so
// a text is found in one.
func (p *proxy) requests(l *pipe) {
	p.pass(l, l.client, l.server, func(data []byte) bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(p.lose) > 0 && bytes.Contains(data, p.lose) && l.deafen() {
			p.lost++
		}
		return true
	})
}

// answers passes on what the server says, until an answer is to be lost. That it
// came means that what was asked for is done.
func (p *proxy) answers(l *pipe) {
	p.pass(l, l.server, l.client, func([]byte) bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return !l.deaf
	})
}

// deafen reports whether the client could hear answers until now.
func (l *pipe) deafen() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	could := !l.deaf
	l.deaf = true
	return could
}

// pass copies until one side hangs up, or may says no.
func (p *proxy) pass(l *pipe, from, to net.Conn, may func([]byte) bool) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		slow := p.slow
		p.mu.Unlock()
		if wait(l.gone, slow) != nil || !may(buf[:n]) {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// wait returns after d, or why ctx ended before.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
