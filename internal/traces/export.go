package traces

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

const (
	// sendTimeout bounds the delivery of one batch of spans, all tries included.
	sendTimeout = 10 * time.Second
	// maxAnswer bounds a collector's answer in bytes, and maxSaid what the log has of it.
	maxAnswer = 64 << 10
	maxSaid   = 1 << 10
)

// exporter is OpenTelemetry's own, but its errors go to the log as we want them:
// one line when the collector goes, one when it is back.
type exporter struct {
	otlp   sdk.SpanExporter
	client *http.Client
	log    *slog.Logger
	away   atomic.Bool

	undelivered atomic.Int64 // spans that were offered, since the collector went
}

// newExporter checks the settings. The path is that of the specification:
// https://opentelemetry.io/docs/specs/otel/protocol/exporter/.
func newExporter(c Config) (*exporter, error) {
	base, err := url.Parse(c.Endpoint)
	if err != nil || base.Hostname() == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, errors.New("OTEL_EXPORTER_OTLP_ENDPOINT is no URL: give the collector's, as in http://collector:4318")
	}
	headers, err := parseHeaders(c.Headers)
	if err != nil {
		return nil, err
	}
	if base.User != nil && headers["Authorization"] == "" { // the library leaves it out
		password, _ := base.User.Password()
		headers["Authorization"] = "Basic " + base64.StdEncoding.EncodeToString([]byte(base.User.Username()+":"+password))
	}
	// The library reads variables of its own, and would quote what it can't read,
	// secrets too, on standard error.
	otel.SetLogger(logr.Discard())
	e := &exporter{client: &http.Client{Timeout: sendTimeout, CheckRedirect: stay}, log: c.Log}
	e.otlp, err = otlptrace.New(context.Background(), otlptracehttp.NewClient(
		otlptracehttp.WithEndpointURL(base.JoinPath("v1", "traces").String()),
		otlptracehttp.WithHeaders(headers),
		otlptracehttp.WithEncoding(otlptracehttp.EncodingJSON),
		otlptracehttp.WithHTTPClient(e.client),
		otlptracehttp.WithMaxResponseSize(maxAnswer),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{
			Enabled: true, InitialInterval: time.Second / 2, MaxInterval: sendTimeout / 2, MaxElapsedTime: sendTimeout,
		}),
	))
	return e, err
}

// stay follows no redirect: the headers are secrets of one collector, and a page
// that asks to log in would pass for a delivery.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// parseHeaders reads "name=value,name=value", the values percent-encoded. An
// error never quotes a value.
func parseHeaders(text string) (map[string]string, error) {
	h := map[string]string{}
	for pair := range strings.SplitSeq(text, ",") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		name, value, found := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		name = strings.TrimSpace(name)
		if !found || err != nil || !isHeader(name, value) {
			return nil, errors.New("OTEL_EXPORTER_OTLP_HEADERS is not written as name=value,name=value, the values percent-encoded and fit for HTTP")
		}
		h[http.CanonicalHeaderKey(name)] = value
	}
	return h, nil
}

// isHeader reports whether HTTP can send a header: a name is a token, and a value
// has no control characters. See https://www.rfc-editor.org/rfc/rfc9110#name-fields.
func isHeader(name, value string) bool {
	const token = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	outside := func(r rune) bool { return !strings.ContainsRune(token, r) }
	control := func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
	return name != "" && !strings.ContainsFunc(name, outside) && !strings.ContainsFunc(value, control)
}

// ExportSpans implements the SDK's interface. It never fails: an error would be
// printed for every batch.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	e.tell(e.otlp.ExportSpans(ctx, spans), len(spans))
	return nil
}

// Shutdown implements the SDK's interface.
func (e *exporter) Shutdown(ctx context.Context) error {
	defer e.client.CloseIdleConnections()
	return e.otlp.Shutdown(ctx)
}

func (e *exporter) tell(err error, spans int) {
	switch {
	case err != nil:
		undelivered := e.undelivered.Add(int64(spans))
		if !e.away.Swap(true) {
			said := err.Error()
			e.log.Warn("spans are dropped: the collector does not take them; votes are not affected",
				"undelivered", undelivered, "error", said[:min(len(said), maxSaid)])
		}
	case e.away.Swap(false):
		e.log.Info("the collector takes spans again", "undelivered", e.undelivered.Swap(0))
	}
}
