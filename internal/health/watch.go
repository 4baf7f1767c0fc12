package health

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"popeye/internal/metrics"
)

const (
	watchEvery  = 2 * time.Second
	remindEvery = 30 * time.Second
)

// Watch asks the backends now and then until ctx ends, shows the answers as the
// metric popeye_backend_up, and writes to the log when one is lost, once in a
// while as long as it is away, and when it is back: instead of a line for every
// request that fails meanwhile.
func Watch(ctx context.Context, log *slog.Logger, r *metrics.Registry, checks ...Check) error {
	checks = slices.DeleteFunc(slices.Clone(checks), func(c Check) bool { return c.Quiet })
	seen := make([]watched, len(checks))
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		for i, c := range checks {
			bounded, cancel := context.WithTimeout(ctx, checkTimeout)
			err := c.Ask(bounded)
			cancel()
			if ctx.Err() != nil {
				return nil
			}
			if seen[i].up == nil { // not before: nobody knows yet, and 0 is an alarm
				seen[i].up = r.Gauge("popeye_backend_up", "1 while a backend answers, else 0.", metrics.Label{Name: "backend", Value: c.Name})
			}
			seen[i].see(log, c.Name, err, time.Now())
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// watched is what was last seen of one backend.
type watched struct {
	up       *metrics.Gauge // nil before the first answer
	lost     time.Time      // when it was lost; zero while it answers
	reminded time.Time
}

func (w *watched) see(log *slog.Logger, name string, err error, now time.Time) {
	w.up.Set(map[bool]float64{true: 1}[err == nil])
	switch {
	case err == nil && !w.lost.IsZero():
		log.Info("the "+name+" answers again", "away", now.Sub(w.lost).Round(time.Second))
		*w = watched{up: w.up}
	case err != nil && now.Sub(w.reminded) >= remindEvery:
		if w.lost.IsZero() {
			w.lost = now
		}
		w.reminded = now
		log.Warn("waiting for the "+name, "error", err, "away", now.Sub(w.lost).Round(time.Second))
	}
}
