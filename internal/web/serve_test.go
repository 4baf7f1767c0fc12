package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"popeye/internal/metrics"
	"popeye/internal/testenv/faults"
)

// serving is a server in a bubble.
type serving struct {
	stop    context.CancelFunc
	dial    func(context.Context, string, string) (net.Conn, error)
	client  *http.Client
	log     bytes.Buffer
	closing chan struct{} // closed by the closing hook
	ended   chan error    // what Serve returned
}

func serve(t *testing.T, h http.HandlerFunc) *serving {
	t.Helper()
	p := faults.NewPipes()
	return newServing(t, p, p.Dial, h)
}

func newServing(t *testing.T, l net.Listener, dial func(context.Context, string, string) (net.Conn, error), h http.HandlerFunc) *serving {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	s := &serving{
		stop: stop, dial: dial, client: &http.Client{Transport: &http.Transport{DialContext: dial}},
		closing: make(chan struct{}), ended: make(chan error, 1),
	}
	t.Cleanup(s.client.CloseIdleConnections)
	go func() {
		s.ended <- Serve(ctx, l, h, slog.New(slog.NewTextHandler(&s.log, nil)), func() { close(s.closing) })
	}()
	return s
}

// end stops the server, when nothing is under way any more.
func (s *serving) end(t *testing.T) {
	t.Helper()
	s.stop()
	if err := <-s.ended; err != nil {
		t.Errorf("Serve returned %v", err)
	}
}

// raw sends what it is told, and returns what is answered and how long it takes
// until the server hangs up.
func (s *serving) raw(t *testing.T, request string) (answer string, took time.Duration) {
	t.Helper()
	c, err := s.dial(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go func() { _, _ = io.WriteString(c, request) }() // the server may not want to read all of it
	began := time.Now()
	all, err := io.ReadAll(c)
	if err != nil {
		t.Errorf("read: %v", err)
	}
	return string(all), time.Since(began)
}

// get asks in the background; the answer is its body, or the error.
func (s *serving) get() chan string {
	said := make(chan string, 1)
	go func() {
		resp, err := s.client.Get("http://test/")
		if err != nil {
			said <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		said <- string(body) + errorText(err)
	}()
	return said
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// A vote that is under way when the service stops is answered.
func TestServeDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			<-release
			if err := r.Context().Err(); err != nil {
				t.Errorf("the request was cancelled: %v", err)
			}
			_, _ = io.WriteString(w, "recorded")
		})
		said := s.get()
		synctest.Wait()
		s.stop()
		<-s.closing
		synctest.Wait()
		select {
		case err := <-s.ended:
			t.Fatalf("ended with %v while a request is under way", err)
		default:
		}
		if late := <-s.get(); !strings.Contains(late, net.ErrClosed.Error()) {
			t.Errorf("a new connection while draining: %s", late)
		}
		close(release)
		if got := <-said; got != "recorded" {
			t.Errorf("got %q", got)
		}
		if err := <-s.ended; err != nil {
			t.Errorf("Serve returned %v", err)
		}
		if lines := strings.Count(s.log.String(), "\n"); lines != 1 || !strings.Contains(s.log.String(), "draining") {
			t.Errorf("the log: %s", &s.log)
		}
	})
}

// One that never ends does not hold the service for ever.
func TestServeDrainsWithinABound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		said := s.get()
		synctest.Wait()
		began := time.Now()
		s.stop()
		if err := <-s.ended; err != nil {
			t.Errorf("Serve returned %v", err)
		}
		if took := time.Since(began); took != drainTimeout {
			t.Errorf("it took %v", took)
		}
		if got := <-said; !strings.Contains(got, "EOF") {
			t.Errorf("got %q", got)
		}
		if !strings.Contains(s.log.String(), "some requests did not finish in time") {
			t.Errorf("the log: %s", &s.log)
		}
	})
}

func TestServeAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		stop()
		p := faults.NewPipes()
		if err := Serve(ctx, p, http.NotFoundHandler(), slog.New(slog.DiscardHandler), nil); err != nil {
			t.Errorf("got %v", err)
		}
		if _, err := p.Dial(t.Context(), "", ""); !errors.Is(err, net.ErrClosed) {
			t.Errorf("something still listens: %v", err)
		}
	})
}

// A listener that fails ends the service with an error, though nobody asked.
func TestServeFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := faults.NewPipes()
		p.Close()
		err := Serve(t.Context(), p, http.NotFoundHandler(), slog.New(slog.DiscardHandler), nil)
		if !errors.Is(err, net.ErrClosed) || !strings.HasPrefix(err.Error(), "serve pipes: ") {
			t.Errorf("got %v", err)
		}
	})
}

// Whoever sends slowly, or nothing, holds a connection for a bounded time.
func TestServeHangsUpOnTheSlow(t *testing.T) {
	const get = "GET / HTTP/1.1\r\nHost: test\r\n"
	tests := map[string]struct {
		request string
		after   time.Duration
		answer  string
	}{
		"nothing":            {"", headerTimeout, ""},
		"half a header":      {get + "Accept: ", headerTimeout, ""},
		"half a body":        {"POST" + get[3:] + "Content-Length: 9\r\n\r\nhalf", readTimeout, "HTTP/1.1 408"},
		"nothing more":       {get + "\r\n", idleTimeout, "HTTP/1.1 200"},
		"half of the second": {get + "\r\n" + get, headerTimeout, "HTTP/1.1 200"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := serve(t, func(w http.ResponseWriter, r *http.Request) {
					if _, err := io.ReadAll(r.Body); err != nil {
						w.WriteHeader(http.StatusRequestTimeout)
					}
				})
				defer s.end(t)
				answer, took := s.raw(t, tt.request)
				if took != tt.after || !strings.HasPrefix(answer, tt.answer) || (answer == "") != (tt.answer == "") {
					t.Errorf("after %v: %q; want after %v %q", took, answer, tt.after, tt.answer)
				}
			})
		})
	}
}

// A body that stops half way is answered, in words that give away nothing.
func TestABodyThatIsTooSlow(t *testing.T) {
	var v struct{ Vote string }
	for kind, read := range map[string]func(http.ResponseWriter, *http.Request) error{
		"application/json":                  func(w http.ResponseWriter, r *http.Request) error { return ReadJSON(w, r, 1000, &v) },
		"application/x-www-form-urlencoded": func(w http.ResponseWriter, r *http.Request) error { return ReadForm(w, r, 1000) },
		"multipart/form-data; boundary=x":   func(w http.ResponseWriter, r *http.Request) error { return ReadForm(w, r, 1000) },
	} {
		synctest.Test(t, func(t *testing.T) {
			site := &Site{Log: slog.New(slog.DiscardHandler), Mux: http.NewServeMux(), Requests: NewRequests(metrics.NewRegistry(), "test")}
			site.Handle("POST /api/x", read)
			handler, err := site.Handler()
			if err != nil {
				t.Fatal(err)
			}
			s := serve(t, handler.ServeHTTP)
			defer s.end(t)
			answer, took := s.raw(t, "POST /api/x HTTP/1.1\r\nHost: test\r\nContent-Type: "+kind+"\r\nContent-Length: 100\r\n\r\n{")
			if !strings.HasPrefix(answer, "HTTP/1.1 408") || !strings.Contains(answer, `"code":"timeout"`) || took.Truncate(time.Second) != bodyTimeout {
				t.Errorf("%s: after %v %q", kind, took, answer)
			}
		})
	}
}

// Whoever does not read its answer does not hold up the server for ever.
func TestServeHangsUpOnWhoDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wrote := make(chan error)
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			_, err := w.Write(make([]byte, 1<<20))
			wrote <- err
		})
		defer s.end(t)
		c, err := s.dial(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: test\r\n\r\n")
		began := time.Now()
		if err := <-wrote; err == nil || time.Since(began) != writeTimeout {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

// net/http allows itself 4 kB more.
func TestServeRefusesALargeHeader(t *testing.T) {
	for size, status := range map[int]string{maxHeader - 100: "HTTP/1.1 200", maxHeader + 8<<10: "HTTP/1.1 431"} {
		synctest.Test(t, func(t *testing.T) {
			s := serve(t, func(http.ResponseWriter, *http.Request) {})
			defer s.end(t)
			answer, _ := s.raw(t, "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\nX: "+strings.Repeat("x", size)+"\r\n\r\n")
			if !strings.HasPrefix(answer, status) {
				t.Errorf("a header of %d bytes: %.80q, want %s", size, answer, status)
			}
		})
	}
}

func TestListen(t *testing.T) {
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = Listen(l.Addr().String())
	if err == nil || !strings.Contains(err.Error(), l.Addr().String()) ||
		!strings.HasSuffix(err.Error(), "address already in use: choose another address, or end what uses it") {
		t.Errorf("an address in use: got %v", err)
	}
	if _, err := Listen("nonsense"); err == nil {
		t.Error("no address, and yet listening")
	}
}
