package voter

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"popeye/internal/metrics"
	"popeye/internal/web"
	"popeye/queue"
)

const (
	// NewWindow is what new voters are counted over.
	NewWindow = time.Minute
	// maxNetworks bounds the networks that are counted in a window. Those beyond it
	// go uncounted.
	maxNetworks = 100_000
	// manyNew is how many new voters within a window are worth a line in the log, if
	// more than half of them are of one network.
	manyNew = 600
)

// Newcomers counts the voters who come without a cookie of ours: those who open a
// page, and programs that vote without one. A network may bring so many a minute. An
// address that is not public may be anybody's, and belongs to no network here. Safe
// for concurrent use.
type Newcomers struct {
	most int // of one network in a window; 0 for no limit
	log  *slog.Logger

	total, refused *metrics.Counter

	mu      sync.Mutex
	until   time.Time // the end of the window
	now     arrivals
	last    arrivals // the one before, with most of its networks
	network map[netip.Prefix]int
}

// arrivals is what is told of a window.
type arrivals struct {
	all, largest int
	warned       bool // that a network was refused
	networks     map[netip.Prefix]int
}

// NewNewcomers starts to count; most is how many a network may bring in a window, 0 for no limit.
func NewNewcomers(most int, log *slog.Logger, r *metrics.Registry) *Newcomers {
	n := &Newcomers{most: most, log: log, network: map[netip.Prefix]int{}}
	n.total = r.Counter("popeye_poll_new_voters_total", "Voters who came without a cookie of ours: to a page, or with a vote.")
	n.refused = r.Counter("popeye_poll_new_voters_refused_total", "New voters who were told to come later, as their network had brought very many.")
	for name, of := range map[string]func(arrivals) int{
		"all":     func(w arrivals) int { return w.all },
		"largest": func(w arrivals) int { return w.largest },
	} {
		r.GaugeFunc("popeye_poll_new_voters_minute", "New voters in the last whole minute: all, and those of the network that brought most.",
			func() float64 { return float64(of(n.lastAt(time.Now()))) }, metrics.Label{Name: "network", Value: name})
	}
	return n
}

// Admit counts a new voter, or says how long to wait before coming again.
func (n *Newcomers) Admit(from netip.Addr, now time.Time) (wait time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.turn(now)
	public := web.IsPublic(from)
	network := web.Network(from)
	if public && n.most > 0 && n.network[network] >= n.most {
		n.refuse(network)
		return (n.until.Sub(now) + time.Second - 1).Truncate(time.Second)
	}
	n.total.Inc()
	n.now.all++
	if _, known := n.network[network]; public && (known || len(n.network) < maxNetworks) {
		n.network[network]++
		n.now.largest = max(n.now.largest, n.network[network])
	}
	return 0
}

// refuse says so in the log, once in a window.
func (n *Newcomers) refuse(network netip.Prefix) {
	n.refused.Inc()
	if !n.now.warned {
		n.now.warned = true
		n.log.Warn("new voters of one network are told to come later: is it a hall, raise NEW_VOTERS_PER_NETWORK; "+
			"is it a proxy, name it in TRUSTED_PROXIES", "network", network.String(), "limit", n.most)
	}
}

// turn begins a new window when the last one is over.
func (n *Newcomers) turn(now time.Time) {
	if now.Before(n.until) {
		return
	}
	n.last = n.now
	n.last.networks = largest(n.network, queue.MaxNetworks)
	if now.After(n.until.Add(NewWindow)) {
		n.last = arrivals{} // nobody came meanwhile
	}
	if n.now.all >= manyNew && 2*n.now.largest > n.now.all {
		n.log.Warn("most new voters came from one network", "new_voters", n.now.all, "of_one_network", n.now.largest)
	}
	n.now, n.until = arrivals{}, now.Add(NewWindow)
	clear(n.network)
}

// largest returns the networks that brought most.
func largest(networks map[netip.Prefix]int, most int) map[netip.Prefix]int {
	all := slices.SortedFunc(maps.Keys(networks), func(a, b netip.Prefix) int { return networks[b] - networks[a] })
	few := map[netip.Prefix]int{}
	for _, network := range all[:min(most, len(all))] {
		few[network] = networks[network]
	}
	return few
}

// Report tells the crowd who came, and how many pages follow each event, for organisers to
// see, until ctx ends.
func (n *Newcomers) Report(ctx context.Context, crowd queue.Crowd, key *Key, followed func() map[string]int64) error {
	tick := time.NewTicker(queue.TellEvery)
	defer tick.Stop()
	front := rand.Text()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		if err := n.tell(ctx, front, crowd, key, followed()); err != nil {
			n.log.Debug("cannot tell of new voters now", "error", err)
		}
	}
}

// tell tells of the last whole minute. A network goes by a digest under the key of
// the cookies: at each front it is the same, and nobody reads an address in it.
func (n *Newcomers) tell(ctx context.Context, front string, crowd queue.Crowd, of *Key, followed map[string]int64) error {
	key, err := of.get(ctx)
	if err != nil {
		return err
	}
	last := n.lastAt(time.Now())
	told := queue.Arrivals{All: int64(last.all), Networks: map[string]int64{}, Followed: followed}
	for network, brought := range last.networks {
		told.Networks[hex.EncodeToString(mac(key, networkPurpose, network.String())[:8])] = int64(brought)
	}
	return crowd.Tell(ctx, front, told)
}

// lastAt returns what is told of the last whole window.
func (n *Newcomers) lastAt(now time.Time) arrivals {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.turn(now)
	return n.last
}
