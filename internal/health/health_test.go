package health

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"popeye/internal/metrics"
	"popeye/internal/metrics/metricstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errAway = errors.New("connection refused")

func answers(err error) func(context.Context) error {
	return func(context.Context) error { return err }
}

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest("GET", "http://127.0.0.1:9090"+path, nil))
	return rec
}

func TestHealthAndReadiness(t *testing.T) {
	queue, store := Check{Name: "queue", Ask: answers(nil)}, Check{Name: "store", Ask: answers(nil)}
	lost := Check{Name: "store", Ask: answers(errAway)}
	tests := []struct {
		name   string
		checks []Check
		path   string
		status int
		body   string
	}{
		{"alive", nil, "/healthz", 200, "ok\n"},
		{"alive without its backends", []Check{lost}, "/healthz", 200, "ok\n"},
		{"ready, without backends", nil, "/readyz", 200, "\n"},
		{"ready", []Check{queue, store}, "/readyz", 200, "queue: ok\nstore: ok\n"},
		{"a backend is away", []Check{queue, lost}, "/readyz", 503, "queue: ok\nstore: connection refused\n"},
		{"something else", nil, "/", 404, "404 page not found\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := get(Handler(metrics.NewRegistry(), false, tt.checks...), tt.path)
			if got.Code != tt.status || got.Body.String() != tt.body {
				t.Errorf("got %d %q, want %d %q", got.Code, got.Body, tt.status, tt.body)
			}
		})
	}
}

// A backend that hangs makes the process unready, not silent.
func TestReadinessIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangs := Check{Name: "store", Ask: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}
		began := time.Now()
		got := get(Handler(metrics.NewRegistry(), false, hangs), "/readyz")
		if got.Code != http.StatusServiceUnavailable || !strings.HasPrefix(got.Body.String(), "store: ") {
			t.Errorf("got %d %q", got.Code, got.Body)
		}
		if waited := time.Since(began); waited != checkTimeout {
			t.Errorf("answered after %v", waited)
		}
	})
}

func TestMetricsAndProfiles(t *testing.T) {
	r := metrics.NewRegistry()
	r.Counter("popeye_test_total", "Tests.").Add(3)
	h := Handler(r, true)
	scraped := get(h, "/metrics")
	if got := scraped.Header().Get("Content-Type"); got != "text/plain; version=0.0.4; charset=utf-8" {
		t.Errorf("/metrics is %q", got)
	}
	values := metricstest.Parse(t, scraped.Body.String())
	if values["popeye_test_total"] != 3 {
		t.Errorf("/metrics: popeye_test_total is %v", values["popeye_test_total"])
	}
	for _, want := range []string{"go_goroutines", "process_start_time_seconds", "process_resident_memory_bytes", "process_open_fds"} {
		if values[want] == 0 {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	if got := get(h, "/debug/pprof/"); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), "goroutine") {
		t.Errorf("pprof: %d", got.Code)
	}
	// The command line may hold a secret.
	if got := get(h, "/debug/pprof/cmdline"); got.Code != http.StatusNotFound {
		t.Errorf("pprof tells the command line: %d %q", got.Code, got.Body)
	}
}

// Profiles are for who asked for them.
func TestProfilesAreOffUnlessAskedFor(t *testing.T) {
	h := Handler(metrics.NewRegistry(), false)
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/profile", "/debug/pprof/trace", "/debug/pprof/symbol"} {
		if got := get(h, path); got.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.Code)
		}
	}
}

// A page whose own name means this machine (DNS rebinding) reads nothing here.
func TestOnlyPrivateHostsAreAnswered(t *testing.T) {
	own, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	h := Handler(metrics.NewRegistry(), false)
	for host, want := range map[string]int{
		"127.0.0.1:9090": 200, "[::1]:9090": 200, "[fe80::1]": 200, "10.0.3.7:9090": 200, "192.0.2.1": 200,
		"localhost:9090": 200, "LOCALHOST": 200, "app.localhost:9090": 200, "": 200, own + ":9090": 200,
		"poll:9090": 200, "popeye-result.vote.svc:9090": 200, "popeye-result.vote.svc.cluster.local.:9090": 200, "host.docker.internal": 200,
		"evil.example:9090": 421, "127.0.0.1.evil.example": 421, "evil.example.": 421, "localhost.evil.example:9090": 421,
		"svc.example": 421, "poll.local:9090": 421, "1.2.3": 421,
	} {
		for _, path := range []string{"/metrics", "/healthz", "/readyz"} {
			rec, r := httptest.NewRecorder(), httptest.NewRequest("GET", path, nil)
			r.Host = host
			if h.ServeHTTP(rec, r); rec.Code != want {
				t.Errorf("%s at %q: %d, want %d", path, host, rec.Code, want)
			}
			if want != http.StatusOK && strings.Contains(rec.Body.String(), "popeye_") {
				t.Errorf("%s at %q tells %s", path, host, rec.Body)
			}
		}
	}
}

// A process is asked at its own address, in whatever form it was set.
func TestProbe(t *testing.T) {
	var ready atomic.Bool
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(Handler(metrics.NewRegistry(), false, Check{Name: "store", Ask: func(context.Context) error {
		if ready.Load() {
			return nil
		}
		return errAway
	}}))
	server.Listener.Close()
	server.Listener = l
	server.Start()
	defer http.DefaultClient.CloseIdleConnections()
	defer server.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"", "0.0.0.0", "[::]", "127.0.0.1", "localhost"} {
		if err := Probe(t.Context(), host+":"+port, "/healthz"); err != nil {
			t.Errorf("at %q: %v", host+":"+port, err)
		}
	}
	err = Probe(t.Context(), ":"+port, "/readyz")
	if err == nil || err.Error() != "/readyz answered 503: store: connection refused" {
		t.Errorf("not ready: got %v", err)
	}
	ready.Store(true)
	if err := Probe(t.Context(), ":"+port, "/readyz"); err != nil {
		t.Errorf("ready: got %v", err)
	}
}

func TestProbeFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close() // now nobody listens there
	for _, addr := range []string{l.Addr().String(), "9090", ""} {
		if err := Probe(t.Context(), addr, "/healthz"); err == nil {
			t.Errorf("%q is well", addr)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Probe(ctx, ":1", "/healthz"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
