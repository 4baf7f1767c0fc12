package app

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"popeye/internal/config"
	"popeye/internal/health"
	"popeye/internal/metrics"
	"popeye/internal/metrics/metricstest"
)

// TestMain is also the program that signals_test.go starts.
func TestMain(m *testing.M) {
	if run, ok := programs[os.Getenv(asProgram)]; ok {
		os.Exit(Main(run))
	}
	goleak.VerifyTestMain(m)
}

func TestNewLogger(t *testing.T) {
	tests := []struct {
		format, level string
		want          []string // a part of each line
	}{
		{"text", "debug", []string{`level=DEBUG msg=fine n=1`, `level=INFO`, `level=WARN`, `level=ERROR msg=bad`}},
		{"text", "info", []string{`level=INFO`, `level=WARN`, `level=ERROR`}},
		{"text", "warn", []string{`level=WARN`, `level=ERROR`}},
		{"text", "error", []string{`level=ERROR msg=bad`}},
		{"json", "warn", []string{`"level":"WARN","msg":"hm","n":3}`, `"level":"ERROR","msg":"bad","n":4}`}},
	}
	for _, tt := range tests {
		t.Run(tt.format+" "+tt.level, func(t *testing.T) {
			var out bytes.Buffer
			log := SetUpLog(config.Log{Format: tt.format, Level: tt.level}, &out)
			log.Debug("fine", "n", 1)
			log.Info("so", "n", 2)
			log.Warn("hm", "n", 3)
			log.Error("bad", "n", 4)
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if len(lines) != len(tt.want) {
				t.Fatalf("got %q", lines)
			}
			for i, want := range tt.want {
				if !strings.Contains(lines[i], want) {
					t.Errorf("line %d is %s, want %s", i, lines[i], want)
				}
			}
		})
	}
}

// A library that prints writes to the same log, in the same form.
func TestWhatLibrariesPrintGoesToTheLog(t *testing.T) {
	var out bytes.Buffer
	SetUpLog(config.Log{Format: "json", Level: "warn"}, &out)
	log.Printf("ERROR: metrics: %s", "no such file")
	if got := out.String(); !strings.Contains(got, `"level":"WARN","msg":"ERROR: metrics: no such file"}`) {
		t.Errorf("the log says %q", got)
	}
}

func TestKeyOr(t *testing.T) {
	other := func(context.Context) ([]byte, error) { return []byte("shared"), nil }
	own := strings.Repeat("k", minKey)
	for set, want := range map[string]string{"": "shared", own: own} {
		source, err := KeyOr(set, other)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := source(t.Context()); string(got) != want || err != nil {
			t.Errorf("%q: got %q, %v", set, got, err)
		}
	}
	if _, err := KeyOr(own[1:], other); err == nil || !strings.Contains(err.Error(), "COOKIE_KEY") {
		t.Errorf("a short key: %v", err)
	}
}

// The first part that fails ends the others, which drain.
func TestTogether(t *testing.T) {
	errDisk := errors.New("disk full")
	drains := func(drained *bool) Part {
		return func(ctx context.Context) error {
			<-ctx.Done()
			<-time.After(time.Second)
			*drained = true
			return nil
		}
	}
	synctest.Test(t, func(t *testing.T) {
		var drained bool
		err := Together(t.Context(), drains(&drained), func(context.Context) error { return errDisk })
		if !errors.Is(err, errDisk) || !drained {
			t.Errorf("got %v, drained: %v", err, drained)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		var one, two bool
		if err := Together(ctx, drains(&one), drains(&two)); err != nil || !one || !two {
			t.Errorf("got %v, drained: %v, %v", err, one, two)
		}
	})
}

// A service that runs is served at its addresses, and its health check finds
// them by its settings.
func TestSiteAndOperate(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	addr := freeAddr(t)
	registry := metrics.NewRegistry()
	public := PublicSite{
		Station: "poll", Addr: addr, Handler: http.NotFoundHandler(), Limits: config.Limits{PerAddress: 1, Total: 2},
		Log: logger, Registry: registry,
	}
	site, err := public.Open()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "msg=serving addr="+addr) {
		t.Errorf("the log: %s", &log)
	}
	if _, err := public.Open(); err == nil {
		t.Error("two sites at one address")
	}
	if _, err := Operate(config.Metrics{Addr: addr}, metrics.NewRegistry(), logger); err == nil {
		t.Error("the operators' pages at a site's address")
	}
	private := freeAddr(t)
	errAway := errors.New("connection refused")
	operate, err := Operate(config.Metrics{Addr: private}, metrics.NewRegistry(), logger, health.Check{Name: "store", Ask: func(context.Context) error { return errAway }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- Together(ctx, site, operate) }()

	wantOneConnection(t, addr, registry)
	common := Common{Metrics: config.Metrics{Addr: private}}
	if err := common.Probe(t.Context()); err != nil {
		t.Errorf("alive: %v", err)
	}
	common.Healthcheck.Ready = true
	if err := common.Probe(t.Context()); err == nil || !strings.Contains(err.Error(), "store: connection refused") {
		t.Errorf("ready: %v", err)
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

// A service without an address for metrics watches its backends all the same.
func TestOperateNowhere(t *testing.T) {
	for _, addr := range []string{"", "off"} {
		ctx, stop := context.WithCancel(t.Context())
		operate, err := Operate(config.Metrics{Addr: addr}, metrics.NewRegistry(), slog.New(slog.DiscardHandler), health.Check{Name: "store", Ask: func(context.Context) error {
			stop() // it was asked
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		if err := operate(ctx); err != nil {
			t.Errorf("%q: %v", addr, err)
		}
		common := Common{Metrics: config.Metrics{Addr: addr}}
		if err := common.Probe(t.Context()); err == nil || !strings.Contains(err.Error(), "METRICS_ADDR") {
			t.Errorf("%q: the health check says %v", addr, err)
		}
	}
}

// wantOneConnection connects twice to a site that admits one of each address.
func wantOneConnection(t *testing.T, addr string, registry *metrics.Registry) {
	t.Helper()
	first, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	_, _ = io.WriteString(first, "GET / HTTP/1.1\r\nHost: test\r\n\r\n")
	if answer, err := bufio.NewReader(first).ReadString('\n'); err != nil || !strings.HasPrefix(answer, "HTTP/1.1 404") {
		t.Errorf("the first got %q, %v", answer, err)
	}
	if second, err := net.Dial("tcp", addr); err == nil { // else it was reset before Dial returned
		defer second.Close()
		if _, err := second.Read(make([]byte, 1)); err == nil {
			t.Error("the second got an answer")
		}
	}
	if n := metricstest.Values(t, registry)["popeye_connections poll"]; n != 1 {
		t.Errorf("the metric says %v connections", n)
	}
}

// freeAddr returns an address at which nobody listens.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
