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
	"strconv"
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
	headers.Set("Content-Type", "application/json")
	return &exporter{
		url: base.JoinPath("v1", "traces").String(), headers: headers,
		client: &http.Client{Timeout: sendTimeout, CheckRedirect: stay}, log: c.Log,
	}, nil
}

// stay follows no redirect: the headers are secrets of one collector, and a page
// that asks to log in would pass for a delivery.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

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
		name = strings.TrimSpace(name)
		if !found || err != nil || !isHeader(name, value) {
			return nil, errors.New("OTEL_EXPORTER_OTLP_HEADERS is not written as name=value,name=value, the values percent-encoded and fit for HTTP")
		}
		h.Set(name, value)
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
	body, err := json.Marshal(encode(spans))
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, sendTimeout)
		defer cancel()
		// err is that of the last try, which tells more than that the time is up.
		_, _ = backoff.Retry(ctx, func() (struct{}, error) {
			err = e.send(ctx, body)
			return struct{}{}, err
		}, backoff.WithMaxTries(maxTries))
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
		undelivered := e.undelivered.Add(int64(spans))
		if !e.away.Swap(true) {
			e.log.Warn("spans are dropped: the collector does not take them; votes are not affected", "undelivered", undelivered, "error", err)
		}
	case e.away.Swap(false):
		e.log.Info("the collector takes spans again", "undelivered", e.undelivered.Swap(0))
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
	if resp.StatusCode/100 == 2 {
		return nil
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return wait(resp)
	}
	return backoff.Permanent(fmt.Errorf("the collector answered %s: %s", resp.Status, bytes.TrimSpace(said)))
}

// wait returns the error of a collector that is busy: the next try comes when it
// says, if it says so in seconds, and otherwise after a while.
func wait(resp *http.Response) error {
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || seconds < 1 {
		return fmt.Errorf("the collector answered %s", resp.Status)
	}
	seconds = min(seconds, int(sendTimeout/time.Second)+1) // by then the delivery is over
	return fmt.Errorf("the collector answered %s: %w", resp.Status, backoff.RetryAfter(seconds))
}
