package traces

import (
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// The parts of OTLP's JSON that we write: ids are hexadecimal, and numbers of 64
// bits are texts. See https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
// and the messages ExportTraceServiceRequest and what it holds.
type (
	request struct {
		ResourceSpans []resourceSpans `json:"resourceSpans"`
	}
	resourceSpans struct {
		Resource   attributes   `json:"resource"`
		ScopeSpans []scopeSpans `json:"scopeSpans"`
	}
	attributes struct {
		Attributes []keyValue `json:"attributes"`
	}
	scopeSpans struct {
		Scope scope  `json:"scope"`
		Spans []span `json:"spans"`
	}
	scope struct {
		Name string `json:"name"`
	}
	span struct {
		TraceID    string     `json:"traceId"`
		SpanID     string     `json:"spanId"`
		ParentID   string     `json:"parentSpanId,omitempty"`
		Name       string     `json:"name"`
		Kind       int        `json:"kind"`
		Start      string     `json:"startTimeUnixNano"`
		End        string     `json:"endTimeUnixNano"`
		Attributes []keyValue `json:"attributes,omitempty"`
		Links      []link     `json:"links,omitempty"`
		Status     status     `json:"status"`
	}
	link struct {
		TraceID string `json:"traceId"`
		SpanID  string `json:"spanId"`
	}
	status struct {
		Code    int    `json:"code,omitempty"`
		Message string `json:"message,omitempty"`
	}
	keyValue struct {
		Key   string         `json:"key"`
		Value map[string]any `json:"value"`
	}
)

// encode writes spans of one process, of which all have the same resource. The
// stations use no events, and links without attributes.
func encode(spans []sdk.ReadOnlySpan) request {
	if len(spans) == 0 {
		return request{}
	}
	var scopes []scopeSpans
	at := map[string]int{} // a scope's index, by its name
	for _, s := range spans {
		name := s.InstrumentationScope().Name
		i, known := at[name]
		if !known {
			i, at[name] = len(scopes), len(scopes)
			scopes = append(scopes, scopeSpans{Scope: scope{Name: name}})
		}
		scopes[i].Spans = append(scopes[i].Spans, encodeSpan(s))
	}
	who := attributes{Attributes: encodeAttributes(spans[0].Resource().Attributes())}
	return request{ResourceSpans: []resourceSpans{{Resource: who, ScopeSpans: scopes}}}
}

func encodeSpan(s sdk.ReadOnlySpan) span {
	out := span{
		TraceID: s.SpanContext().TraceID().String(), SpanID: s.SpanContext().SpanID().String(),
		Name: s.Name(), Kind: kinds[s.SpanKind()],
		Start: encodeTime(s.StartTime()), End: encodeTime(s.EndTime()),
		Attributes: encodeAttributes(s.Attributes()),
		Status:     status{Code: statuses[s.Status().Code], Message: s.Status().Description},
	}
	if s.Parent().HasSpanID() {
		out.ParentID = s.Parent().SpanID().String()
	}
	for _, l := range s.Links() {
		out.Links = append(out.Links, link{l.SpanContext.TraceID().String(), l.SpanContext.SpanID().String()})
	}
	return out
}

// encodeTime writes nanoseconds since 1970. The protocol has none before, and a
// collector refuses a whole request for one span that says so.
func encodeTime(t time.Time) string {
	if t.Before(time.Unix(0, 0)) {
		return "0"
	}
	return strconv.FormatInt(t.UnixNano(), 10)
}

// The numbers of OTLP's enumerations SpanKind and StatusCode.
var (
	kinds = map[trace.SpanKind]int{
		trace.SpanKindInternal: 1, trace.SpanKindServer: 2, trace.SpanKindClient: 3, trace.SpanKindProducer: 4, trace.SpanKindConsumer: 5,
	}
	statuses = map[codes.Code]int{codes.Unset: 0, codes.Ok: 1, codes.Error: 2}
)

func encodeAttributes(all []attribute.KeyValue) []keyValue {
	var out []keyValue
	for _, a := range all {
		out = append(out, keyValue{Key: string(a.Key), Value: encodeValue(a.Value)})
	}
	return out
}

// encodeValue writes the types that the stations use as such, all others as text.
func encodeValue(v attribute.Value) map[string]any {
	switch v.Type() {
	case attribute.BOOL:
		return map[string]any{"boolValue": v.AsBool()}
	case attribute.INT64:
		return map[string]any{"intValue": strconv.FormatInt(v.AsInt64(), 10)}
	default:
		return map[string]any{"stringValue": v.String()}
	}
}
