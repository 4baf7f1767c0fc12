package traces

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	sdk "go.opentelemetry.io/otel/sdk/trace"
)

const (
	// sendTimeout bounds the delivery of one batch of spans, all tries included.
	sendTimeout = 10 * time.Second
	// maxTries bounds how often a batch is offered to a collector that is busy.
	maxTries = 4
	// maxSaid bounds what is read of a collector's answer.
	maxSaid = 4 << 10
)

// exporter sends spans to a collector. Its errors go to the log: one line when
// the collector goes, one when it is back.
type exporter struct {
	url     string
	headers http.Header
	client  *http.Client
	log     *slog.Logger
	away    atomic.Bool
	dropped atomic.Int64 // spans, since the collector went
}

// newExporter checks the settings. The path is that of the specification:
// https://opentelemetry.io/docs/specs/otel/protocol/exporter/.
func newExporter(c Config) (*exporter, error) {
	base, err := url.Parse(c.Endpoint)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, errors.New("the traces' endpoint is no URL: give the collector's, as in http://collector:4318")
	}
	headers, err := parseHeaders(c.Headers)
	if err != nil {
		return nil, err
	}
	headers.Set("Content-Type", "application/json")
	return &exporter{
		url: base.JoinPath("v1", "traces").String(), headers: headers,
		client: &http.Client{Timeout: sendTimeout}, log: c.Log,
	}, nil
}

// parseHeaders reads "name=value,name=value", the values percent-encoded. An
// error never quotes a value.
func parseHeaders(text string) (http.Header, error) {
	h := http.Header{}
	for pair := range strings.SplitSeq(text, ",") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		name, value, found := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if name = strings.TrimSpace(name); !found || name == "" || err != nil {
			return nil, errors.New("the traces' headers are not written as name=value,name=value, the values percent-encoded")
		}
		h.Set(name, value)
	}
	return h, nil
}

// ExportSpans implements the SDK's interface. It never fails: an error would be
// printed for every batch.
func (e *exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	body, err := json.Marshal(encode(spans))
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, sendTimeout)
		defer cancel()
		_, err = backoff.Retry(ctx, func() (struct{}, error) { return struct{}{}, e.send(ctx, body) },
			backoff.WithMaxTries(maxTries))
	}
	e.tell(err, len(spans))
	return nil
}

// Shutdown implements the SDK's interface.
func (e *exporter) Shutdown(context.Context) error {
	e.client.CloseIdleConnections()
	return nil
}

func (e *exporter) tell(err error, spans int) {
	switch {
	case err != nil:
		dropped := e.dropped.Add(int64(spans))
		if !e.away.Swap(true) {
			e.log.Warn("spans are dropped: the collector does not take them; votes are not affected", "spans", dropped, "error", err)
		}
	case e.away.Swap(false):
		e.log.Info("the collector takes spans again", "dropped", e.dropped.Swap(0))
	}
}

// send offers spans once. What can't get better by waiting is permanent.
func (e *exporter) send(ctx context.Context, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return backoff.Permanent(err)
	}
	req.Header = e.headers.Clone()
	resp, err := e.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, maxSaid))
	switch resp.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return fmt.Errorf("the collector answered %s", resp.Status)
	}
	return backoff.Permanent(fmt.Errorf("the collector answered %s: %s", resp.Status, bytes.TrimSpace(said)))
}
