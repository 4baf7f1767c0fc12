// Package health serves what operators and orchestrators ask of a process:
// /healthz (it answers), /readyz (its backends answer), /metrics (Prometheus)
// and, if asked to, /debug/pprof. It is for a private address, never for the
// public, and answers under no name that a page on the public internet can have.
package health

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"popeye/internal/metrics"
)

// checkTimeout bounds one look at all backends.
const checkTimeout = 2 * time.Second

// Check is one backend that readiness depends on.
type Check struct {
	Name string // as in "queue"
	Ask  func(context.Context) error
	// Quiet keeps it out of the log and of the metrics: it has its own.
	Quiet bool
}

// Handler serves the operators' pages; profiles, which show what is in memory and
// cost time, only if they are wanted.
func Handler(r *metrics.Registry, profiles bool, checks ...Check) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, req *http.Request) { ready(w, req, checks) })
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) { scrape(w, r) })
	if profiles {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if !private(req.Host) {
			http.Error(w, "ask by address, or by a name of a private network", http.StatusMisdirectedRequest)
			return
		}
		mux.ServeHTTP(w, req)
	})
}

// private reports whether no page on the public internet can be served under this
// host. A page can make its own name mean any address (DNS rebinding), this
// machine's too, and would then read what is answered here. It can do so neither
// with an address nor with a name that only a private network knows: one without a
// dot, as containers have, this machine's own, or one under a reserved domain.
func private(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return true
	}
	own, _ := os.Hostname()
	if !strings.Contains(host, ".") || host == strings.ToLower(own) {
		return true // and none at all: a request of HTTP/1.0
	}
	return slices.ContainsFunc([]string{".localhost", ".internal", ".svc", ".cluster.local"},
		func(reserved string) bool { return strings.HasSuffix(host, reserved) })
}

// scrape answers with all metrics: the stations', then those of the process.
func scrape(w http.ResponseWriter, r *metrics.Registry) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	if r.Write(w) == nil { // else the scraper hung up
		metrics.WriteProcess(w)
	}
}

// ready answers 200 if every backend does, else 503 with a line for each.
func ready(w http.ResponseWriter, req *http.Request, checks []Check) {
	ctx, cancel := context.WithTimeout(req.Context(), checkTimeout)
	defer cancel()
	status, lines := http.StatusOK, []string{}
	for _, c := range checks {
		if err := c.Ask(ctx); err != nil {
			status = http.StatusServiceUnavailable
			lines = append(lines, fmt.Sprintf("%s: %v", c.Name, err))
			continue
		}
		lines = append(lines, c.Name+": ok")
	}
	w.WriteHeader(status)
	fmt.Fprintln(w, strings.Join(lines, "\n"))
}

// Probe asks the process that serves its operators' pages at addr, for the
// health check of a container whose image holds nothing but the binary.
func Probe(ctx context.Context, addr, path string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout+time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+path, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
		return fmt.Errorf("%s answered %d: %s", path, resp.StatusCode, strings.TrimSpace(string(said)))
	}
	return nil
}
