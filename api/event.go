package api

import (
	"fmt"
	"strings"
	"time"

	"popeye/vote"
	"popeye/vote/event"
)

// What organisers send of an event is the language's own.
type (
	// NewEvent is the body of POST /events.
	NewEvent = event.Definition
	// EventChange is the body of PATCH /events/{code}; what it leaves out stays as it is.
	EventChange = event.Edit
)

// OwnEvent is an event as its organiser sees it: the answer of GET /events/{code} and of
// every step.
type OwnEvent struct {
	event.Event
	// Steps are its polls in their order, as they are now.
	Steps []EventStep `json:"steps"`
}

// EventStep is a poll of an event, as far as a presenter needs it.
type EventStep struct {
	Slug       string          `json:"slug"`
	Code       string          `json:"code"`
	Question   string          `json:"question"`
	Kind       vote.Kind       `json:"kind"`
	Status     vote.Status     `json:"status"`
	Visibility vote.Visibility `json:"visibility"`
	Revealed   bool            `json:"revealed"`
	ClosesAt   time.Time       `json:"closes_at,omitzero"`
	Revision   int64           `json:"revision"`
}

// Events is the body of GET /events, the newest last.
type Events struct {
	Events []event.Event `json:"events"`
}

// ShowPoll is the body of POST /events/{code}/current: "" shows none.
type ShowPoll struct {
	Poll string `json:"poll"`
}

// Step is the body of the other steps, POST /events/{code}/next|previous|open|close|
// reveal|hide|countdown. It may be left out but for a countdown.
type Step struct {
	// From is the current poll as the presenter sees it. If another one is current,
	// the step was taken before, or by someone else: nothing happens, and the answer
	// says how it is. So a step may be sent again. nil: whatever is current.
	From *string `json:"from,omitempty"`
	// Seconds is when the poll closes, from now on; for open it may be 0, for never.
	Seconds vote.Limit `json:"seconds,omitempty"`
}

// Code is the body of GET /codes/{code} of poll: what the code leads to.
type Code struct {
	Code string `json:"code"`
	URL  string `json:"url"`            // of the page, as a path on this site
	Poll string `json:"poll,omitempty"` // the slug of the poll; of an event's code, Event is there
	// Event is what the audience is told of an event.
	Event *EventState `json:"event,omitempty"`
}

// EventState is what phones and walls are told of an event: the data of each server-sent
// event of GET /e/{code}/follow on poll, and of GET /api/v1/events/{code}/follow on
// result.
type EventState struct {
	// State names all of it: a page that has another one looks again. Gone means that
	// the event is deleted, and then there is nothing else.
	State string `json:"state"`
	Gone  bool   `json:"gone,omitempty"`

	Event string `json:"event"` // its code
	Title string `json:"title"`
	// Poll is the slug of the current poll, "" while none is shown.
	Poll     string      `json:"poll"`
	Status   vote.Status `json:"status,omitempty"` // of that poll
	ClosesAt time.Time   `json:"closes_at,omitzero"`
	Position int         `json:"position"` // of the current poll, from 1; 0 for none
	Of       int         `json:"of"`       // how many polls the event has
	// Together: phones show all of Open on one page.
	Together bool     `json:"together,omitempty"`
	Open     []string `json:"open,omitempty"` // Together: the polls that are open, in their order

	// Joined is how many pages of phones follow the event, over all servers, as of some
	// seconds ago. Only walls are told.
	Joined int64 `json:"joined,omitempty"`

	// SpreadMS is within how many milliseconds pages should look again, each at a random
	// moment: next to 0 in a small room.
	SpreadMS int `json:"spread_ms"`
}

// spreadFor is how many pages should look again within each 100 ms: as many as one
// process answers beside the votes that come.
const spreadFor = 100

// NewEventState is what is told of e, of which so many are told. polls are those of its
// polls that are known, as of now.
func NewEventState(e event.Event, polls []vote.Poll, followers int) EventState {
	s := EventState{
		Event: e.Code, Title: e.Title, Poll: e.Current, Position: e.Position(), Of: len(e.Polls), Together: e.Together,
		SpreadMS: followers / spreadFor * 100,
	}
	var state strings.Builder
	fmt.Fprintf(&state, "%d", e.Revision)
	for _, slug := range e.Polls {
		for _, p := range polls {
			if p.Slug != slug || slug != e.Current && !e.Together {
				continue
			}
			fmt.Fprintf(&state, ".%d.%s", p.Revision, p.Status)
			if slug == e.Current {
				s.Status, s.ClosesAt = p.Status, p.ClosesAt
			}
			if e.Together && p.Status == vote.Open {
				s.Open = append(s.Open, slug)
			}
		}
	}
	s.State = state.String()
	return s
}

// WithJoined adds how many have joined: a change of it is news too.
func (s EventState) WithJoined(n int64) EventState {
	s.Joined = n
	s.State += fmt.Sprintf(".%d", n)
	return s
}

// EventGone is what is told of an event that is deleted.
func EventGone(code string) EventState { return EventState{State: "gone", Gone: true, Event: code} }

// Shown are the polls of an event that NewEventState wants to know: the current one, or
// all of them.
func Shown(e event.Event) []string {
	switch {
	case e.Together:
		return e.Polls
	case e.Current != "":
		return []string{e.Current}
	}
	return nil
}
