package redisqueue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"popeye/internal/metrics"
	"popeye/queue"
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
	found settings
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

// see takes in what was read.
func (g *Guard) see(s settings) {
	g.q.evicting.Store(s.evictsNow())
	risks := s.risks()
	for risk, gauge := range g.risks {
		gauge.Set(map[bool]float64{true: 1}[slices.Contains(risks, risk)])
	}
	g.mu.Lock()
	before, known := g.found, g.known
	g.mu.Unlock()
	if !known || before != s {
		g.tell(s, len(before.risks()) > 0 && known)
	}
	if s.unbounded() && before.longest != s.longest { // no vote is lost by that
		g.log.Warn("redis takes messages of any length: set proto-max-bulk-len 1mb", "longest", s.longest)
	}
	g.mu.Lock()
	g.found, g.known = s, true
	g.mu.Unlock()
}

// tell writes what is new to the log.
func (g *Guard) tell(s settings, wasAtRisk bool) {
	risks := s.risks()
	for _, risk := range risks {
		level := slog.LevelWarn
		if risk == queue.RiskEviction {
			level = slog.LevelError
		}
		g.log.Log(context.Background(), level, s.says(risk))
	}
	if wasAtRisk && len(risks) == 0 {
		g.log.Info("redis keeps every vote that it accepts again")
	}
}

// says tells an operator of a risk, and what to do.
func (s settings) says(risk queue.Risk) string {
	switch risk {
	case queue.RiskEviction:
		return fmt.Sprintf("redis may delete votes that were recorded: its maxmemory-policy is %s; set it to volatile-ttl or noeviction", s.policy)
	case queue.RiskNoLog:
		return "redis keeps votes in its memory alone, and loses those that wait when it ends: set appendonly yes and appendfsync always"
	case queue.RiskNoSync:
		return "redis does not wait for its disk, and may lose the votes of some 30 seconds with the power: " +
			"set appendfsync always and no-appendfsync-on-rewrite no"
	case queue.RiskLateSync:
		return "redis writes votes to its disk once a second, and may lose those of the last second with the power: set appendfsync always"
	default:
		return "redis does not tell how it keeps votes: see that its maxmemory-policy is volatile-ttl or noeviction, appendonly yes and appendfsync always"
	}
}

// Risk implements queue.Guard.
func (g *Guard) Risk() queue.Risk {
	g.mu.Lock()
	defer g.mu.Unlock()
	if risks := g.found.risks(); g.known && len(risks) > 0 {
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
	case g.found.evicts():
		return errors.New(g.found.says(queue.RiskEviction))
	}
	return nil
}
