package admin

import (
	"net/http"

	"popeye/vote"
)

// Who sees the results of a poll when is a matter of its visibility (vote.Poll.Shows);
// here is what an organiser does about it.

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
