package web

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"popeye/internal/traces"
)

// Trace contexts as clients send them.
const (
	sampled   = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	unsampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
)

// newTracedSite is a site whose spans the test sees, with files and a stream.
func newTracedSite(t *testing.T, sampler sdk.Sampler) (*testSite, *tracetest.SpanRecorder) {
	t.Helper()
	spans := tracetest.NewSpanRecorder()
	fine := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "fine") })
	s := newTestSite(t, func(site *Site) {
		site.Tracer = sdk.NewTracerProvider(sdk.WithSampler(sampler), sdk.WithSpanProcessor(spans)).Tracer("test")
		files, err := NewStatic("/static/", fstest.MapFS{"a.css": {Data: []byte("fine")}})
		if err != nil {
			t.Fatal(err)
		}
		site.HandleFiles(files)
		site.Stream, site.StreamPath = fine, "/stream/"
		site.Handle("GET /carries", func(w http.ResponseWriter, r *http.Request) error {
			_, err := io.WriteString(w, traces.Text(r.Context()))
			return err
		})
	})
	return s, spans
}

// ask sends a request with a trace context, "" for none, and returns the answer.
func (s *testSite) ask(method, path, traceParent string) string {
	rec := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Method = method
	r.Header.Set("Traceparent", traceParent)
	s.ServeHTTP(rec, r)
	return rec.Body.String()
}

// A stranger decides neither whether a request is recorded nor in whose trace.
func TestATraceIsOurs(t *testing.T) {
	client := traces.Parse(sampled)
	for _, sent := range []string{sampled, unsampled, "", "rubbish"} {
		s, spans := newTracedSite(t, sdk.ParentBased(sdk.AlwaysSample()))
		carried := s.ask("GET", "/carries", sent)
		all := spans.Ended()
		if len(all) != 1 {
			t.Fatalf("%q: %d spans", sent, len(all))
		}
		span := all[0]
		if span.Parent().IsValid() || span.SpanContext().TraceID() == client.TraceID() {
			t.Errorf("%q: the span is a part of the client's trace", sent)
		}
		if c := traces.Parse(carried); c.SpanID() != span.SpanContext().SpanID() {
			t.Errorf("%q: what is behind the site gets %q, want the span", sent, carried)
		}
		if isLinked := len(span.Links()) == 1 && span.Links()[0].SpanContext.SpanID() == client.SpanID(); isLinked != strings.HasPrefix(sent, "00-") {
			t.Errorf("%q: the links are %v", sent, span.Links())
		}

		s, spans = newTracedSite(t, sdk.ParentBased(sdk.NeverSample()))
		if carried := s.ask("GET", "/carries", sent); carried != "" || len(spans.Ended()) > 0 {
			t.Errorf("%q: the client had %d spans recorded, and %q goes on", sent, len(spans.Ended()), carried)
		}
	}
	plain := newTestSite(t, func(site *Site) {
		site.Handle("GET /carries", func(w http.ResponseWriter, r *http.Request) error {
			_, err := io.WriteString(w, traces.Text(r.Context()))
			return err
		})
	})
	if carried := plain.ask("GET", "/carries", sampled); carried != "" {
		t.Errorf("without a tracer the client's %q goes on", carried)
	}
}

// What a span says of a request is bounded, whatever a stranger sends.
func TestSpansOfRequests(t *testing.T) {
	for request, want := range map[string]string{
		"GET /ok/x":       "GET /ok/{name}: http.request.method=GET http.response.status_code=200 http.route=/ok/{name}",
		"HEAD /ok/x":      "GET /ok/{name}: http.request.method=HEAD http.response.status_code=200 http.route=/ok/{name}",
		"GET /fault":      "GET /fault: http.request.method=GET http.response.status_code=500 http.route=/fault failed",
		"GET /panic":      "GET /panic: http.request.method=GET http.response.status_code=500 http.route=/panic failed",
		"GET /nowhere":    "GET: http.request.method=GET http.response.status_code=404",
		"DELETE /ok/x":    "DELETE: http.request.method=DELETE http.response.status_code=405",
		"S3CRET /ok/x":    "_OTHER: http.request.method=_OTHER http.response.status_code=405",
		"GET /static/x":   "",
		"GET /stream/x":   "",
		"POST /static/x":  "",
		"GET /staticless": "GET: http.request.method=GET http.response.status_code=404",
	} {
		s, spans := newTracedSite(t, sdk.AlwaysSample())
		method, path, _ := strings.Cut(request, " ")
		s.ask(method, path, "")
		var got []string
		for _, span := range spans.Ended() {
			got = append(got, textOf(span))
		}
		if diff := cmp.Diff(want, strings.Join(got, "\n")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", request, diff)
		}
	}
}

// textOf is a span in a line, its attributes by name.
func textOf(span sdk.ReadOnlySpan) string {
	all := map[string]string{}
	for _, a := range span.Attributes() {
		all[string(a.Key)] = a.Value.String()
	}
	text := span.Name() + ":"
	for _, name := range []string{"http.request.method", "http.response.status_code", "http.route"} {
		if v, ok := all[name]; ok {
			text += fmt.Sprintf(" %s=%s", name, v)
		}
	}
	if span.Status().Description != "" {
		text += " failed"
	}
	return text
}
