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
	"popeye/poll/voter"
	"popeye/queue"
	"popeye/vote"
	"popeye/vote/joincode"
)

// eventPage is an event as one page shows it.
type eventPage struct {
	ballotpage.Event
	state    string // as follow.js knows it
	together bool   // shows a list of all that is open
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
	if len(state.Open) > 0 {
		return s.showOpen(w, r, t.Event, state)
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
func newEventPage(e vote.Event, state api.EventState, slug string) *eventPage {
	event := ballotpage.Event{Code: e.Code, Title: e.Title, At: slices.Index(e.Polls, slug) + 1, Of: len(e.Polls)}
	event.Apart = slug != "" && (slug != e.Current || len(state.Open) > 0)
	if slug != "" && slug != e.Current && !e.Together {
		return &eventPage{event, elsewhere, false}
	}
	return &eventPage{event, state.State, e.Together}
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

// tick lets the list of an event's open polls show that p is voted in.
func (s *Station) tick(w http.ResponseWriter, r *http.Request, e *eventPage, p vote.Poll) {
	if e != nil && e.together {
		s.cookies.Tick(w, r, e.Path(), p)
	}
}

// showWaiting shows that no question is on.
func (s *Station) showWaiting(w http.ResponseWriter, r *http.Request, e vote.Event, state api.EventState) error {
	view := s.noPoll(r, e, state)
	return s.sendPage(w, r, joinpage.Waiting(view), view)
}

// showOpen lists the polls of an event that are open together.
func (s *Station) showOpen(w http.ResponseWriter, r *http.Request, e vote.Event, state api.EventState) error {
	view := s.noPoll(r, e, state)
	for _, slug := range state.Open {
		p, err := s.Inbox.Poll(r.Context(), slug)
		if errors.Is(err, queue.ErrNoPoll) {
			continue
		}
		if err != nil {
			return err
		}
		view.Open = append(view.Open, joinpage.Listed{Question: p.Question, Path: view.PollPath(slug), Recorded: voter.Ticked(r, p)})
	}
	return s.sendPage(w, r, joinpage.Open(view), view)
}

func (s *Station) noPoll(r *http.Request, e vote.Event, state api.EventState) joinpage.Event {
	return joinpage.Event{Event: newEventPage(e, state, "").Event, State: state.State, Say: printer(r), URL: s.pageURL(r)}
}

func (s *Station) sendPage(w http.ResponseWriter, r *http.Request, main g.Group, view joinpage.Event) error {
	w.Header().Set("Cache-Control", "no-store")
	if r.Header.Get(scriptHeader) != "" {
		return web.HTML(w, http.StatusOK, joinpage.Fragment(main))
	}
	return web.HTML(w, http.StatusOK, joinpage.Whole(s.look, view, main))
}
