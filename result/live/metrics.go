package live

import "popeye/internal/metrics"

// measures is what operators see of the station.
type measures struct {
	update *metrics.Histogram
}

func newMeasures(r *metrics.Registry, viewers func() int) *measures {
	r.GaugeFunc("popeye_result_viewers", "Viewers connected over Socket.IO.", func() float64 { return float64(viewers()) })
	return &measures{
		update: r.Histogram("popeye_result_update_seconds",
			"Time from the news that a poll changed until its viewers' connections had the new figures.",
			[]float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}),
	}
}
