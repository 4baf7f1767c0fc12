package poll

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"popeye/api"
	"popeye/internal/ui"
	"popeye/internal/web"
	"popeye/poll/ballotpage"
	"popeye/poll/voter"
	"popeye/queue"
	"popeye/vote/event"
)

// together are the polls that an event shows on one page: all that are open, and the
// current one however it is, in the event's order.
func together(e event.Event, state api.EventState) []string {
	return slices.DeleteFunc(slices.Clone(e.Polls), func(slug string) bool {
		return slug != state.Poll && !slices.Contains(state.Open, slug)
	})
}

// showTogether shows the ballots of an event, one below the other.
func (s *Station) showTogether(w http.ResponseWriter, r *http.Request, e *eventPage) error {
	by, err := s.cookies.Asks(r, "")
	if err != nil {
		return err
	}
	if wait := s.cookies.Introduce(w, r, by); wait > 0 {
		return tooManyNew(wait)
	}
	return s.renderTogether(w, r, http.StatusOK, e, by, sight{})
}

// showAmong leads to a ballot of an event's page.
func (s *Station) showAmong(w http.ResponseWriter, r *http.Request) error {
	return redirect(w, r, ui.EventPath(r.PathValue("code"))+"#"+ballotpage.BallotID(slugOf(r)))
}

// renderTogether shows an event's ballots to whoever asks. One of them may be answered: a
// vote in it was just refused.
func (s *Station) renderTogether(w http.ResponseWriter, r *http.Request, status int, e *eventPage, by voter.Asker, answered sight) error {
	page := ballotpage.Together{Event: e.Event, State: e.told.State, Now: time.Now(), URL: s.pageURL(r), Say: printer(r)}
	page.Event.At = 0 // it is at no single question
	for _, slug := range together(e.event, e.told) {
		v := answered
		if slug != answered.poll.Slug {
			p, err := s.Inbox.Poll(r.Context(), slug)
			if errors.Is(err, queue.ErrNoPoll) {
				continue
			}
			if err != nil {
				return err
			}
			v = s.known(r, by, sight{poll: p, event: newEventPage(e.event, e.told, slug)})
		}
		ballot := s.view(r, v)
		ballot.Unsure = v.choice == "" && by.HasVoted()
		page.Ballots = append(page.Ballots, ballot)
	}
	node, err := ballotpage.TogetherPage(s.look, page)
	if r.Header.Get(scriptHeader) != "" {
		node, err = ballotpage.TogetherFragment(page)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store") // it shows one voter's choices
	return web.HTML(w, status, node)
}
