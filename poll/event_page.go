package poll

import (
	"errors"
	"net/http"
	"slices"

	g "maragu.dev/gomponents"

	"popeye/api"
	"popeye/internal/web"
	"popeye/poll/ballotpage"
	"popeye/poll/joinpage"
	"popeye/queue"
	"popeye/vote/event"
	"popeye/vote/joincode"
)

// eventPage is an event as one page shows it.
type eventPage struct {
	ballotpage.Event
	state string // as follow.js knows it
	among bool   // the page's poll is one of those that the event shows together

	event event.Event
	told  api.EventState
}

// shows reports whether the event shows the page's poll, together with others. A page
// without an event has none: nil.
func (e *eventPage) shows() bool { return e != nil && e.among }

// ballotPath is where the event shows a poll's ballot.
func (e *eventPage) ballotPath(slug string) string { return e.Path() + "#" + ballotpage.BallotID(slug) }

// copyFor is the code of the event whose page gets a copy of a choice; "" for none.
func (e *eventPage) copyFor() string {
	if e.shows() {
		return e.Code
	}
	return ""
}

// elsewhere is the state of a page that shows another poll than its event. Any news makes
// such a page look again.
const elsewhere = "elsewhere"

// showEvent shows what an event shows now. The cookies that tell a voter's choice come to
// the poll's own address only, so who has voted is led there.
func (s *Station) showEvent(w http.ResponseWriter, r *http.Request) error {
	code, t, err := s.lead(r, r.PathValue("code"))
	if err != nil {
		return err
	}
	if t.Poll != "" || code != r.PathValue("code") {
		return redirect(w, r, pathOf(code, t))
	}
	state, err := s.eventState(r.Context(), t.Event, s.watch.Followers())
	if err != nil {
		return err
	}
	if t.Event.Together && len(together(t.Event, state)) > 0 {
		return s.showTogether(w, r, newEventPage(t.Event, state, ""))
	}
	if t.Event.Current == "" {
		return s.showWaiting(w, r, t.Event, state)
	}
	p, err := s.Inbox.Poll(r.Context(), t.Event.Current)
	if errors.Is(err, queue.ErrNoPoll) {
		return s.showWaiting(w, r, t.Event, state)
	}
	if err != nil {
		return err
	}
	e := newEventPage(t.Event, state, p.Slug)
	if by, err := s.cookies.Asks(r, ""); err == nil && by.HasVoted() {
		return redirect(w, r, e.PollPath(p.Slug))
	}
	return s.showTo(w, r, sight{poll: p, event: e})
}

// newEventPage returns an event for the page of one of its polls, "" for none.
func newEventPage(e event.Event, told api.EventState, slug string) *eventPage {
	page := &eventPage{
		Event: ballotpage.Event{Code: e.Code, Title: e.Title, At: slices.Index(e.Polls, slug) + 1, Of: len(e.Polls)},
		state: told.State, event: e, told: told,
	}
	switch {
	case e.Together && slices.Contains(together(e, told), slug):
		page.among, page.state, page.At = true, elsewhere, 0 // it is a part of the event's page
	case slug != "" && slug != e.Current:
		page.Apart, page.state = true, elsewhere
	}
	return page
}

// eventOf returns the event with that code if a poll is in it; nil otherwise, and then the
// poll is shown by itself. A vote is as good as it is without.
func (s *Station) eventOf(r *http.Request, code, slug string) *eventPage {
	if !joincode.Is(code) {
		return nil
	}
	_, t, err := s.lead(r, code)
	if err != nil || t.Poll != "" || !slices.Contains(t.Event.Polls, slug) {
		return nil
	}
	state, err := s.eventState(r.Context(), t.Event, s.watch.Followers())
	if err != nil {
		return nil
	}
	return newEventPage(t.Event, state, slug)
}

// showWaiting shows that no question is on.
func (s *Station) showWaiting(w http.ResponseWriter, r *http.Request, e event.Event, state api.EventState) error {
	view := s.noPoll(r, e, state)
	return s.sendPage(w, r, joinpage.Waiting(view), view)
}

func (s *Station) noPoll(r *http.Request, e event.Event, state api.EventState) joinpage.Event {
	return joinpage.Event{Event: newEventPage(e, state, "").Event, State: state.State, Say: printer(r), URL: s.pageURL(r)}
}

func (s *Station) sendPage(w http.ResponseWriter, r *http.Request, main g.Group, view joinpage.Event) error {
	w.Header().Set("Cache-Control", "no-store")
	if r.Header.Get(scriptHeader) != "" {
		return web.HTML(w, http.StatusOK, joinpage.Fragment(main))
	}
	return web.HTML(w, http.StatusOK, joinpage.Whole(s.look, view, main))
}
