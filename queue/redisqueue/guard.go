package redisqueue

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"popeye/internal/metrics"
	"popeye/queue"
	"popeye/queue/redisqueue/internal/settings"
)

const (
	// guardEvery is how often it is read how Redis is set up.
	guardEvery = time.Minute
	// guardAgain is how soon that is tried again after it could not be read.
	guardAgain = 2 * time.Second
)

// Guard watches how Redis is set up. It says in the log and in metrics when Redis
// may lose votes that it has accepted. While the policy is to delete them, the
// program is not ready; while Redis does so already, its memory being limited,
// Cast takes no vote: a voter who reads "recorded" is counted.
type Guard struct {
	q     *Queue
	log   *slog.Logger
	risks map[queue.Risk]*metrics.Gauge
	every time.Duration

	mu    sync.Mutex
	known bool
	found settings.Settings
}

var _ queue.Guard = (*Guard)(nil)

// NewGuard returns a guard that has not looked yet, see Run.
func (q *Queue) NewGuard(log *slog.Logger, r *metrics.Registry) *Guard {
	g := &Guard{q: q, log: log, risks: map[queue.Risk]*metrics.Gauge{}, every: guardEvery}
	for _, risk := range queue.Risks {
		g.risks[risk] = r.Gauge("popeye_queue_risk", "1 for each way in which Redis, as it is set up, may lose votes that it has accepted; else 0.",
			metrics.Label{Name: "risk", Value: string(risk)})
	}
	return g
}

// Run looks at once, and then every minute until ctx ends.
func (g *Guard) Run(ctx context.Context) error {
	for {
		s, err := g.q.readSettings(ctx)
		next := g.every
		if err != nil {
			next = min(guardAgain, g.every) // that Redis is away is told elsewhere
		} else {
			g.see(s)
		}
		select {
		case <-time.After(next):
		case <-ctx.Done():
			return nil
		}
	}
}

func (q *Queue) readSettings(ctx context.Context) (settings.Settings, error) {
	ctx, cancel := context.WithTimeout(ctx, q.cfg.CallTimeout)
	defer cancel()
	s, err := settings.Read(ctx, q.client)
	if err != nil {
		return s, unavailable("read the settings", err)
	}
	return s, nil
}

// see takes in what was read.
func (g *Guard) see(s settings.Settings) {
	g.q.evicting.Store(s.EvictsNow())
	risks := s.Risks()
	for risk, gauge := range g.risks {
		gauge.Set(map[bool]float64{true: 1}[slices.Contains(risks, risk)])
	}
	g.mu.Lock()
	before, known := g.found, g.known
	g.mu.Unlock()
	if !known || before != s {
		g.tell(s, len(before.Risks()) > 0 && known)
	}
	if s.Unbounded() && before.Longest != s.Longest { // no vote is lost by that
		g.log.Warn("redis takes messages of any length: set proto-max-bulk-len 1mb", "longest", s.Longest)
	}
	g.mu.Lock()
	g.found, g.known = s, true
	g.mu.Unlock()
}

// tell writes what is new to the log.
func (g *Guard) tell(s settings.Settings, wasAtRisk bool) {
	risks := s.Risks()
	for _, risk := range risks {
		level := slog.LevelWarn
		if risk == queue.RiskEviction {
			level = slog.LevelError
		}
		g.log.Log(context.Background(), level, s.Says(risk))
	}
	if wasAtRisk && len(risks) == 0 {
		g.log.Info("redis keeps every vote that it accepts again")
	}
}

// Risk implements queue.Guard.
func (g *Guard) Risk() queue.Risk {
	g.mu.Lock()
	defer g.mu.Unlock()
	if risks := g.found.Risks(); g.known && len(risks) > 0 {
		return risks[0]
	}
	return ""
}

// Ready reports whether votes are safe from deletion.
func (g *Guard) Ready(context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case !g.known:
		return errors.New("it is not known yet how redis is set up")
	case g.found.Evicts():
		return errors.New(g.found.Says(queue.RiskEviction))
	}
	return nil
}
