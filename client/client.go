// Package client speaks the HTTP API: a voter's part to the site of poll, the
// audience's and the organiser's to that of result. What enters is a value of
// package api; what leaves is the answer, or an *Error that says why there is none.
//
// Nothing is sent twice by itself: whether a vote without an answer may be sent
// again is its sender's to say, by an id.
package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"popeye/api"
	"popeye/vote"
	"popeye/vote/event"
)

const (
	// answerTimeout is longer than a server lets anybody wait.
	answerTimeout = 10 * time.Second
	// maxAnswer bounds what is read of an answer; all polls of an organiser are the longest.
	maxAnswer = 64 << 20
)

// Config says whom a Client speaks to, and how.
type Config struct {
	URL   string // of the site, as in http://localhost:5000
	Token string // the organiser's; "" for voters and the audience

	Transport http.RoundTripper // http.DefaultTransport if nil
	Timeout   time.Duration     // for one request; 0 for longer than a server needs
}

// Client is one voter, viewer or organiser: it keeps its cookies. It is safe for
// concurrent use, though a voter who is new should send one vote alone, and thereby
// become known.
type Client struct {
	url   string
	token string
	http  *http.Client
	jar   *jar
}

// New returns a Client that nobody knows yet. It sends nothing.
func New(c Config) *Client {
	j := newJar()
	return &Client{
		url: strings.TrimSuffix(c.URL, "/"), token: c.Token, jar: j,
		http: &http.Client{
			Transport: c.Transport, Jar: j, Timeout: cmp.Or(c.Timeout, answerTimeout),
			// A vote would not survive a redirect, and a token must not follow one.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// At returns the same voter, viewer or organiser at another replica.
func (c *Client) At(url string) *Client {
	there := *c
	there.url = strings.TrimSuffix(url, "/")
	return &there
}

// URL is that of the site.
func (c *Client) URL() string { return c.url }

// HTTP returns what the Client sends with, for pages that are no part of the API.
// It knows the same cookies.
func (c *Client) HTTP() *http.Client { return c.http }

// VoterID is who this voter is to the store, "" before a page or a recorded vote has
// told.
func (c *Client) VoterID() string { return c.jar.voterID() }

// Poll asks poll what can be voted on.
func (c *Client) Poll(ctx context.Context, slug string) (p api.Poll, err error) {
	return p, c.do(ctx, http.MethodGet, polls(slug), nil, &p)
}

// Vote sends a vote to poll, once. It is recorded if and only if the error is nil;
// see Refused for what an error means.
func (c *Client) Vote(ctx context.Context, slug string, v api.Cast) (r api.Receipt, err error) {
	if err := c.do(ctx, http.MethodPost, polls(slug, "votes"), v, &r); err != nil {
		return r, err
	}
	if r.Status != api.Recorded {
		return r, &Error{Status: http.StatusAccepted, Message: fmt.Sprintf("a vote is answered %q", r.Status)}
	}
	return r, nil
}

// Results asks result for a poll's count.
func (c *Client) Results(ctx context.Context, slug string) (r api.Results, err error) {
	return r, c.do(ctx, http.MethodGet, polls(slug, "results"), nil, &r)
}

// Polls asks result for all polls, as an organiser.
func (c *Client) Polls(ctx context.Context) ([]api.OwnPoll, error) {
	var all api.Polls
	err := c.do(ctx, http.MethodGet, polls(), nil, &all)
	return all.Polls, err
}

// CreatePoll makes a poll. With an id in the definition it may be sent again.
func (c *Client) CreatePoll(ctx context.Context, d api.NewPoll) (p api.OwnPoll, err error) {
	return p, c.do(ctx, http.MethodPost, polls(), d, &p)
}

// ReplacePoll begins a new round of a poll: another one takes its slug.
func (c *Client) ReplacePoll(ctx context.Context, slug string, d api.NewPoll) (p api.OwnPoll, err error) {
	return p, c.do(ctx, http.MethodPut, polls(slug), d, &p)
}

// ChangePoll changes a poll's definition.
func (c *Client) ChangePoll(ctx context.Context, slug string, e api.Change) (p api.OwnPoll, err error) {
	return p, c.do(ctx, http.MethodPatch, polls(slug), e, &p)
}

// OpenPoll opens a poll, for the first time or again.
func (c *Client) OpenPoll(ctx context.Context, slug string) (p api.OwnPoll, err error) {
	return p, c.do(ctx, http.MethodPost, polls(slug, "open"), nil, &p)
}

// ClosePoll begins to close a poll. It is closed once every vote that was accepted
// is stored, as Results tells.
func (c *Client) ClosePoll(ctx context.Context, slug string) (p api.OwnPoll, err error) {
	return p, c.do(ctx, http.MethodPost, polls(slug, "close"), nil, &p)
}

// OwnPoll asks result for the whole of a poll, as an organiser.
func (c *Client) OwnPoll(ctx context.Context, slug string) (p api.OwnPoll, err error) {
	return p, c.do(ctx, http.MethodGet, polls(slug), nil, &p)
}

// RevealPoll shows the results of a poll that shows them by hand.
func (c *Client) RevealPoll(ctx context.Context, slug string) (p api.OwnPoll, err error) {
	return p, c.do(ctx, http.MethodPost, polls(slug, "reveal"), nil, &p)
}

// HidePoll hides them.
func (c *Client) HidePoll(ctx context.Context, slug string) (p api.OwnPoll, err error) {
	return p, c.do(ctx, http.MethodPost, polls(slug, "hide"), nil, &p)
}

// DuplicatePoll makes a draft that is like a poll, without its votes.
func (c *Client) DuplicatePoll(ctx context.Context, slug string, d api.Duplicate) (p api.OwnPoll, err error) {
	return p, c.do(ctx, http.MethodPost, polls(slug, "duplicate"), d, &p)
}

// Rounds asks for all rounds that a poll is one of, the first one first.
func (c *Client) Rounds(ctx context.Context, slug string) ([]api.OwnPoll, error) {
	var all api.Rounds
	err := c.do(ctx, http.MethodGet, polls(slug, "rounds"), nil, &all)
	return all.Rounds, err
}

// NewRound makes a poll that has this one as its parent.
func (c *Client) NewRound(ctx context.Context, slug string, r api.NewRound) (p api.OwnPoll, err error) {
	return p, c.do(ctx, http.MethodPost, polls(slug, "rounds"), r, &p)
}

// DeletePoll deletes a poll with its votes, for ever.
func (c *Client) DeletePoll(ctx context.Context, slug string) error {
	return c.do(ctx, http.MethodDelete, polls(slug), nil, nil)
}

// Code asks poll what a code leads to.
func (c *Client) Code(ctx context.Context, code string) (to api.Code, err error) {
	return to, c.do(ctx, http.MethodGet, "/codes/"+url.PathEscape(code), nil, &to)
}

// Events asks result for all events, as an organiser.
func (c *Client) Events(ctx context.Context) ([]event.Event, error) {
	var all api.Events
	err := c.do(ctx, http.MethodGet, events(), nil, &all)
	return all.Events, err
}

// Event asks for one event with its polls.
func (c *Client) Event(ctx context.Context, code string) (e api.OwnEvent, err error) {
	return e, c.do(ctx, http.MethodGet, events(code), nil, &e)
}

// CreateEvent makes an event. With an id in the definition it may be sent again.
func (c *Client) CreateEvent(ctx context.Context, d api.NewEvent) (e api.OwnEvent, err error) {
	return e, c.do(ctx, http.MethodPost, events(), d, &e)
}

// ChangeEvent changes an event.
func (c *Client) ChangeEvent(ctx context.Context, code string, change api.EventChange) (e api.OwnEvent, err error) {
	return e, c.do(ctx, http.MethodPatch, events(code), change, &e)
}

// ShowPoll shows another poll of an event; "" shows none.
func (c *Client) ShowPoll(ctx context.Context, code, slug string) (e api.OwnEvent, err error) {
	return e, c.do(ctx, http.MethodPost, events(code, "current"), api.ShowPoll{Poll: slug}, &e)
}

// StepEvent takes a presenter's step: next, previous, open, close, reveal, hide or
// countdown.
func (c *Client) StepEvent(ctx context.Context, code, step string, s api.Step) (e api.OwnEvent, err error) {
	return e, c.do(ctx, http.MethodPost, events(code, step), s, &e)
}

// DeleteEvent deletes an event. Its polls stay.
func (c *Client) DeleteEvent(ctx context.Context, code string) error {
	return c.do(ctx, http.MethodDelete, events(code), nil, nil)
}

// Account asks result where every vote is, as an organiser.
func (c *Client) Account(ctx context.Context) (a api.Account, err error) {
	return a, c.do(ctx, http.MethodGet, "/account", nil, &a)
}

// polls is the path of all polls, of one, or of a part of one.
func polls(of ...string) string { return path("/polls", of) }

// events is the same of events.
func events(of ...string) string { return path("/events", of) }

func path(path string, of []string) string {
	for _, part := range of {
		path += "/" + url.PathEscape(part)
	}
	return path
}

// do sends a request and reads the whole answer, so that the connection can be used
// again. into is nil for an answer without a body.
func (c *Client) do(ctx context.Context, method, path string, body, into any) error {
	req, err := c.request(ctx, method, path, body)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err // names the method and the URL
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, req.URL, err)
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return newError(resp, raw)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return &Error{Status: resp.StatusCode, Message: foreign(req, raw)}
	}
	return nil
}

func (c *Client) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	text := []byte(nil)
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return nil, fmt.Errorf("%s %s: %w", method, path, err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, c.url+api.Base+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	return req, nil
}

// Choice is a vote for one option, as the API takes it: in a poll of single choice.
func Choice(option vote.Ballot) json.RawMessage {
	text, _ := json.Marshal(option) // strings always can be
	return text
}
