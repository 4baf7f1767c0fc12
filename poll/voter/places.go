package voter

import (
	"net/http"
	"strings"

	"popeye/internal/ui"
	"popeye/vote"
	"popeye/vote/joincode"
)

// What a browser keeps of its vote in a poll comes to the poll's own address, so that it
// does not send a hundred cookies with every request. The page of an event that shows
// several polls is elsewhere, so it gets a copy; and the poll's address and those of events
// keep which events have one, so that a vote that is changed anywhere is changed there too.

// maxPlaces bounds the addresses of one choice, whatever cookies a client makes up: of more
// events, some show an older choice until they are opened again.
const maxPlaces = 10

// copyName names the cookie that says that an event has a copy.
func copyName(slug, code string) string { return "copy_" + slug + "_" + code }

// Places returns the addresses that get what is kept of a vote in p: the poll's own, those
// that have a copy, and that of the event with a code, "" for none, which has one from now
// on. A vote is sent to the poll's own address, or to that of such an event.
func (c *Cookies) Places(w http.ResponseWriter, r *http.Request, p vote.Poll, code string) []string {
	own := ui.PagePath(p.Slug)
	places := []string{own}
	for _, cookie := range r.Cookies() {
		at, ok := strings.CutPrefix(cookie.Name, copyName(p.Slug, ""))
		if ok && joincode.Is(at) && at != code && len(places) < maxPlaces {
			places = append(places, ui.EventPath(at))
		}
	}
	if code != "" {
		for _, sentTo := range []string{own, ui.EventPath("")} {
			c.setCookie(w, r, copyName(p.Slug, code), "1", sentTo)
		}
		places = append(places, ui.EventPath(code))
	}
	return places
}
