package result

import "time"

const (
	// maxSubscriptions bounds the polls that one connection follows.
	maxSubscriptions = 20
	// maxAsks bounds the subscriptions that one connection asks for within
	// askWindow, of whatever name: a look at the store is cheap, not free.
	maxAsks   = 60
	askWindow = 10 * time.Second
	// maxPackets bounds what one connection sends, of any kind, within pingEvery.
	// Whoever sends more is disconnected.
	maxPackets = 300
)

// What a viewer is answered beyond a limit.
var (
	tooMany  = problem("too_many", "This connection follows too many polls.")
	tooOften = problem("too_many", "This connection asks too often. Wait some seconds.")
	tooFull  = problem("too_many", "Too many polls are watched at the moment. Try again later.")
)

// asks counts what one connection asked for in a window.
type asks struct {
	count int
	until time.Time // the window's end
}

// allow counts one at now and reports whether it is within the limit.
func (a *asks) allow(now time.Time) bool {
	if now.After(a.until) {
		a.count, a.until = 0, now.Add(askWindow)
	}
	a.count++
	return a.count <= maxAsks
}
