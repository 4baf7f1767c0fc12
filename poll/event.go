package poll

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"popeye/api"
	"popeye/internal/follow"
	"popeye/internal/ui"
	"popeye/internal/web"
	"popeye/queue"
	"popeye/vote"
	"popeye/vote/event"
	"popeye/vote/joincode"
)

// maxGuesses is how many codes that lead nowhere one client may ask for in a minute. A
// code is no secret, and a hall may be behind one address: it is against programs.
const maxGuesses = 600

// lead returns what the code leads to that somebody typed, and the code. Who has guessed
// too often is answered nothing for a while; a voter whom we know has a count of their own,
// whatever others of their network do.
func (s *Station) lead(r *http.Request, typed string) (code string, t joincode.Target, err error) {
	code, err = joincode.Parse(typed)
	if err != nil {
		return "", t, newRefusal(http.StatusNotFound, "no_code", "poll_error.no_code", nil)
	}
	who, now := s.guesser(r), time.Now()
	if wait := s.guesses.Wait(who, now); wait > 0 {
		return code, t, tooManyGuesses(wait)
	}
	t, err = s.Inbox.Code(r.Context(), code)
	if errors.Is(err, joincode.ErrUnknown) {
		if wait := s.guesses.Allow(who, now); wait > 0 {
			return code, t, tooManyGuesses(wait)
		}
		return code, t, newRefusal(http.StatusNotFound, "no_code", "poll_error.no_code", nil)
	}
	return code, t, err
}

func tooManyGuesses(wait time.Duration) error {
	return &web.Error{Status: http.StatusTooManyRequests, Code: codeTooMany, Message: "poll_error.too_many_codes", RetryAfter: wait}
}

// guesser names a client: the voter, if they have a cookie of ours, else their address.
func (s *Station) guesser(r *http.Request) string {
	if a, err := s.cookies.Asks(r, ""); err == nil && a.Known {
		return "voter " + a.ID
	}
	return s.Proxies.Client(r).String()
}

// showCode tells a program what a code leads to.
func (s *Station) showCode(w http.ResponseWriter, r *http.Request) error {
	code, t, err := s.lead(r, r.PathValue("code"))
	if err != nil {
		return err
	}
	answer := api.Code{Code: code, URL: ui.EventPath(code)}
	if t.Poll != "" {
		answer.Poll, answer.URL = t.Poll, ui.PagePath(t.Poll)
	} else {
		state, err := s.eventState(r.Context(), t.Event, s.watch.Followers())
		if err != nil {
			return err
		}
		answer.Event = &state
		w.Header().Set(stateHeader, state.State)
	}
	w.Header().Set("Cache-Control", "no-cache")
	return web.JSON(w, http.StatusOK, answer)
}

// followEvent tells a page of every change of an event: which poll is shown, and how that
// is.
func (s *Station) followEvent(w http.ResponseWriter, r *http.Request) error {
	_, t, err := s.lead(r, r.PathValue("code"))
	if err == nil && t.Poll != "" {
		err = newRefusal(http.StatusNotFound, "no_event", "poll_error.no_code", nil)
	}
	if err != nil {
		return err
	}
	state, err := s.eventState(r.Context(), t.Event, s.watch.Followers())
	if err != nil {
		return err
	}
	return s.serveFollower(w, r, t.Event.Name(), saidOfEvent(state))
}

// eventState is what is told of an event, as of now.
func (s *Station) eventState(ctx context.Context, e event.Event, followers int) (api.EventState, error) {
	var polls []vote.Poll
	for _, slug := range api.Shown(e) {
		p, err := s.Inbox.Poll(ctx, slug)
		if errors.Is(err, queue.ErrNoPoll) {
			continue // it is deleted, and so published before the event is
		}
		if err != nil {
			return api.EventState{}, err
		}
		polls = append(polls, asOf(p, time.Now()))
	}
	return api.NewEventState(e, polls, followers), nil
}

func (s *Station) lookAtEvent(ctx context.Context, code string, followers int) (follow.Said, bool) {
	t, err := s.Inbox.Code(ctx, code)
	if errors.Is(err, joincode.ErrUnknown) || err == nil && t.Poll != "" {
		return saidOfEvent(api.EventGone(code)), true
	}
	if err != nil {
		return follow.Said{}, false
	}
	state, err := s.eventState(ctx, t.Event, followers)
	return saidOfEvent(state), err == nil
}

func saidOfEvent(state api.EventState) follow.Said {
	data, _ := json.Marshal(state) // plain data: it can't fail
	return follow.Said{State: state.State, Data: string(data)}
}
