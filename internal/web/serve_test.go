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

	"popeye/internal/testserver"
)

// serving is a server in a bubble that was told to stop while a request is
// under way.
type serving struct {
	stop    context.CancelFunc
	client  *http.Client
	log     bytes.Buffer
	closing chan struct{} // closed by the closing hook
	ended   chan error    // what Serve returned
}

func serve(t *testing.T, h http.HandlerFunc) *serving {
	t.Helper()
	p := testserver.NewPipes()
	ctx, stop := context.WithCancel(t.Context())
	s := &serving{
		stop: stop, client: &http.Client{Transport: &http.Transport{DialContext: p.Dial}},
		closing: make(chan struct{}), ended: make(chan error, 1),
	}
	t.Cleanup(s.client.CloseIdleConnections)
	go func() {
		s.ended <- Serve(ctx, p, h, slog.New(slog.NewTextHandler(&s.log, nil)), func() { close(s.closing) })
	}()
	return s
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
		p := testserver.NewPipes()
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
		p := testserver.NewPipes()
		p.Close()
		err := Serve(t.Context(), p, http.NotFoundHandler(), slog.New(slog.DiscardHandler), nil)
		if !errors.Is(err, net.ErrClosed) || !strings.HasPrefix(err.Error(), "serve pipes: ") {
			t.Errorf("got %v", err)
		}
	})
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
