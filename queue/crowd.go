package queue

import (
	"context"
	"maps"
	"slices"
	"time"
)

const (
	// TellEvery is how often a voting front tells who came.
	TellEvery = 4 * time.Second
	// ToldFor is how long that is believed: a front that has gone is forgotten.
	ToldFor = 30 * time.Second
	// MaxNetworks is how many networks a front names, those that brought most.
	MaxNetworks = 8
	// MaxFollowed is how many events a front names, those that most pages follow.
	MaxFollowed = 50
)

// Arrivals are the new voters of a minute, who came without a cookie of ours, and the
// pages that are open now.
type Arrivals struct {
	All int64 `json:"all"`
	// Networks are those that brought most. A name is the same at every front, and
	// tells nothing else of the network.
	Networks map[string]int64 `json:"networks,omitempty"`
	// Followed is how many pages follow each event, by its code.
	Followed map[string]int64 `json:"followed,omitempty"`
}

// Add adds what another front has counted.
func (a *Arrivals) Add(b Arrivals) {
	a.All += b.All
	a.Networks = sum(a.Networks, b.Networks)
	a.Followed = sum(a.Followed, b.Followed)
}

func sum(a, b map[string]int64) map[string]int64 {
	if a == nil {
		a = map[string]int64{}
	}
	for name, n := range b {
		a[name] += n
	}
	return a
}

// Largest is how many the network brought that brought most; of several fronts it
// may be a little less, since each names its largest only.
func (a Arrivals) Largest() int64 {
	if len(a.Networks) == 0 {
		return 0
	}
	return slices.Max(slices.Collect(maps.Values(a.Networks)))
}

// Crowd carries from the voting fronts to the worker who came, for organisers to
// see. It is a figure: nothing rests on it. Safe for concurrent use.
type Crowd interface {
	// Tell replaces what this front told before.
	Tell(ctx context.Context, front string, a Arrivals) error
	// Arrivals is the sum over the fronts that told within ToldFor.
	Arrivals(ctx context.Context) (Arrivals, error)
}
