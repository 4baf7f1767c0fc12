// Package wall is the big screen: what a room reads from thirty metres, and the same in
// the frame of slides, of OBS and of other sites. What enters are results that the room
// may see, of package audience, and where its phones can vote; what leaves is a page.
//
// page.go has its parts, steps.go what a rule made of the ballots as steps that a room can
// follow, join.go and qr.go the way to vote. The scripts result/static/wall*.js make the
// page fill its screen, and keep it live; without them it is a plain page that loads
// itself again.
package wall

import (
	"time"

	g "maragu.dev/gomponents"

	"popeye/result/countview"
	"popeye/vote"
)

// Wall is a poll on a big screen.
type Wall struct {
	countview.View
	vote.Schedule
	Now   time.Time
	Theme string // "light" or "dark"; "" as the browser's system has it
	Join  Join
	// Follow are attributes of <main> by which the screen goes with an event; nil for none.
	Follow g.Node
	Joined int64 // how many phones follow that event
	Frame  bool  // in a frame: no code, a link
	Clear  bool  // without a ground
}

// args fill the gaps of a message.
type args = map[string]any

// ThemeOf returns the theme that a query names; "" for none.
func ThemeOf(query string) string {
	if query == "light" || query == "dark" {
		return query
	}
	return ""
}
