package web

import (
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
	"time"

	"popeye/internal/i18n"
)

// What connections are charged for, in bytes of memory. Each figure is above what
// was measured: docs/limits.md has the arithmetic.
const (
	// connCost is for an open connection, also one that became a websocket.
	connCost = 20 << 10
	// requestCost is for a request under way, without what it brings.
	requestCost = 16 << 10
	// byteCost is for each byte that a request brings: a header or a form of very
	// many small fields takes several times its length.
	byteCost = 28
	// typicalRequest is what a browser's request brings, cookies included.
	typicalRequest = 1 << 10
	// maxMemory is what connections may take in a process that nobody has told how
	// much memory there is, by GOMEMLIMIT.
	maxMemory = 1 << 30
	// busyTimeout bounds the sending of the answer that there is no memory.
	busyTimeout = time.Second
)

// Memory returns the bytes that the connections of this process may take: three
// quarters of GOMEMLIMIT, as the rest is for all else.
func Memory() int64 {
	limit := debug.SetMemoryLimit(-1)
	if limit == math.MaxInt64 {
		return maxMemory
	}
	return limit / 4 * 3
}

// Fits returns how many typical requests may be under way at once within so much
// memory, but no more than most, if that is above 0.
func Fits(memory int64, most int) int {
	fit := int(memory / (connCost + requestCost + byteCost*typicalRequest))
	if most > 0 {
		fit = min(fit, most)
	}
	return fit
}

// shareOf is the part of the memory, one in so many, that one customer may take.
const shareOf = 4

// budget is memory that connections share. Safe for concurrent use.
type budget struct {
	most int64 // 0 for no limit

	mu     sync.Mutex
	used   int64
	shares map[netip.Prefix]int64 // of customers who have any
}

func newBudget(most int64) *budget { return &budget{most: most, shares: map[netip.Prefix]int64{}} }

// take charges n bytes to a customer, unless there are none left, or the customer
// has its share. An address that is not public may be that of a proxy, and has no
// bound of its own.
func (b *budget) take(source netip.Prefix, n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	share := b.shares[source] + n
	if b.most > 0 && (b.used+n > b.most || share > b.most/shareOf && IsPublic(source.Addr())) {
		return false
	}
	b.used += n
	b.shares[source] = share
	return true
}

func (b *budget) give(source netip.Prefix, n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used -= n
	if b.shares[source] -= n; b.shares[source] == 0 {
		delete(b.shares, source)
	}
}

func (b *budget) inUse() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}

// counted is a connection of a limited listener. It is charged for what its
// request brings until the server says that the request is over.
type counted struct {
	net.Conn
	of     *limited
	source netip.Prefix
	left   func() // once, however often it is closed

	mu      sync.Mutex
	charged int64 // for the request under way
	free    bool  // it became a websocket, or was closed: its reads are not charged
}

// Close implements net.Conn.
func (c *counted) Close() error {
	defer c.left()
	defer c.settle(true)
	return c.Conn.Close()
}

// Read implements net.Conn. A request for which there is no memory is answered
// here: to find out more about it would take some.
func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	// net/http reads one byte to see whether a client leaves, while it is answered.
	if n == 0 || len(b) == 1 || c.charge(n) {
		return n, err
	}
	c.of.refused[byMemory].Inc()
	_ = c.SetWriteDeadline(time.Now().Add(busyTimeout))
	_, _ = io.WriteString(c.Conn, busy) // a client that is gone needs none
	_ = c.Close()
	return 0, net.ErrClosed
}

// SyscallConn implements syscall.Conn, for who writes without waiting.
func (c *counted) SyscallConn() (syscall.RawConn, error) {
	if conn, ok := c.Conn.(syscall.Conn); ok {
		return conn.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// busyText is what everyone reads who gets no memory: in English, as nothing of the
// request is read.
var busyText = i18n.English.Text("web.busy", nil) + "\n"

// busy is a whole answer, for those whose request is not read.
var busy = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nCache-Control: no-store\r\n" +
	"Content-Type: text/plain; charset=utf-8\r\nContent-Length: " + strconv.Itoa(len(busyText)) + "\r\nConnection: close\r\n\r\n" + busyText

// charge takes memory for n bytes that were read.
func (c *counted) charge(n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.free {
		return true
	}
	cost := byteCost * int64(n)
	if c.charged == 0 {
		cost += requestCost
	}
	if !c.of.memory.take(c.source, cost) {
		return false
	}
	c.charged += cost
	return true
}

// settle gives back what the request was charged; free says that no other comes.
func (c *counted) settle(free bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.of.memory.give(c.source, c.charged)
	c.charged = 0
	c.free = c.free || free
}

// settleRequests is the ConnState of a server on a limited listener.
func settleRequests(conn net.Conn, state http.ConnState) {
	c, ok := conn.(*counted)
	switch {
	case ok && state == http.StateIdle:
		c.settle(false)
	case ok && state == http.StateHijacked:
		c.settle(true)
	}
}
