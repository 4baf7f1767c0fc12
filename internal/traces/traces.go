// Package traces follows single votes through the stations, for whoever wants
// to see where the time goes. What enters: the spans of a process, and the
// trace contexts of others. What leaves: spans, by OTLP over HTTP as JSON, to
// the collector that the settings name. Without one nothing is recorded, and no
// vote carries a trace context.
//
// The spans are those of OpenTelemetry's SDK, which also obeys the standard
// variables OTEL_TRACES_SAMPLER, OTEL_BSP_* and OTEL_RESOURCE_ATTRIBUTES;
// environment.go refuses those that it would pass over. export.go gives its
// exporter what it lacks: it follows no redirect, and an outage is one line in
// the log.
package traces

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"os"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
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
	spans *sdk.TracerProvider // nil if nothing is recorded
	log   *slog.Logger
}

// Open returns a Provider as the settings and the environment say. Nothing waits
// for the collector: spans that it does not take are dropped, after some tries.
func Open(c Config) (*Provider, error) {
	if c.Endpoint == "" {
		return &Provider{}, nil
	}
	e, err := newExporter(c)
	if err != nil {
		return nil, err
	}
	if err := checkEnvironment(os.Getenv); err != nil {
		return nil, err
	}
	heard := make(chan error, 1) // the first of what the SDK complains of
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		select {
		case heard <- err:
		default:
		}
	}))
	who, err := describe(c)
	p := newProvider(e, who, c.Log)
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		c.Log.Warn("OpenTelemetry's SDK reports a fault; votes are not affected", "error", err)
	}))
	select {
	case complaint := <-heard:
		err = cmp.Or(err, complaint)
	default:
	}
	if err != nil { // a name tag that can't be read must not keep votes out
		c.Log.Warn("spans lack a part of what OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME and the host say of this process", "error", err)
	}
	return p, nil
}

// describe says whose spans they are, as far as that can be read.
func describe(c Config) (*resource.Resource, error) {
	return resource.New(context.Background(),
		resource.WithAttributes(
			attribute.String("service.name", c.Service),
			attribute.String("service.namespace", "popeye"),
			attribute.String("service.version", c.Version)),
		resource.WithHost(), resource.WithTelemetrySDK(),
		resource.WithFromEnv()) // last: what the operator says wins
}

func newProvider(e sdk.SpanExporter, who *resource.Resource, log *slog.Logger) *Provider {
	return &Provider{spans: sdk.NewTracerProvider(sdk.WithBatcher(e), sdk.WithResource(who)), log: log}
}

// Tracer returns what makes the spans of one part of the program; nil if nothing
// is recorded.
func (p *Provider) Tracer(name string) trace.Tracer {
	if p.spans == nil {
		return nil
	}
	return p.spans.Tracer(name)
}

// closeTimeout bounds how long a program that ends waits for its collector: with
// what a site and a worker take to drain it stays below what a stop may take.
const closeTimeout = 3 * time.Second

// Close sends what is left, within a bound. Call it when nothing makes spans any
// more.
func (p *Provider) Close() {
	if p.spans == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if err := p.spans.Shutdown(ctx); err != nil { // what was refused the exporter has logged
		p.log.Warn("the last spans are lost: the collector did not take them in time; votes are not affected",
			"bound", closeTimeout, "error", err)
	}
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

// Text returns ctx's trace context in that form; "" if it has none, or one that
// nobody records.
func Text(ctx context.Context) string {
	if !trace.SpanContextFromContext(ctx).IsSampled() {
		return ""
	}
	c := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, c)
	return c[field]
}

// FromRequest returns the trace context that a client sent, an invalid one for
// none. It is a stranger's: a span may point to it, and obeys it in nothing. Its
// state, which may be long, is left behind.
func FromRequest(r *http.Request) trace.SpanContext { return Parse(r.Header.Get(field)) }
