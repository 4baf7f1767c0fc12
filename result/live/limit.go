package live

import (
	"time"

	"golang.org/x/time/rate"
)

const (
	// MaxSubscriptions bounds the polls that one connection follows.
	MaxSubscriptions = 20
	// MaxAsks bounds the subscriptions that one connection asks for within
	// AskWindow, of whatever name: a look at the store is cheap, not free.
	MaxAsks = 60
	// AskWindow is how long it takes until as many are allowed again.
	AskWindow = 10 * time.Second
	// MaxPackets bounds what one connection sends, of any kind, within pingEvery.
	// Whoever sends more is disconnected.
	MaxPackets = 300
)

// What a viewer is answered beyond a limit.
var (
	tooMany  = problem{"too_many", "result.subscribe.too_many"}
	tooOften = problem{"too_many", "result.subscribe.too_often"}
	tooFull  = problem{"too_many", "result.subscribe.too_full"}
)

// newAsks returns the limit of one connection's subscriptions.
func newAsks() *rate.Limiter { return rate.NewLimiter(rate.Every(AskWindow/MaxAsks), MaxAsks) }
