package admin

import (
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/vote"
)

// Who sees the results of a poll when is a matter of its visibility (vote.Poll.Shows);
// here is what an organiser does about it.

// IsOrganiser reports whether an organiser sent a request: with the token, or from a
// browser that has signed in. A token that is wrong counts as a guess, a cookie does
// not: nobody guesses 130 bits, and browsers go on sending those of ended sessions.
func (s *Station) IsOrganiser(r *http.Request) bool {
	if bearer(r) != "" {
		known, _ := s.byToken(r)
		return known
	}
	key, _, err := s.inSession(r)
	return key != nil && err == nil // while the store does not answer, nobody is
}

func (s *Station) revealPoll(w http.ResponseWriter, r *http.Request) error {
	return s.answerChange(w, r, "reveal", revealed)
}

func (s *Station) hidePoll(w http.ResponseWriter, r *http.Request) error {
	return s.answerChange(w, r, "hide", hiddenAgain)
}

// revealed shows a poll's results. What is shown stays so.
func revealed(p vote.Poll) (vote.Poll, error) { return reveal(p, true) }

// hiddenAgain hides them again.
func hiddenAgain(p vote.Poll) (vote.Poll, error) { return reveal(p, false) }

func reveal(p vote.Poll, shown bool) (vote.Poll, error) {
	p, err := p.Reveal(shown)
	return p, conflict(err)
}

// reveals is the button that shows the results, or hides them again.
func (p adminPoll) reveals() g.Node {
	if p.Visibility != vote.VisibleManual || p.Status == vote.Draft {
		return nil
	}
	action, message := "reveal", "admin.poll.reveal"
	if p.Revealed {
		action, message = "hide", "admin.poll.hide"
	}
	return h.Form(h.Method("post"), p.shown(),
		h.Button(h.Class("plain"), h.FormAction("/admin/polls/"+p.Slug+"/"+action), g.Text(p.say.Text(message, nil))))
}

// sees lets results be shown or hidden for the poll that was shown only. Where they are
// as they should be, by a first click or by another organiser, they stay.
func (s shownPoll) sees(change func(vote.Poll) (vote.Poll, error), shown bool) func(vote.Poll) (vote.Poll, error) {
	return func(p vote.Poll) (vote.Poll, error) {
		err := s.check(p)
		if err == nil || p.Visibility == vote.VisibleManual && p.Revealed == shown {
			return change(p)
		}
		return p, err
	}
}
