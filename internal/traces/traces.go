// Package traces follows single votes through the stations, for whoever wants
// to see where the time goes. What enters: the spans of a process, and the
// trace contexts of others. What leaves: spans, by OTLP over HTTP as JSON, to
// the collector that the settings name. Without one nothing is recorded, and a
// trace context that a client sends still travels with its vote.
//
// The spans are those of OpenTelemetry's SDK, which also obeys the standard
// variables OTEL_TRACES_SAMPLER, OTEL_BSP_* and OTEL_RESOURCE_ATTRIBUTES. Its
// exporters are not used: the smallest links gRPC and adds 7 MB to a program.
// export.go has ours.
package traces

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// Config says where spans go.
type Config struct {
	Service  string // its name, unless the environment gives another
	Version  string
	Endpoint string // the collector's base URL, as in http://collector:4318; "" for no traces
	Headers  string // for the collector, as in "authorization=Bearer%20x,tenant=y"; a secret
	Log      *slog.Logger
}

// Provider makes the tracers of a process. Safe for concurrent use.
type Provider struct {
	trace.TracerProvider
	stop func(context.Context) error
}

// Off is a Provider that records nothing.
func Off() *Provider {
	return &Provider{TracerProvider: noop.NewTracerProvider(), stop: func(context.Context) error { return nil }}
}

// Open returns a Provider as the settings say. Nothing waits for the collector:
// spans that it does not take are dropped, after some tries.
func Open(c Config) (*Provider, error) {
	if c.Endpoint == "" {
		return Off(), nil
	}
	e, err := newExporter(c)
	if err != nil {
		return nil, err
	}
	who, err := resource.New(context.Background(),
		resource.WithAttributes(
			attribute.String("service.name", c.Service),
			attribute.String("service.namespace", "popeye"),
			attribute.String("service.version", c.Version)),
		resource.WithHost(), resource.WithTelemetrySDK(),
		resource.WithFromEnv()) // last: what the operator says wins
	if err != nil {
		return nil, err
	}
	return newProvider(e, who), nil
}

func newProvider(e sdk.SpanExporter, who *resource.Resource) *Provider {
	p := sdk.NewTracerProvider(sdk.WithBatcher(e), sdk.WithResource(who))
	return &Provider{TracerProvider: p, stop: p.Shutdown}
}

// closeTimeout bounds how long a program that ends waits for its collector: with
// what a site and a worker take to drain it stays below what a stop may take.
const closeTimeout = 3 * time.Second

// Close sends what is left, within a bound. Call it when nothing makes spans any
// more.
func (p *Provider) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = p.stop(ctx) // the exporter has logged what it could not send
}

// A trace context travels as the field traceparent of a message, in the form
// that W3C Trace Context, version 00, gives it.
// See https://www.w3.org/TR/trace-context/#traceparent-header.
const field = "traceparent"

// Parse returns the trace context that a text says, an invalid one for none.
func Parse(text string) trace.SpanContext {
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{field: text})
	return trace.SpanContextFromContext(ctx)
}

// Text returns ctx's trace context in that form, "" if it has none.
func Text(ctx context.Context) string {
	c := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, c)
	return c[field]
}

// FromRequest returns r's context with the trace context that the client sent.
// Its state, which may be long, is left behind.
func FromRequest(r *http.Request) context.Context {
	if text := r.Header.Get(field); text != "" {
		if c := Parse(text); c.IsValid() {
			return trace.ContextWithRemoteSpanContext(r.Context(), c)
		}
	}
	return r.Context()
}
