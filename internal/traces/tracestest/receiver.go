// Package tracestest has a collector for tests. What enters are spans, by OTLP
// over HTTP as JSON, read with the protocol's own types, so that no field goes
// unnoticed which these do not have; what leaves are the same spans, flat.
package tracestest

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/slim/otlp/common/v1"
	otlp "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
)

// Span is one span with whatever it belongs to.
type Span struct {
	Service, Scope, Name, Kind string
	Failed                     bool
	Trace, ID, Parent          string   // hexadecimal; Parent "" for the first of a trace
	Links                      []string // trace and span, as in "0af7...-b7ad..."
	Start, End                 time.Time
	Attributes                 map[string]string // the resource's too
}

// Receiver is a collector on a free port. Safe for concurrent use.
type Receiver struct {
	URL string

	mu       sync.Mutex
	t        testing.TB
	statuses []int
	header   http.Header
	path     string
	spans    []Span
}

// Start starts a receiver, which ends with the test. Its first answers have
// these statuses, all others are 200.
func Start(t testing.TB, statuses ...int) *Receiver {
	r := &Receiver{t: t, statuses: statuses}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.URL = server.URL
	return r
}

// ServeHTTP takes one request.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the client is gone
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.header, r.path = req.Header, req.URL.Path
	if len(r.statuses) > 0 {
		status := r.statuses[0]
		r.statuses = r.statuses[1:]
		http.Error(w, "not now", status)
		return
	}
	var sent collector.ExportTraceServiceRequest
	if err := protojson.Unmarshal(body, &sent); err != nil {
		r.t.Errorf("a request is not as the protocol says: %v", err)
	}
	for _, rs := range sent.ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			for _, s := range ss.Spans {
				r.spans = append(r.spans, flat(rs.GetResource().GetAttributes(), ss.GetScope().GetName(), s))
			}
		}
	}
	fmt.Fprint(w, `{}`)
}

// Spans returns what has come so far, in the order of beginning.
func (r *Receiver) Spans() []Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	spans := slices.Clone(r.spans)
	slices.SortStableFunc(spans, func(a, b Span) int { return a.Start.Compare(b.Start) })
	return spans
}

// Last returns path and header of the last request.
func (r *Receiver) Last() (string, http.Header) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.path, r.header
}

func flat(resource []*common.KeyValue, scope string, s *otlp.Span) Span {
	// JSON has ids in hexadecimal, of either case, where the types expect base64.
	hex := func(id []byte) string { return strings.ToLower(base64.StdEncoding.EncodeToString(id)) }
	all := map[string]string{}
	for _, a := range append(slices.Clone(resource), s.Attributes...) {
		all[a.Key] = text(a.Value)
	}
	var links []string
	for _, l := range s.Links {
		links = append(links, hex(l.TraceId)+"-"+hex(l.SpanId))
	}
	return Span{
		Service: all["service.name"], Scope: scope, Name: s.Name, Kind: s.Kind.String(),
		Failed: s.Status.GetCode() == otlp.Status_STATUS_CODE_ERROR,
		Trace:  hex(s.TraceId), ID: hex(s.SpanId), Parent: hex(s.ParentSpanId), Links: links,
		Start: time.Unix(0, int64(s.StartTimeUnixNano)), End: time.Unix(0, int64(s.EndTimeUnixNano)),
		Attributes: all,
	}
}

func text(v *common.AnyValue) string {
	switch v := v.Value.(type) {
	case *common.AnyValue_StringValue:
		return v.StringValue
	case *common.AnyValue_IntValue:
		return fmt.Sprint(v.IntValue)
	case *common.AnyValue_BoolValue:
		return fmt.Sprint(v.BoolValue)
	case *common.AnyValue_DoubleValue:
		return fmt.Sprint(v.DoubleValue)
	}
	return fmt.Sprint(v.Value)
}
