package web

import (
	"net"
	"net/netip"
	"sync"

	"popeye/internal/metrics"
)

// Limits bounds the open connections of a site; 0 is no limit.
type Limits struct {
	// PerAddress is for one remote address; in IPv6 for one /64, which is what
	// one customer has.
	PerAddress int
	Total      int
	// Memory is in bytes, for connections and the requests under way on them.
	Memory int64
	// Proxies are many clients each, and have none of the limits for one.
	Proxies Proxies
}

// Limit returns l with a bound on its open connections. One more is closed at
// once, without an answer: to read a request first, or to wait until an answer
// has left, would spend on a flood what the limit is there to save. Browsers and
// proxies know that such a request was not processed; our voting page sends it
// again by itself.
func Limit(l net.Listener, limits Limits, r *metrics.Registry, station string) net.Listener {
	of := metrics.Label{Name: "station", Value: station}
	limited := &limited{
		Listener: l, limits: limits, memory: newBudget(limits.Memory),
		from: map[netip.Prefix]int{}, refused: map[string]*metrics.Counter{},
	}
	for _, limit := range []string{byAddress, byTotal, byMemory} {
		limited.refused[limit] = r.Counter("popeye_connections_refused_total",
			"Connections closed at once because of a limit: that of one address, the total, or memory.",
			metrics.Label{Name: "limit", Value: limit}, of)
	}
	r.GaugeFunc("popeye_connections", "Open connections.", func() float64 { return float64(limited.count()) }, of)
	r.GaugeFunc("popeye_connections_memory_bytes", "What open connections and requests under way are charged for, in bytes of memory.",
		func() float64 { return float64(limited.memory.inUse()) }, of)
	return limited
}

// The limits, as the metric names them. An address is never a label.
const (
	byAddress = "address"
	byTotal   = "total"
	byMemory  = "memory"
)

// limited is a listener that knows how many of its connections are open.
type limited struct {
	net.Listener
	limits  Limits
	memory  *budget
	refused map[string]*metrics.Counter // by limit; nobody changes the map

	mu   sync.Mutex
	open int
	from map[netip.Prefix]int // open ones by source; a source without any has no entry
}

// Accept implements net.Listener.
func (l *limited) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		source := l.sourceOf(c.RemoteAddr())
		limit := l.admit(source)
		if limit == "" {
			return &counted{Conn: c, of: l, source: source, left: sync.OnceFunc(func() { l.leave(source) })}, nil
		}
		l.refused[limit].Inc()
		hangUp(c)
	}
}

// admit counts a connection, or returns the limit that it would break.
func (l *limited) admit(source netip.Prefix) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.limits.Total > 0 && l.open >= l.limits.Total:
		return byTotal
	case l.limits.PerAddress > 0 && source.IsValid() && l.from[source] >= l.limits.PerAddress:
		return byAddress
	case !l.memory.take(source, connCost):
		return byMemory
	}
	l.open++
	l.from[source]++
	return ""
}

func (l *limited) leave(source netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.memory.give(source, connCost)
	l.open--
	if l.from[source]--; l.from[source] == 0 {
		delete(l.from, source)
	}
}

func (l *limited) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open
}

// crowded reports whether three quarters of the total, or of memory, are taken.
func (l *limited) crowded() bool {
	return l.limits.Total > 0 && 4*l.count() >= 3*l.limits.Total ||
		l.limits.Memory > 0 && 4*l.memory.inUse() >= 3*l.limits.Memory
}

// sourceOf returns whom a connection counts for; the zero Prefix for a proxy, and for
// what has no IP address, which count in the total alone.
func (l *limited) sourceOf(remote net.Addr) netip.Prefix {
	tcp, ok := remote.(*net.TCPAddr)
	if !ok || l.limits.Proxies.include(plain(tcp.AddrPort().Addr())) {
		return netip.Prefix{}
	}
	return Customer(tcp.AddrPort().Addr())
}

// hangUp closes a connection by a reset, after which the kernel remembers
// nothing of it: a flood leaves no trail of half-closed ones.
func hangUp(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // without it, it takes longer
	}
	_ = c.Close()
}
