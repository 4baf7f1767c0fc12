package traces

import (
	"bytes"
	"context"
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
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"popeye/internal/traces/tracestest"
)

// someSpans are spans to send.
var someSpans = tracetest.SpanStubs{{Name: "y"}}.Snapshots()

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// good is a trace context, as a client sends it.
const good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

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
	ctx, parent := tracer.Start(t.Context(), "POST /", trace.WithSpanKind(trace.SpanKindServer), trace.WithLinks(trace.Link{SpanContext: Parse(good)}))
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
		{Scope: "popeye/poll", Name: "POST /", Kind: "SPAN_KIND_SERVER", Trace: ofTrace, ID: id(parent), Links: []string{good[3:52]}},
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
		if err := e.ExportSpans(t.Context(), someSpans); err != nil {
			t.Error(err)
		}
	}
	p.Close()
	_ = e.Shutdown(t.Context())
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "400 Bad Request") || !strings.Contains(lines[1], "takes spans again") ||
		!strings.Contains(lines[1], "undelivered=2") {
		t.Errorf("log %q", lines)
	}
	if strings.Contains(log.String(), "s3cret") {
		t.Error("the log has a header's value")
	}
}

// A redirect would show the headers to another host, and a page that it ends on
// is no collector.
func TestARedirectIsNotFollowed(t *testing.T) {
	login := tracestest.Start(t)
	collector := httptest.NewServer(http.RedirectHandler(login.URL, http.StatusTemporaryRedirect))
	defer collector.Close()
	p, log := open(t, Config{Endpoint: collector.URL, Headers: "tenant=s3cret"})
	_, s := p.Tracer("x").Start(t.Context(), "y")
	s.End()
	p.Close()
	if _, header := login.Last(); header != nil {
		t.Errorf("the other host got %v", header)
	}
	if !strings.Contains(log.String(), "307 Temporary Redirect") {
		t.Errorf("log %q", log)
	}
}

// way stands in for the network between us and a collector.
type way func(*http.Request) (*http.Response, error)

func (w way) RoundTrip(r *http.Request) (*http.Response, error) { return w(r) }

// answers is a way to a collector that gives these answers, one to each try, and
// then 200.
func answers(all ...http.Response) way {
	return func(*http.Request) (*http.Response, error) {
		next := http.Response{StatusCode: http.StatusOK}
		if len(all) > 0 {
			next, all = all[0], all[1:]
		}
		next.Body = http.NoBody
		return &next, nil
	}
}

// busy is an answer that says when to come again.
func busy(after string) http.Response {
	return http.Response{StatusCode: http.StatusServiceUnavailable, Status: "503 Service Unavailable", Header: http.Header{"Retry-After": {after}}}
}

// hangs is a way to a collector that takes everything and answers nothing.
var hangs way = func(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// exporterVia is an exporter whose collector is at the end of that way.
func exporterVia(t *testing.T, w way) (*exporter, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	e, err := newExporter(Config{Endpoint: "http://collector", Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	e.client.Transport = w
	return e, &log
}

func TestACollectorSaysWhenToComeAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		after string
		took  time.Duration
		says  string // in the log
	}{
		"soon":               {"2", 2 * time.Second, ""},
		"beyond the bound":   {"3600", 0, "max retry time would elapse"}, // given up at once
		"beyond all numbers": {"999999999999999999999", 0, ""},           // at our own pace
		"by the clock":       {"Fri, 31 Dec 1999 23:59:59 GMT", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, log := exporterVia(t, answers(busy(tt.after)))
				began := time.Now()
				if err := e.ExportSpans(t.Context(), someSpans); err != nil {
					t.Error(err)
				}
				took := time.Since(began)
				if tt.took == 0 && took > time.Second || tt.took > 0 && took != tt.took {
					t.Errorf("it took %s, want %s", took, tt.took)
				}
				if (log.Len() > 0) != (tt.says != "") || !strings.Contains(log.String(), tt.says) {
					t.Errorf("log %q", log)
				}
			})
		})
	}
}

func TestEveryGoodAnswerIsADelivery(t *testing.T) {
	e, log := exporterVia(t, answers(http.Response{StatusCode: http.StatusAccepted}, http.Response{StatusCode: http.StatusNoContent}))
	for range 3 {
		_ = e.ExportSpans(t.Context(), someSpans)
	}
	if log.Len() > 0 {
		t.Errorf("log %q", log)
	}
}

// A program that ends does not wait for a collector that hangs, and says so.
func TestClosingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, log := exporterVia(t, hangs)
		p := newProvider(e, resource.Empty(), e.log)
		_, s := p.Tracer("x").Start(t.Context(), "y")
		s.End()
		began := time.Now()
		p.Close()
		if took := time.Since(began); took != closeTimeout {
			t.Errorf("closing took %s, want %s", took, closeTimeout)
		}
		time.Sleep(2 * sendTimeout) // the delivery ends by itself
		synctest.Wait()
		if !strings.Contains(log.String(), "the last spans are lost") {
			t.Errorf("log %q", log)
		}
	})
}

// A time before 1970 would make a collector refuse all spans of a request.
func TestNoSpanIsBeforeTheEpoch(t *testing.T) {
	r := tracestest.Start(t)
	e, err := newExporter(Config{Endpoint: r.URL, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Time{{}, time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(0, 0)} {
		_ = e.ExportSpans(t.Context(), tracetest.SpanStubs{{Name: "y", StartTime: at, EndTime: time.Unix(1, 5)}}.Snapshots())
	}
	_ = e.Shutdown(t.Context())
	spans := r.Spans()
	if len(spans) != 3 {
		t.Fatalf("%d spans arrived", len(spans))
	}
	for _, s := range spans {
		if s.Start.UnixNano() != 0 || s.End.UnixNano() != 1000000005 {
			t.Errorf("a span lasts from %s to %s", s.Start, s.End)
		}
	}
}

// A collector's long answer, such as a proxy's page, does not fill the log.
func TestTheLogHasThePartOfAnAnswerThatTells(t *testing.T) {
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, strings.Repeat("x", 10*maxSaid), http.StatusForbidden)
	}))
	defer collector.Close()
	p, log := open(t, Config{Endpoint: collector.URL})
	_, s := p.Tracer("x").Start(t.Context(), "y")
	s.End()
	p.Close()
	if !strings.Contains(log.String(), "403 Forbidden") || log.Len() > 2*maxSaid {
		t.Errorf("log %q", log)
	}
}

// Who writes a name and a password into the URL has them sent, and not logged.
func TestThePasswordOfTheURLIsSent(t *testing.T) {
	r := tracestest.Start(t, http.StatusForbidden)
	p, log := open(t, Config{Endpoint: strings.Replace(r.URL, "http://", "http://me:s3cret@", 1)})
	_, s := p.Tracer("x").Start(t.Context(), "y")
	s.End()
	p.Close()
	_, header := r.Last()
	if _, password, _ := (&http.Request{Header: header}).BasicAuth(); password != "s3cret" || strings.Contains(log.String(), "s3cret") {
		t.Errorf("header %v, log %q", header, log)
	}
}

func TestSettings(t *testing.T) {
	p, _ := open(t, Config{})
	if p.Tracer("x") != nil {
		t.Error("no endpoint, and there are spans")
	}
	p.Close()
	for c, names := range map[Config]string{
		{Endpoint: "collector:4318"}:                                      "OTEL_EXPORTER_OTLP_ENDPOINT",
		{Endpoint: "grpc://collector:4317"}:                               "OTEL_EXPORTER_OTLP_ENDPOINT",
		{Endpoint: "http://%zz"}:                                          "OTEL_EXPORTER_OTLP_ENDPOINT",
		{Endpoint: "http://:4318"}:                                        "OTEL_EXPORTER_OTLP_ENDPOINT",
		{Endpoint: "http://collector:4318", Headers: "s3cret"}:            "OTEL_EXPORTER_OTLP_HEADERS",
		{Endpoint: "http://collector:4318", Headers: "=s3cret"}:           "OTEL_EXPORTER_OTLP_HEADERS",
		{Endpoint: "http://collector:4318", Headers: "a=s3cret%z"}:        "OTEL_EXPORTER_OTLP_HEADERS",
		{Endpoint: "http://collector:4318", Headers: "a=s3cret%0d%0Ab:c"}: "OTEL_EXPORTER_OTLP_HEADERS",
		{Endpoint: "http://collector:4318", Headers: "my token=s3cret"}:   "OTEL_EXPORTER_OTLP_HEADERS",
		{Endpoint: "http://collector:4318", Headers: "tökèn=s3cret"}:      "OTEL_EXPORTER_OTLP_HEADERS",
	} {
		_, err := Open(c)
		if err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), names) {
			t.Errorf("%q %q: %v", c.Endpoint, c.Headers, err)
		}
	}
}

func TestTraceContext(t *testing.T) {
	if got := Text(trace.ContextWithRemoteSpanContext(t.Context(), Parse(good))); got != good {
		t.Errorf("%q became %q", good, got)
	}
	unsampled := strings.TrimSuffix(good, "1") + "0"
	for name, ctx := range map[string]context.Context{
		"no trace context":      t.Context(),
		"one that is unsampled": trace.ContextWithRemoteSpanContext(t.Context(), Parse(unsampled)),
	} {
		if got := Text(ctx); got != "" {
			t.Errorf("%s became %q", name, got)
		}
	}
	for _, text := range []string{"", good + "0", strings.ToUpper(good), "00-x", strings.Repeat("0", 10_000)} {
		if c := Parse(text); c.IsValid() {
			t.Errorf("%q is a trace context: %v", text, c)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header.Set("Traceparent", good)
	r.Header.Set("Tracestate", "a=b")
	if c := FromRequest(r); c.TraceID() != Parse(good).TraceID() || c.TraceState().Len() > 0 {
		t.Errorf("a client's trace context is read as %v", c)
	}
}
