package traces

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"popeye/internal/traces/tracestest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, c Config) (*Provider, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	c.Service, c.Version, c.Log = "poll", "1.2", slog.New(slog.NewTextHandler(&log, nil))
	p, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return p, &log
}

func TestSpansArriveAsTheProtocolSays(t *testing.T) {
	r := tracestest.Start(t)
	p, log := open(t, Config{Endpoint: r.URL + "/base/", Headers: "Authorization=Bearer%20x, tenant=y"})
	tracer := p.Tracer("popeye/poll")
	ctx, parent := tracer.Start(t.Context(), "POST /", trace.WithSpanKind(trace.SpanKindServer))
	_, child := tracer.Start(ctx, "cast", trace.WithSpanKind(trace.SpanKindProducer), trace.WithAttributes(
		attribute.Int64("n", 1<<60), attribute.Bool("yes", true), attribute.String("s", "ü"), attribute.Float64("f", 0.5)))
	child.SetStatus(codes.Error, "failed")
	child.End()
	parent.End()
	_, other := p.Tracer("popeye/worker").Start(ctx, "commit")
	other.End()
	p.Close()

	path, header := r.Last()
	if path != "/base/v1/traces" || header.Get("Authorization") != "Bearer x" || header.Get("Tenant") != "y" ||
		header.Get("Content-Type") != "application/json" || log.Len() > 0 {
		t.Errorf("path %q, header %v, log %q", path, header, log)
	}
	id := func(s trace.Span) string { return s.SpanContext().SpanID().String() }
	ofTrace := parent.SpanContext().TraceID().String()
	want := []tracestest.Span{
		{Scope: "popeye/poll", Name: "POST /", Kind: "SPAN_KIND_SERVER", Trace: ofTrace, ID: id(parent)},
		{Scope: "popeye/poll", Name: "cast", Kind: "SPAN_KIND_PRODUCER", Trace: ofTrace, ID: id(child), Parent: id(parent), Failed: true},
		{Scope: "popeye/worker", Name: "commit", Kind: "SPAN_KIND_INTERNAL", Trace: ofTrace, ID: id(other), Parent: id(parent)},
	}
	got := r.Spans()
	for i, s := range got {
		if s.End.Before(s.Start) || time.Since(s.Start) > time.Hour {
			t.Errorf("%s lasts from %s to %s", s.Name, s.Start, s.End)
		}
		a := s.Attributes
		if s.Service != "poll" || a["service.version"] != "1.2" || a["service.namespace"] != "popeye" || a["host.name"] == "" {
			t.Errorf("%s has the attributes %v", s.Name, a)
		}
		if s.Name == "cast" && (a["n"] != "1152921504606846976" || a["yes"] != "true" || a["s"] != "ü" || a["f"] != "0.5") {
			t.Errorf("%s has the attributes %v", s.Name, a)
		}
		got[i].Service, got[i].Attributes, got[i].Start, got[i].End = "", nil, time.Time{}, time.Time{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestACollectorThatIsBusyIsAskedAgain(t *testing.T) {
	r := tracestest.Start(t, http.StatusServiceUnavailable, http.StatusTooManyRequests)
	p, log := open(t, Config{Endpoint: r.URL})
	_, s := p.Tracer("x").Start(t.Context(), "y")
	s.End()
	p.Close()
	if n := len(r.Spans()); n != 1 || log.Len() > 0 {
		t.Errorf("%d spans, log %q", n, log)
	}
}

// An outage is one line in the log, and its end another.
func TestACollectorThatRefuses(t *testing.T) {
	r := tracestest.Start(t, http.StatusBadRequest, http.StatusForbidden)
	p, log := open(t, Config{Endpoint: r.URL, Headers: "token=s3cret"})
	e, err := newExporter(Config{Endpoint: r.URL, Log: slog.New(slog.NewTextHandler(log, nil)), Headers: "token=s3cret"})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := e.ExportSpans(t.Context(), nil); err != nil {
			t.Error(err)
		}
	}
	p.Close()
	_ = e.Shutdown(t.Context())
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "answered 400") || !strings.Contains(lines[1], "takes spans again") {
		t.Errorf("log %q", lines)
	}
	if strings.Contains(log.String(), "s3cret") {
		t.Error("the log has a header's value")
	}
}

// hangs is a way to a collector that takes everything and answers nothing.
type hangs struct{}

func (hangs) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// A program that ends does not wait for a collector that hangs.
func TestClosingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, err := newExporter(Config{Endpoint: "http://collector", Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		e.client.Transport = hangs{}
		p := newProvider(e, resource.Empty())
		_, s := p.Tracer("x").Start(t.Context(), "y")
		s.End()
		began := time.Now()
		p.Close()
		if took := time.Since(began); took != closeTimeout {
			t.Errorf("closing took %s, want %s", took, closeTimeout)
		}
		time.Sleep(2 * sendTimeout) // the delivery ends by itself
	})
}

func TestSettings(t *testing.T) {
	if p, _ := open(t, Config{}); p == nil {
		t.Error("no endpoint: no provider")
	} else {
		p.Close()
	}
	for _, c := range []Config{
		{Endpoint: "collector:4318"},
		{Endpoint: "grpc://collector:4317"},
		{Endpoint: "http://%zz"},
		{Endpoint: "http://collector:4318", Headers: "s3cret"},
		{Endpoint: "http://collector:4318", Headers: "=s3cret"},
		{Endpoint: "http://collector:4318", Headers: "a=s3cret%z"},
	} {
		_, err := Open(c)
		if err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "the traces'") {
			t.Errorf("%q %q: %v", c.Endpoint, c.Headers, err)
		}
	}
}

func TestTraceContext(t *testing.T) {
	const good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	if got := Text(trace.ContextWithRemoteSpanContext(t.Context(), Parse(good))); got != good {
		t.Errorf("%q became %q", good, got)
	}
	if got := Text(t.Context()); got != "" {
		t.Errorf("no trace context became %q", got)
	}
	for _, text := range []string{"", good + "0", strings.ToUpper(good), "00-x", strings.Repeat("0", 10_000)} {
		if c := Parse(text); c.IsValid() {
			t.Errorf("%q is a trace context: %v", text, c)
		}
	}
	// Without a collector the client's trace context still goes on.
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header.Set("Traceparent", good)
	r.Header.Set("Tracestate", "a=b")
	ctx, span := Off().Tracer("x").Start(FromRequest(r), "y")
	defer span.End()
	if got := Text(ctx); got != good {
		t.Errorf("%q went on as %q", good, got)
	}
	if trace.SpanContextFromContext(ctx).TraceState().Len() > 0 {
		t.Error("a client's trace state goes on")
	}
}
