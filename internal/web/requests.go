package web

import (
	"strconv"
	"sync"

	"popeye/internal/metrics"
)

// Requests measures how long a site takes to answer, by route and status. Safe
// for concurrent use.
type Requests struct {
	registry *metrics.Registry
	station  string

	mu    sync.RWMutex
	times map[answered]*metrics.Histogram // those of answers that were given
}

// answered is what a request came to. Routes are the patterns of the code, never
// paths: a stranger can't make labels.
type answered struct {
	route  string
	status int
}

// NewRequests returns the metric of a station's requests.
func NewRequests(r *metrics.Registry, station string) *Requests {
	return &Requests{registry: r, station: station, times: map[answered]*metrics.Histogram{}}
}

// of returns the times of one answer, registered when it is given first.
func (r *Requests) of(a answered) *metrics.Histogram {
	r.mu.RLock()
	h := r.times[a]
	r.mu.RUnlock()
	if h != nil {
		return h
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if h = r.times[a]; h == nil {
		h = r.registry.Histogram("popeye_http_request_seconds", "Time to answer a request, by route and status.",
			[]float64{.001, .003, .01, .03, .1, .3, 1, 3},
			metrics.Label{Name: "route", Value: a.route}, metrics.Label{Name: "station", Value: r.station},
			metrics.Label{Name: "status", Value: strconv.Itoa(a.status)})
		r.times[a] = h
	}
	return h
}
