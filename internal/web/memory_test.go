package web

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"popeye/internal/metrics"
	"popeye/internal/metrics/metricstest"
	"popeye/internal/testenv/faults"
)

// one is what a connection with a small request under way is charged at most.
const one = connCost + requestCost + byteCost*200

// crowded serves on a listener with so much memory.
func newCrowded(t *testing.T, memory int64, h http.HandlerFunc) (*serving, *metrics.Registry) {
	t.Helper()
	p, r := faults.NewPipes(), metrics.NewRegistry()
	return newServing(t, Limit(p, Limits{Memory: memory}, r, "poll"), p.Dial, h), r
}

// send writes a part of a request, and leaves the connection open until the test ends.
func (s *serving) send(t *testing.T, request string) net.Conn {
	t.Helper()
	c, err := s.dial(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return c
}

// What does not fit into memory is answered 503 at once; what was under way goes on,
// and the memory is given back when it ends.
func TestARequestThatDoesNotFitIsTold(t *testing.T) {
	const half, whole = "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nha", "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
	synctest.Test(t, func(t *testing.T) {
		s, r := newCrowded(t, 2*one, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			_, _ = w.Write(body)
		})
		defer s.end(t)
		first, second := s.send(t, half), s.send(t, half)
		if c, err := s.dial(t.Context(), "", ""); err == nil {
			if b, err := io.ReadAll(c); !errors.Is(err, io.EOF) && len(b) > 0 {
				t.Errorf("a third connection: %q, %v", b, err)
			}
		}
		second.Close()
		synctest.Wait()
		answer, took := s.raw(t, "GET / HTTP/1.1\r\nHost: test\r\nX: "+strings.Repeat("x", 1000)+"\r\n\r\n")
		if !strings.HasPrefix(answer, "HTTP/1.1 503") || !strings.Contains(answer, "Retry-After: 2\r\n") || took != 0 {
			t.Errorf("after %v: %q", took, answer)
		}
		if _, err := io.WriteString(first, "lf"); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 15)
		if _, err := io.ReadFull(first, got); err != nil || string(got) != "HTTP/1.1 200 OK" {
			t.Errorf("the one under way: %q, %v", got, err)
		}
		go func() { _, _ = io.Copy(io.Discard, first) }()
		if answer, _ := s.raw(t, whole); !strings.HasPrefix(answer, "HTTP/1.1 200") {
			t.Errorf("afterwards: %q", answer)
		}
		synctest.Wait()
		if got := metricstest.Values(t, r)["popeye_connections_memory_bytes poll"]; got != connCost {
			t.Errorf("an idle connection is charged %v, want %d", got, connCost)
		}
		first.Close()
		synctest.Wait()
		values := metricstest.Values(t, r)
		if got := values["popeye_connections_memory_bytes poll"]; got != 0 {
			t.Errorf("no connection is charged %v", got)
		}
		if got := values["popeye_connections_refused_total memory poll"]; got != 2 {
			t.Errorf("%v were refused, want 2", got)
		}
	})
}

// The answer that is written while net/http looks whether its client is still there
// is no place for another one.
func TestAnAnswerIsNotInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newCrowded(t, one, func(w http.ResponseWriter, _ *http.Request) {
			<-time.After(time.Second)
			_, _ = io.WriteString(w, "recorded")
		})
		defer s.end(t)
		answer, _ := s.raw(t, "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
		if !strings.HasPrefix(answer, "HTTP/1.1 200") || !strings.HasSuffix(answer, "recorded") {
			t.Errorf("got %q", answer)
		}
	})
}

// One customer takes a quarter of the memory, whoever shares its address; what may be
// a proxy takes all.
func TestOneCustomerTakesAShareOfMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newFixture(t, Limits{Memory: 8 * connCost})
		if in := d.admitted("8.8.8.8", 4); len(in) != 8/shareOf {
			t.Errorf("%d of one address were let in", len(in))
		}
		if in := d.admitted("8.8.4.4", 4); len(in) != 8/shareOf {
			t.Errorf("%d of another address were let in", len(in))
		}
		if in := d.admitted("172.18.0.1", 5); len(in) != 4 {
			t.Errorf("%d of a gateway were let in", len(in))
		}
	})
}

// A tenth of the charges is what a healthy crowd needs; the rest is for the worst.
func TestMemoryFitsTheContainer(t *testing.T) {
	if n := Fits(460<<20/4*3, 20_000); n < 4000 {
		t.Errorf("only %d typical requests fit into what Compose gives", n)
	}
	if n := Fits(maxMemory, 100); n != 100 {
		t.Errorf("got %d, want the limit", n)
	}
}
