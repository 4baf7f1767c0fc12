package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"popeye/api"
	"popeye/client"
	"popeye/vote"
)

const (
	// atOnce bounds the votes under way, and so the connections.
	atOnce = 64
	// answerTimeout is longer than poll lets a voter wait.
	answerTimeout = 10 * time.Second
)

// site is one poll of Popeye as programs see it.
type site struct {
	url, slug string
	transport *http.Transport
}

func newSite(url, slug string) *site {
	return &site{url, slug, &http.Transport{
		MaxConnsPerHost: atOnce, MaxIdleConnsPerHost: atOnce,
		IdleConnTimeout: 30 * time.Second, // shorter than poll keeps them
	}}
}

// visitor returns a client with cookies of its own. Connections are shared.
func (s *site) visitor() *client.Client {
	return client.New(client.Config{URL: s.url, Transport: s.transport, Timeout: answerTimeout})
}

// leave closes the connections.
func (s *site) leave() { s.transport.CloseIdleConnections() }

// poll asks what can be voted on.
func (s *site) poll(ctx context.Context) (vote.Poll, error) {
	told, err := s.visitor().Poll(ctx, s.slug)
	var e *client.Error
	if errors.As(err, &e) && e.Code == "" {
		return vote.Poll{}, fmt.Errorf("%w; is --url right?", err)
	}
	if err != nil {
		return vote.Poll{}, err
	}
	p := vote.Poll{
		Slug: told.Slug, Question: told.Question, Kind: told.Kind, Options: told.Options,
		Min: told.Min, Max: told.Max, Status: told.Status, OpensAt: told.OpensAt, ClosesAt: told.ClosesAt,
	}
	if p.Status == vote.Open { // a draft hides its options
		err = p.Validate()
	}
	if err != nil {
		return p, fmt.Errorf("%s has no poll of Popeye: %w", s.url, err)
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
func (s *site) cast(ctx context.Context, by *client.Client, b ballot, id string) (o outcome, again bool, after time.Duration, err error) {
	text, err := json.Marshal(b)
	if err != nil {
		return refused, false, 0, err
	}
	_, err = by.Vote(ctx, s.slug, api.Cast{Vote: text, ID: id})
	var e *client.Error
	if errors.As(err, &e) {
		after = e.RetryAfter
	}
	switch {
	case err == nil:
		return recorded, false, 0, nil
	case client.Refused(err):
		return refused, false, 0, err
	case client.StatusOf(err) == http.StatusTooManyRequests:
		return refused, true, after, err
	}
	return unknown, true, after, err
}
