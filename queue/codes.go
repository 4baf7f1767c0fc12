package queue

import (
	"context"

	"popeye/vote/joincode"
)

// Codes is what a voting front knows of codes and of changes, from what is published.
// Safe for concurrent use.
type Codes interface {
	// Code returns what a code leads to, joincode.ErrUnknown, or ErrUnavailable. The event is
	// as it is published last.
	Code(ctx context.Context, code string) (joincode.Target, error)

	// Listed returns the slugs of the polls that are to be found by everybody, sorted:
	// those that are listed and open as far as is published. It is at most MaxListed.
	Listed(ctx context.Context) ([]string, error)

	// News returns a channel that is closed once what is published may have changed.
	// It is there to be quick, not to be relied on: news of what nobody has read since
	// the last, or in the moments without a server, may be missing.
	News() <-chan struct{}
}

// MaxListed bounds the polls of a front page.
const MaxListed = 50
