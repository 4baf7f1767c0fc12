package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"popeye/vote"
)

const (
	// atOnce bounds the votes under way, and so the connections.
	atOnce = 64
	// answerTimeout is longer than poll lets a voter wait.
	answerTimeout = 10 * time.Second
	// maxAnswer bounds what is read of an answer; a poll of many options is far shorter.
	maxAnswer = 256 << 10
)

// site is one poll of Popeye as programs see it.
type site struct {
	url       string // of the poll, in the public API
	transport *http.Transport
}

func newSite(base, slug string) *site {
	return &site{strings.TrimSuffix(base, "/") + "/api/v1/polls/" + slug, &http.Transport{
		MaxConnsPerHost: atOnce, MaxIdleConnsPerHost: atOnce,
		IdleConnTimeout: 30 * time.Second, // shorter than poll keeps them
	}}
}

// browser returns a client with cookies of its own. Connections are shared. It
// follows no redirect: a vote would not survive it.
func (s *site) browser() *http.Client {
	return &http.Client{
		Transport: s.transport, Timeout: answerTimeout, Jar: jar{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// leave closes the connections.
func (s *site) leave() { s.transport.CloseIdleConnections() }

// poll asks what can be voted on.
func (s *site) poll(ctx context.Context) (p vote.Poll, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return p, err
	}
	status, _, body, err := answer(s.browser(), req)
	if err != nil {
		return p, err
	}
	if status != http.StatusOK {
		return p, fmt.Errorf("%s answers %d: %s", s.url, status, reason(body))
	}
	if err = json.Unmarshal(body, &p); err == nil && p.Status == vote.Open { // a draft hides its options
		err = p.Validate()
	}
	if err != nil {
		return p, fmt.Errorf("%s is no poll of Popeye: %w", s.url, err)
	}
	return p, nil
}

// outcome is what became of a vote, as far as its voter knows.
type outcome int

const (
	recorded outcome = iota
	refused          // it does not count, and never will
	unknown          // it may count: the answer was lost, or there was none yet
)

// cast sends a vote once. again says whether it may be sent again, with the
// same id, and after how long if the site says so.
func (s *site) cast(ctx context.Context, by *http.Client, b ballot, id string) (o outcome, again bool, after time.Duration, err error) {
	text, err := json.Marshal(map[string]any{"vote": b, "id": id})
	if err != nil {
		return refused, false, 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/votes", bytes.NewReader(text))
	if err != nil {
		return refused, false, 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	status, header, body, err := answer(by, req)
	if err != nil {
		return unknown, true, 0, err
	}
	if status == http.StatusAccepted {
		return recorded, false, 0, nil
	}
	err = fmt.Errorf("%d: %s", status, reason(body))
	seconds, _ := strconv.Atoi(header.Get("Retry-After"))
	after = time.Duration(min(seconds, 3600)) * time.Second // longer than anyone waits
	switch {
	case status == http.StatusTooManyRequests:
		return refused, true, after, err
	case status >= http.StatusInternalServerError:
		return unknown, true, after, err
	}
	return refused, false, 0, err
}

// answer sends a request and reads the whole answer, so that the connection can
// be used again.
func answer(by *http.Client, req *http.Request) (int, http.Header, []byte, error) {
	resp, err := by.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return resp.StatusCode, resp.Header, body, err
}

// reason is what an answer says is wrong.
func reason(body []byte) string {
	var said struct{ Error struct{ Message string } }
	if json.Unmarshal(body, &said) == nil && said.Error.Message != "" {
		return said.Error.Message
	}
	return "these are not words of Popeye; is --url right?"
}
