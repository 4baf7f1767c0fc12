package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"popeye/internal/metrics"
	"popeye/internal/metrics/metricstest"
	"popeye/internal/testenv/faults"
)

// stranger is a connection that comes from where the test says.
type stranger struct {
	net.Conn
	from net.Addr
}

func (s stranger) RemoteAddr() net.Addr { return s.from }

// strangers is a listener of such connections; Accept is never called by two.
type strangers struct {
	*faults.Pipes
	from net.Addr
}

func (s *strangers) Accept() (net.Conn, error) {
	c, err := s.Pipes.Accept()
	if err != nil {
		return nil, err
	}
	return stranger{c, s.from}, nil
}

// fixture is a limited listener and those who came through it.
type fixture struct {
	t        *testing.T
	from     *strangers
	listener net.Listener
	registry *metrics.Registry
}

func newFixture(t *testing.T, limits Limits) *fixture {
	t.Helper()
	d := &fixture{t: t, from: &strangers{Pipes: faults.NewPipes()}, registry: metrics.NewRegistry()}
	d.listener = Limit(d.from, limits, d.registry, "poll")
	return d
}

// knock connects from an address, and returns the server's end, nil if it was
// turned away.
func (d *fixture) knock(ip string) net.Conn {
	d.t.Helper()
	d.from.from = &net.TCPAddr{IP: net.ParseIP(ip), Port: 40000}
	if ip == "" {
		d.from.from = &net.UnixAddr{Name: "socket", Net: "unix"}
	}
	accepted := make(chan net.Conn, 1)
	go func() {
		c, err := d.listener.Accept()
		if err != nil && !errors.Is(err, net.ErrClosed) {
			d.t.Errorf("accept: %v", err)
		}
		accepted <- c
	}()
	client, err := d.from.Dial(d.t.Context(), "", "")
	if err != nil {
		d.t.Fatal(err)
	}
	turnedAway := make(chan error, 1)
	go func() {
		_, err := client.Read(make([]byte, 1))
		turnedAway <- err
	}()
	synctest.Wait()
	select {
	case c := <-accepted:
		return c
	case err := <-turnedAway:
		if !errors.Is(err, io.EOF) {
			d.t.Errorf("turned away with %v", err)
		}
		d.from.Close() // ends the Accept that goes on
		<-accepted
		d.from.Pipes = faults.NewPipes()
		return nil
	}
}

// admitted knocks as often as told and counts who was let in.
func (d *fixture) admitted(ip string, times int) (in []net.Conn) {
	d.t.Helper()
	for range times {
		if c := d.knock(ip); c != nil {
			d.t.Cleanup(func() { c.Close() })
			in = append(in, c)
		}
	}
	return in
}

func TestOneAddressGetsItsShareAndNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFixture(t, Limits{PerAddress: 2, Total: 7})
		first := d.admitted("192.0.2.1", 3)
		if len(first) != 2 || len(d.admitted("192.0.2.2", 3)) != 2 {
			t.Errorf("%d of the first address were let in", len(first))
		}
		if in := d.admitted("::ffff:192.0.2.1", 1); len(in) != 0 {
			t.Error("the same address, written as IPv6, got more")
		}
		if in := d.admitted("", 9); len(in) != 3 {
			t.Errorf("%d of no address were let in, want those that the total leaves", len(in))
		}
		want := map[string]float64{
			"popeye_connections poll": 7, "popeye_connections_refused_total address poll": 3,
			"popeye_connections_refused_total total poll": 6, "popeye_connections_refused_total memory poll": 0,
			"popeye_connections_memory_bytes poll": 7 * connCost,
		}
		if diff := cmp.Diff(want, metricstest.Values(t, d.registry)); diff != "" {
			t.Errorf("the metrics (-want +got):\n%s", diff)
		}
	})
}

// Who has a /64 has 2^64 addresses.
func TestOneIPv6NetworkCountsAsOneAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFixture(t, Limits{PerAddress: 2})
		for _, ip := range []string{"2001:db8:0:1::1", "2001:db8:0:1:ffff::2"} {
			if len(d.admitted(ip, 1)) != 1 {
				t.Errorf("%s was turned away", ip)
			}
		}
		if len(d.admitted("2001:db8:0:1::3", 1)) != 0 || len(d.admitted("2001:db8:0:2::1", 1)) != 1 {
			t.Error("the network's third was let in, or another network's first was not")
		}
	})
}

func TestAClosedConnectionMakesRoomOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFixture(t, Limits{PerAddress: 2})
		for _, c := range d.admitted("192.0.2.1", 2) {
			for range 3 {
				c.Close()
			}
		}
		if n := len(d.listener.(*limited).from); n != 0 || d.listener.(*limited).count() != 0 {
			t.Errorf("%d addresses are remembered of whom nobody is connected", n)
		}
		if in := d.admitted("192.0.2.1", 3); len(in) != 2 {
			t.Errorf("%d were let in then", len(in))
		}
	})
}

func TestZeroIsNoLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if in := newFixture(t, Limits{}).admitted("192.0.2.1", 100); len(in) != 100 {
			t.Errorf("%d were let in", len(in))
		}
	})
}

// Over real TCP: one too many is reset at once, the others are served.
func TestOneTooManyIsClosedAtOnce(t *testing.T) {
	inner, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := Limit(inner, Limits{PerAddress: 1}, metrics.NewRegistry(), "poll")
	ctx, stop := context.WithCancel(t.Context())
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := Serve(ctx, l, http.NotFoundHandler(), slog.New(slog.DiscardHandler), nil); err != nil {
			t.Error(err)
		}
	})
	defer serving.Wait()
	defer stop()
	first, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	ask := func(c net.Conn) (string, error) {
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
		answer, err := io.ReadAll(c)
		return string(answer), err
	}
	second, err := net.Dial("tcp", l.Addr().String())
	if err == nil {
		defer second.Close()
		answer, err := ask(second)
		if answer != "" || err == nil {
			t.Errorf("the second got %q, %v", answer, err)
		}
	} else if !errors.Is(err, syscall.ECONNRESET) { // it may come before Dial returns
		t.Error(err)
	}
	if answer, err := ask(first); !strings.HasPrefix(answer, "HTTP/1.1 404") {
		t.Errorf("the first got %q, %v", answer, err)
	}
}

// Connections that do nothing must not keep out those who come.
func TestACrowdedSiteKeepsNoIdleConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most = 8
		p := faults.NewPipes()
		l := Limit(p, Limits{Total: most}, metrics.NewRegistry(), "poll")
		s := newServing(t, l, p.Dial, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "fine") })
		defer s.end(t)
		visit := func() string {
			c, err := p.Dial(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { c.Close() })
			_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: test\r\n\r\n")
			b := make([]byte, 1000)
			n, _ := c.Read(b)
			synctest.Wait()
			return string(b[:n])
		}
		open := l.(*limited).count
		for range most/2 + 1 {
			visit()
		}
		<-time.After(2 * relieveEvery)
		if open() != most/2+1 {
			t.Errorf("%d connections are kept while there is room, want %d", open(), most/2+1)
		}
		visit()
		<-time.After(2 * relieveEvery)
		if open() != 0 || !strings.Contains(s.log.String(), "crowded") {
			t.Errorf("%d idle connections are kept in a crowd; the log: %s", open(), &s.log)
		}
		<-time.After(2 * relieveEvery)
		if answer := visit(); strings.Contains(answer, "Connection: close") || open() != 1 {
			t.Errorf("when the crowd is gone, the answer is %q, and %d are open", answer, open())
		}
	})
}
