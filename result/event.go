package result

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"popeye/api"
	"popeye/internal/follow"
	"popeye/internal/web"
	"popeye/store"
	"popeye/vote"
	"popeye/vote/joincode"
)

const (
	// maxWalls bounds the pages that follow events by a stream.
	maxWalls = 5000
	// lookEvery is how often a followed event is read without news: should the store's
	// news be late.
	lookEvery = 2 * time.Second
)

// followEvent tells a page which poll of an event is shown, and each change of that, as
// server-sent events.
func (s *Station) followEvent(w http.ResponseWriter, r *http.Request) error {
	code, err := joincode.Parse(r.PathValue("code"))
	if err != nil {
		return noEvent()
	}
	state, err := s.eventState(r.Context(), code, s.walls.Followers())
	if err != nil {
		return err
	}
	err = s.walls.Serve(w, r, code, saidOfEvent(state))
	if errors.Is(err, follow.ErrFull) || errors.Is(err, follow.ErrEnded) {
		return &web.Error{
			Status: http.StatusServiceUnavailable, Code: "unavailable", RetryAfter: retryAfter, Cause: err,
			Message: "result.error.unavailable",
		}
	}
	return err
}

func noEvent() error {
	return web.NewError(http.StatusNotFound, "no_event", "result.error.no_event", nil)
}

// eventState reads what is told of an event.
func (s *Station) eventState(ctx context.Context, code string, followers int) (api.EventState, error) {
	e, err := s.Store.Event(ctx, code)
	if errors.Is(err, store.ErrNoEvent) {
		return api.EventState{}, noEvent()
	}
	if err != nil {
		return api.EventState{}, err
	}
	var polls []vote.Poll
	for _, slug := range api.Shown(e) {
		p, err := s.Store.Poll(ctx, slug)
		if errors.Is(err, store.ErrNoPoll) {
			continue // it was deleted since e was read
		}
		if err != nil {
			return api.EventState{}, err
		}
		if p.Status == vote.Open { // the gate has shut by the clock; the store hears of it later
			p, _ = p.Due(time.Now())
		}
		polls = append(polls, p)
	}
	account, err := s.Store.Account(ctx)
	if err != nil {
		return api.EventState{}, err
	}
	return api.NewEventState(e, polls, followers).WithJoined(joined(account, code)), nil
}

// oldAccount is when an account tells nothing of who is there now.
const oldAccount = time.Minute

// joined is how many phones follow an event; 0 where nobody has said so of late.
func joined(a store.Account, code string) int64 {
	if time.Since(a.AsOf) > oldAccount {
		return 0
	}
	return a.Crowds.Of(code)
}

func (s *Station) lookAtEvent(ctx context.Context, code string, followers int) (follow.Said, bool) {
	state, err := s.eventState(ctx, code, followers)
	if known, ok := errors.AsType[*web.Error](err); ok && known.Code == "no_event" {
		return saidOfEvent(api.EventGone(code)), true
	}
	return saidOfEvent(state), err == nil
}

func saidOfEvent(state api.EventState) follow.Said {
	data, _ := json.Marshal(state) // plain data: it can't fail
	return follow.Said{State: state.State, Data: string(data)}
}
