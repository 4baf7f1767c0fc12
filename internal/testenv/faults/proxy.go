// Package faults is a network on which things go wrong. What enters is the address of a
// server; what leaves is that of a Proxy in front of it, which cuts, delays and loses, or
// Pipes, a network in memory alone.
package faults

import (
	"bytes"
	"context"
	"net"
	"net/url"
	"sync"
	"time"

	"popeye/internal/testenv"
)

// Proxy is the way between a program and a server, on which things go wrong. It
// cuts connections, makes them slow, lets nothing pass, and loses answers: what was
// asked for is done, and nobody learns of it. Safe for concurrent use.
type Proxy struct {
	listener net.Listener
	to       string // the server's host:port
	ended    sync.WaitGroup

	mu      sync.Mutex
	pipes   map[*pipe]bool
	slow    time.Duration // how long every piece of data is held up, each way
	swallow bool          // nothing passes, and nobody hangs up
	unsaid  []byte        // what the server's side never says; nil for nothing
	fault   *fault        // what is met by a request, nil for nothing
	lost    int           // answers lost to the fault so far
}

// fault is what happens to a request that holds a text.
type fault struct {
	text   []byte
	before bool          // the request is lost, not its answer
	once   bool          // then it is over
	met    chan struct{} // of one that is once: closed when it has happened
}

// pipe is one connection through a proxy.
type pipe struct {
	client, server net.Conn
	gone           context.Context // ends when it is cut
	cut            func()

	mu   sync.Mutex
	deaf *fault // by which no answer passes any more
}

// NewProxy starts a proxy to a server, host:port, which may not be there yet. It
// ends with t.
func NewProxy(t testenv.T, to string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: l, to: to, pipes: map[*pipe]bool{}}
	p.ended.Go(p.accept)
	t.Cleanup(p.Close)
	return p
}

// NewProxyFor is NewProxy for the server of a URL, and returns the URL through it.
func NewProxyFor(t testenv.T, to string) (*Proxy, string) {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	p := NewProxy(t, u.Host)
	u.Host = p.Addr()
	return p, u.String()
}

// Close ends the proxy and returns when nothing of it is left.
func (p *Proxy) Close() {
	p.listener.Close()
	p.CutAll()
	p.ended.Wait()
}

// Addr is where the proxy listens, host:port.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// CutAll hangs up on both sides of every connection that there is.
func (p *Proxy) CutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.pipes {
		l.cut()
	}
}

// Delay makes every piece of data wait so long, each way; 0 for not at all.
func (p *Proxy) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slow = d
}

// Swallow lets nothing pass from now on, and nobody hangs up: as if a cable were cut.
func (p *Proxy) Swallow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.swallow = true
}

// Unsay keeps a text out of whatever the server says.
func (p *Proxy) Unsay(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unsaid = []byte(text)
}

// LoseAnswers makes every request that holds a text lose its answer, and its
// connection with that, until it is called with "". It returns how many were lost
// before.
func (p *Proxy) LoseAnswers(text string) (lost int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = nil
	if text != "" {
		p.fault = &fault{text: []byte(text)}
	}
	lost, p.lost = p.lost, 0
	return lost
}

// LoseNextAnswer does that to the next request that holds a text, and to no other.
// The channel is closed once the server has answered, so that it is done.
func (p *Proxy) LoseNextAnswer(text string) (lost <-chan struct{}) {
	return p.next(&fault{text: []byte(text)})
}

// LoseNextRequest cuts the connection of the next request that holds a text, before
// the server reads it.
func (p *Proxy) LoseNextRequest(text string) (lost <-chan struct{}) {
	return p.next(&fault{text: []byte(text), before: true})
}

func (p *Proxy) next(f *fault) <-chan struct{} {
	f.once, f.met = true, make(chan struct{})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
	return f.met
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		p.ended.Go(func() { p.connect(client) })
	}
}

// connect serves one connection until one side hangs up or it is cut.
func (p *Proxy) connect(client net.Conn) {
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
	both.Go(func() { defer l.cut(); p.pass(l, client, server, p.request) })
	both.Go(func() { defer l.cut(); p.pass(l, server, client, p.answer) })
	both.Wait()
	p.mu.Lock()
	delete(p.pipes, l)
	p.mu.Unlock()
}

// request is asked about what a client says. What is small comes in one piece, so a
// text is found in one.
func (p *Proxy) request(l *pipe, data []byte) (passes []byte, goOn bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.fault
	if f == nil || !bytes.Contains(data, f.text) {
		return data, true
	}
	if f.once {
		p.fault = nil
	}
	if f.before {
		close(f.met)
		return nil, false
	}
	if l.deafen(f) {
		p.lost++
	}
	return data, true
}

// answer is asked about what a server says. That an answer came means that what was
// asked for is done.
func (p *Proxy) answer(l *pipe, data []byte) (passes []byte, goOn bool) {
	l.mu.Lock()
	f := l.deaf
	l.mu.Unlock()
	if f != nil {
		if f.once {
			close(f.met)
		}
		return nil, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.unsaid) > 0 {
		data = bytes.ReplaceAll(data, p.unsaid, nil)
	}
	return data, true
}

// deafen reports whether the client could hear answers until now.
func (l *pipe) deafen(f *fault) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	could := l.deaf == nil
	if could {
		l.deaf = f
	}
	return could
}

// pass copies what may pass, until one side hangs up or it may not go on.
func (p *Proxy) pass(l *pipe, from, to net.Conn, may func(*pipe, []byte) (passes []byte, goOn bool)) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		slow, swallow := p.slow, p.swallow
		p.mu.Unlock()
		if swallow {
			continue
		}
		if testenv.Sleep(l.gone, slow) != nil {
			return
		}
		passes, goOn := may(l, buf[:n])
		if !goOn {
			return
		}
		if _, err := to.Write(passes); err != nil {
			return
		}
	}
}
