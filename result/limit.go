package result

import (
	"time"

	"golang.org/x/time/rate"
)

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
	tooMany  = problem("too_many", "result.subscribe.too_many")
	tooOften = problem("too_many", "result.subscribe.too_often")
	tooFull  = problem("too_many", "result.subscribe.too_full")
)

// newAsks returns the limit of one connection's subscriptions.
func newAsks() *rate.Limiter { return rate.NewLimiter(rate.Every(askWindow/maxAsks), maxAsks) }
