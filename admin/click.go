package admin

import (
	"net/http"
	"slices"
	"strconv"

	"popeye/vote"
)

// What a click does is what the page said beside it, once. Three things keep a
// second click, or one on a page that is old, from doing something else:
//
//   - a form says which revision of its poll it showed;
//   - a form says when it was shown, and nobody has read it within half a second:
//     such a click was meant for what stood there before (the script leaves this out: it
//     sees what has come or moved under the finger);
//   - the form that asks a question has an id: see Station.create.

var errChanged = newRefusal(http.StatusConflict, "poll_changed", "admin.error.poll_changed")

// shownPoll is a poll as the page showed it to the person who pressed a button.
type shownPoll struct{ revision string } // "" if the form does not say

func (s shownPoll) named() bool { return s.revision != "" }

// check refuses a poll that is no longer what was shown.
func (s shownPoll) check(p vote.Poll) error {
	if s.named() && s.revision != strconv.FormatInt(p.Revision, 10) {
		return errChanged
	}
	return nil
}

// still lets a change happen to the poll that was shown only. One that has come
// to where it should be, by a first click or by another organiser, stays.
func (s shownPoll) still(change func(vote.Poll) (vote.Poll, error), there ...vote.Status) func(vote.Poll) (vote.Poll, error) {
	return func(p vote.Poll) (vote.Poll, error) {
		err := s.check(p)
		switch {
		case err == nil:
			return change(p)
		case slices.Contains(there, p.Status):
			return p, nil
		default:
			return p, err
		}
	}
}
