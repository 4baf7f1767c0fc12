package main

import (
	"math"

	"popeye/internal/metrics"
)

// showFree makes known how many bytes the data folder may still grow by, as often
// as somebody asks.
func showFree(r *metrics.Registry, folder string) {
	r.GaugeFunc("popeye_data_free_bytes", "Room left on the disk of the data folder; NaN where it can't be told.", func() float64 {
		free, err := freeBytes(folder)
		if err != nil {
			return math.NaN()
		}
		return free
	})
}
