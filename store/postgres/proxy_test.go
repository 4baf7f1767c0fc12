package postgres

import (
	"bytes"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// fault is what a proxy does to a connection at its next COMMIT.
type fault int32

const (
	none       fault = iota
	cutBefore        // the COMMIT does not reach the server
	cutAfter         // the server has committed, its answer does not come back
	swallowAll       // from now on nothing passes, and nobody hangs up
)

// proxy stands between a Store and its server and injects faults.
type proxy struct {
	net.Listener
	server string
	fault  atomic.Int32
	wg     sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
}

// newProxy starts a proxy and returns it with the database's URL through it.
func newProxy(t *testing.T, database string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: l, server: u.Host}
	u.Host = l.Addr().String()
	p.wg.Go(p.accept)
	t.Cleanup(p.close)
	return p, u.String()
}

func (p *proxy) close() {
	p.Listener.Close()
	p.mu.Lock()
	for _, c := range p.conns {
		c.Close()
	}
	p.mu.Unlock()
	p.wg.Wait()
}

func (p *proxy) accept() {
	for {
		client, err := p.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.server)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, client, server)
		p.mu.Unlock()
		var lost atomic.Bool // the answers of the server
		p.wg.Go(func() { p.pass(client, server, &lost, p.atCommit) })
		p.wg.Go(func() { p.pass(server, client, &lost, p.answer) })
	}
}

// pass copies until one side hangs up or a fault does.
func (p *proxy) pass(from, to net.Conn, lost *atomic.Bool, meet func([]byte, *atomic.Bool) (forward, goOn bool)) {
	defer from.Close()
	defer to.Close()
	buf := make([]byte, 1<<16)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		forward, goOn := false, true
		if fault(p.fault.Load()) != swallowAll {
			forward, goOn = meet(buf[:n], lost)
		}
		if forward {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if !goOn {
			return
		}
	}
}

// atCommit looks at what the client says.
func (p *proxy) atCommit(data []byte, lost *atomic.Bool) (forward, goOn bool) {
	if !bytes.Contains(data, []byte("commit\x00")) {
		return true, true
	}
	switch fault(p.fault.Swap(int32(none))) {
	case cutBefore:
		return false, false
	case cutAfter:
		lost.Store(true)
	}
	return true, true
}

// answer looks at what the server says.
func (p *proxy) answer(data []byte, lost *atomic.Bool) (forward, goOn bool) {
	return !lost.Load(), !lost.Load()
}
