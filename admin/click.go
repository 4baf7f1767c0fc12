package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/vote"
)

// What a click does is what the page said beside it, once. Three things keep a
// second click, or one on a page that is old, from doing something else:
//
//   - a form says which revision of its poll it showed;
//   - a form says when it was shown, and nobody has read it within half a second:
//     such a click was meant for what stood there before;
//   - the form that asks a question has an id: see Station.create.

// doubleClick is how long after a page was made a click is taken for the second
// half of one on the page before.
const doubleClick = 500 * time.Millisecond

// stamp says in a form when it was shown.
func stamp(now time.Time) g.Node { return hidden("shown", strconv.FormatInt(now.UnixMilli(), 10)) }

func hidden(name, value string) g.Node {
	return h.Input(h.Type("hidden"), h.Name(name), h.Value(value))
}

// doubled reports whether a form was shown too short a time ago for anybody to
// have meant it. Of clocks that differ by more, nothing is concluded.
func doubled(form url.Values, now time.Time) bool {
	ms, err := strconv.ParseInt(form.Get("shown"), 10, 64)
	if err != nil {
		return false
	}
	age := now.Sub(time.UnixMilli(ms))
	return 0 <= age && age < doubleClick
}

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

// birth tells a poll from one that had the same name before.
func birth(p vote.Poll) string { return strconv.FormatInt(p.CreatedAt.UnixMicro(), 10) }
