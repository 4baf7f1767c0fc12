package form

import (
	"net/url"
	"strconv"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/vote"
)

// What a click does is what the page said beside it, once: docs/decisions/clicks.md.
// Here is what a form says of itself for that.

// doubleClick is how long after a page was made a click is taken for the second
// half of one on the page before.
const doubleClick = 500 * time.Millisecond

// Stamp says in a form when it was shown.
func Stamp(now time.Time) g.Node { return Hidden("shown", strconv.FormatInt(now.UnixMilli(), 10)) }

// Hidden is a field that nobody sees.
func Hidden(name, value string) g.Node {
	return h.Input(h.Type("hidden"), h.Name(name), h.Value(value))
}

// Doubled reports whether a form was shown too short a time ago for anybody to
// have meant it. Of clocks that differ by more, nothing is concluded.
func Doubled(sent url.Values, now time.Time) bool {
	ms, err := strconv.ParseInt(sent.Get("shown"), 10, 64)
	if err != nil {
		return false
	}
	age := now.Sub(time.UnixMilli(ms))
	return 0 <= age && age < doubleClick
}

// Revision says which revision of its poll a form showed.
func Revision(p vote.Poll) string { return strconv.FormatInt(p.Revision, 10) }

// Birth tells a poll from one that had the same name before.
func Birth(p vote.Poll) string { return strconv.FormatInt(p.CreatedAt.UnixMicro(), 10) }
