package main

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"popeye/internal/config"
	"popeye/internal/metrics/metricstest"
)

// opened is a popeye that runs in this process.
type opened struct {
	site string
	mu   sync.Mutex
	log  bytes.Buffer
}

func (o *opened) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.log.Write(b)
}

// said is what it logged.
func (o *opened) said() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.log.String()
}

// openPopeye runs one until the test ends, and returns when it is announced.
func openPopeye(t *testing.T, more map[string]string, args ...string) *opened {
	t.Helper()
	o := &opened{site: metricstest.Addr(t)}
	env := map[string]string{"POLL_ADDR": o.site, "RESULT_ADDR": metricstest.Addr(t), "METRICS_ADDR": "off", "DATA_DIR": t.TempDir()}
	maps.Copy(env, more)
	out, announced := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, args, func(name string) string { return env[name] }, announced, o)
		announced.CloseWithError(io.EOF)
		ended <- err
	}()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		stop()
		if err := <-ended; err != nil {
			t.Errorf("popeye ended with %v", err)
		}
	})
	var text []byte
	for !bytes.Contains(text, []byte("Ctrl-C")) {
		some := make([]byte, 1<<10)
		n, err := out.Read(some)
		if text = append(text, some[:n]...); err != nil {
			t.Fatalf("popeye ended at once; it said %q and logged %s", text, o.said())
		}
	}
	go io.Copy(io.Discard, out)
	return o
}

// open waits until the voting page is served: the worker publishes the poll soon.
func (o *opened) open(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		resp, err := http.Get("http://" + o.site + "/")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("the voting page answers %s; popeye logged\n%s", resp.Status, o.said())
		}
	}
}

// take listens at an address, unless somebody does already.
func take(t *testing.T, addr string) {
	t.Helper()
	if l, err := net.Listen("tcp", addr); err == nil {
		t.Cleanup(func() { l.Close() })
	}
}

func TestBusyDefaultMetricsAddressDoesNotStopTheVote(t *testing.T) {
	take(t, config.DefaultMetrics)
	o := openPopeye(t, map[string]string{"METRICS_ADDR": ""})
	o.open(t)
	if log := o.said(); !strings.Contains(log, "level=WARN") || !strings.Contains(log, "metrics are off") || !strings.Contains(log, "--metrics-addr") {
		t.Errorf("it does not say that metrics are off:\n%s", log)
	}
}

func TestBusyMetricsAddressThatWasChosenIsAnError(t *testing.T) {
	addr := metricstest.Addr(t)
	take(t, addr)
	env := map[string]string{"POLL_ADDR": metricstest.Addr(t), "RESULT_ADDR": metricstest.Addr(t), "METRICS_ADDR": addr, "DATA_DIR": t.TempDir()}
	err := run(t.Context(), nil, func(name string) string { return env[name] }, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "METRICS_ADDR") || !strings.Contains(err.Error(), addr) {
		t.Errorf("got %v", err)
	}
}

func TestMetricsAreTurnedOff(t *testing.T) {
	addr := metricstest.Addr(t)
	for name, args := range map[string][]string{"by the variable": nil, "by the flag": {"--metrics-addr="}} {
		env := map[string]string{"METRICS_ADDR": "off"}
		if args != nil {
			env["METRICS_ADDR"] = addr
		}
		o := openPopeye(t, env, args...)
		o.open(t)
		if _, err := net.Dial("tcp", addr); err == nil {
			t.Errorf("%s: metrics are served", name)
		}
		if log := o.said(); strings.Contains(log, "level=WARN") {
			t.Errorf("%s: it warns:\n%s", name, log)
		}
	}
}
