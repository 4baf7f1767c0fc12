package web

import (
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"popeye/internal/traces"
)

// traced begins the span of a request, as a part of the client's trace if it has
// one, and returns the request that carries it. The caller ends the span with
// what it has learned. Files and streams, which say nothing of a vote, have none.
//
// Names and attributes: https://opentelemetry.io/docs/specs/semconv/http/http-spans/.
func (s *Site) traced(r *http.Request) (_ *http.Request, end func(route string, status int)) {
	ctx := traces.FromRequest(r)
	isStream := s.Stream != nil && strings.HasPrefix(r.URL.Path, s.StreamPath)
	if s.Tracer == nil || isStream {
		return r.WithContext(ctx), func(string, int) {}
	}
	ctx, span := s.Tracer.Start(ctx, r.Method, trace.WithSpanKind(trace.SpanKindServer))
	return r.WithContext(ctx), func(route string, status int) {
		_, path, _ := strings.Cut(route, " ")
		span.SetName(route)
		span.SetAttributes(
			attribute.String("http.request.method", r.Method),
			attribute.String("http.route", path),
			attribute.Int("http.response.status_code", status))
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, http.StatusText(status))
		}
		span.End()
	}
}
