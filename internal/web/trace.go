package web

import (
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"popeye/internal/traces"
)

// traced begins the span of a request and returns the request that carries it.
// The caller ends the span with what it has learned. Files and streams, which
// say nothing of a vote, have none.
//
// The span begins a trace of its own, which this side alone decides to record; to
// the client's trace, if it sent one, there is a link. Whoever can vote could
// otherwise have every vote recorded, and take the places of the others.
//
// Names and attributes: https://opentelemetry.io/docs/specs/semconv/http/http-spans/.
func (s *Site) traced(r *http.Request) (_ *http.Request, end func(route string, status int)) {
	if s.Tracer == nil || s.isUntraced(r) {
		return r, func(string, int) {}
	}
	method := knownMethod(r.Method)
	ctx, span := s.Tracer.Start(r.Context(), method, trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindServer))
	if span.IsRecording() {
		span.AddLink(trace.Link{SpanContext: traces.FromRequest(r)}) // none if it is invalid
	}
	return r.WithContext(ctx), func(route string, status int) {
		if route != noRoute {
			_, path, _ := strings.Cut(route, " ")
			span.SetName(route)
			span.SetAttributes(attribute.String("http.route", path))
		}
		span.SetAttributes(
			attribute.String("http.request.method", method),
			attribute.Int("http.response.status_code", status))
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, http.StatusText(status))
		}
		span.End()
	}
}

func (s *Site) isUntraced(r *http.Request) bool {
	isStream := s.Stream != nil && strings.HasPrefix(r.URL.Path, s.StreamPath)
	return isStream || s.isStream(r) || s.files != nil && strings.HasPrefix(r.URL.Path, s.files.prefix)
}

// knownMethod returns a method as spans name it: a stranger can make up others.
func knownMethod(method string) string {
	switch method {
	case http.MethodConnect, http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodOptions,
		http.MethodPatch, http.MethodPost, http.MethodPut, http.MethodTrace:
		return method
	}
	return "_OTHER"
}
