package redisqueue

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"popeye/internal/metrics"
	"popeye/internal/metrics/metricstest"
	"popeye/internal/testenv"
	"popeye/queue"
)

// guarded is a queue whose Redis a guard watches.
type guarded struct {
	*Guard
	t        *testing.T
	admin    admin
	registry *metrics.Registry

	mu   sync.Mutex
	text bytes.Buffer
}

func (g *guarded) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.text.Write(b)
}

func (g *guarded) logged() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.text.String()
}

// guard watches, as the user of url, a server of its own that is set up as the
// stack's own is, but for args.
func guard(t *testing.T, url func(*testenv.Redis) string, args ...string) *guarded {
	t.Helper()
	server := testenv.StartRedis(t, append([]string{"--maxmemory", "256mb", "--maxmemory-policy", "volatile-ttl", "--proto-max-bulk-len", "1mb"}, args...)...)
	g := &guarded{t: t, admin: newAdmin(t, server.URL()), registry: metrics.NewRegistry()}
	g.admin.do("ACL", "SETUSER", "app", "on", "nopass", "~*", "&*", "+@all", "-config")
	g.admin.do("ACL", "SETUSER", "blind", "on", "nopass", "~*", "&*", "+@all", "-config", "-info")
	q := open(t, Config{URL: url(server)})
	publish(t, q, 1)
	g.Guard = q.NewGuard(slog.New(slog.NewTextHandler(g, nil)), g.registry)
	g.every = 10 * time.Millisecond
	if err := g.Ready(t.Context()); err == nil {
		t.Error("ready before anybody has looked")
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- g.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the guard ended with %v", err)
		}
	})
	until(t, "somebody has looked", func() bool {
		g.Guard.mu.Lock()
		defer g.Guard.mu.Unlock()
		return g.known
	})
	return g
}

// finds waits until the guard says this, everywhere.
func (g *guarded) finds(risks ...queue.Risk) {
	g.t.Helper()
	worst := append(risks, "")[0]
	until(g.t, "the risk is "+string(worst), func() bool { return g.Risk() == worst })
	ready := g.Ready(g.t.Context())
	if evicts := worst == queue.RiskEviction; (ready != nil) != evicts || evicts && !strings.Contains(ready.Error(), "maxmemory-policy") {
		g.t.Errorf("%s: ready says %v", risks, ready)
	}
	shown := metricstest.Values(g.t, g.registry)
	for _, r := range queue.Risks {
		want := 0.0
		for _, found := range risks {
			if found == r {
				want = 1
			}
		}
		if got := shown["popeye_queue_risk "+string(r)]; got != want {
			g.t.Errorf("%s: the metric of %s is %v", risks, r, got)
		}
	}
}

func asRoot(r *testenv.Redis) string { return r.URL() }

func TestGuardIsSilentWhereRedisIsSetUpAsOurs(t *testing.T) {
	g := guard(t, asRoot)
	g.finds()
	if g.logged() != "" {
		t.Errorf("it says %s", g.logged())
	}
	if err := g.q.Cast(t.Context(), ballot("ann")); err != nil {
		t.Error(err)
	}
}

// Each setting that may lose votes is found while the programs run, said once,
// and forgotten when it is mended.
func TestGuardFindsWhatMayLoseVotes(t *testing.T) {
	g := guard(t, asRoot)
	for _, c := range []struct {
		name, was, is string
		risk          queue.Risk
		says          string
	}{
		{"maxmemory-policy", "volatile-ttl", "allkeys-lru", queue.RiskEviction, "level=ERROR msg=\"redis may delete votes that were recorded: its maxmemory-policy is allkeys-lru"},
		{"maxmemory-policy", "noeviction", "allkeys-lfu", queue.RiskEviction, "is allkeys-lfu"},
		{"maxmemory-policy", "volatile-random", "allkeys-random", queue.RiskEviction, "is allkeys-random"},
		{"appendonly", "yes", "no", queue.RiskNoLog, "level=WARN msg=\"redis keeps votes in its memory alone"},
		{"appendfsync", "always", "everysec", queue.RiskLateSync, "level=WARN msg=\"redis writes votes to its disk once a second"},
		{"appendfsync", "always", "no", queue.RiskNoSync, "level=WARN msg=\"redis does not wait for its disk"},
		{"no-appendfsync-on-rewrite", "no", "yes", queue.RiskNoSync, "no-appendfsync-on-rewrite no"},
	} {
		g.admin.do("CONFIG", "SET", c.name, c.was)
		g.finds()
		before := len(g.logged())
		g.admin.do("CONFIG", "SET", c.name, c.is)
		g.finds(c.risk)
		g.admin.do("CONFIG", "SET", c.name, c.was)
		g.finds()
		until(t, "the end is said", func() bool { return strings.Contains(g.logged()[before:], "again") })
		if said := g.logged()[before:]; strings.Count(said, c.says) != 1 || strings.Count(said, "\n") != 2 {
			t.Errorf("%s %s: it says\n%s", c.name, c.is, said)
		}
	}
}

func TestGuardTellsOfEveryRisk(t *testing.T) {
	g := guard(t, asRoot, "--maxmemory-policy", "allkeys-lru", "--appendonly", "no")
	g.finds(queue.RiskEviction, queue.RiskNoLog)
	g.admin.do("CONFIG", "SET", "maxmemory-policy", "noeviction")
	g.finds(queue.RiskNoLog)
	if n := strings.Count(g.logged(), "\n"); n != 3 {
		t.Errorf("it says\n%s", g.logged())
	}
}

// Who reads "recorded" is counted: so no vote is taken where the next one may cost
// another. A Redis that has no limit deletes nothing yet.
func TestCastTakesNoVoteWhereRedisDeletesVotes(t *testing.T) {
	g := guard(t, asRoot)
	takes := func(yes bool) {
		t.Helper()
		until(t, "a vote is taken, or not", func() bool { return (g.q.Cast(t.Context(), ballot("ann")) == nil) == yes })
		if err := g.q.Cast(t.Context(), ballot("ann")); !yes && !errors.Is(err, queue.ErrUnavailable) {
			t.Errorf("refused with %v", err)
		}
	}
	takes(true)
	g.admin.do("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
	takes(false)
	leased := g.admin.number("LLEN", keyVotes)
	takes(false)
	if n := g.admin.number("LLEN", keyVotes); n != leased {
		t.Errorf("%d votes were sent all the same", n-leased)
	}
	g.admin.do("CONFIG", "SET", "maxmemory", "0")
	takes(true)
	g.finds(queue.RiskEviction) // and not ready
	g.admin.do("CONFIG", "SET", "maxmemory", "100mb")
	takes(false)
	g.admin.do("CONFIG", "SET", "maxmemory-policy", "noeviction")
	takes(true)
	g.finds()
}

// Managed servers forbid CONFIG: what INFO tells is known, the rest is not.
func TestGuardWhereConfigIsForbidden(t *testing.T) {
	app := func(r *testenv.Redis) string { return "redis://app:x@" + r.Addr() + "/0" }
	g := guard(t, app)
	g.finds(queue.RiskUnknown) // fsync
	g.admin.do("CONFIG", "SET", "appendonly", "no")
	g.finds(queue.RiskNoLog)
	g.admin.do("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
	g.finds(queue.RiskEviction, queue.RiskNoLog)
	until(t, "no vote is taken", func() bool { return g.q.Cast(t.Context(), ballot("ann")) != nil })
	g.admin.do("CONFIG", "SET", "maxmemory-policy", "noeviction")
	g.admin.do("CONFIG", "SET", "appendonly", "yes")
	g.finds(queue.RiskUnknown)
	until(t, "votes are taken", func() bool { return g.q.Cast(t.Context(), ballot("ann")) == nil })
}

func TestGuardWhereNothingIsTold(t *testing.T) {
	g := guard(t, func(r *testenv.Redis) string { return "redis://blind:x@" + r.Addr() + "/0" }, "--appendonly", "no")
	g.finds(queue.RiskUnknown)
	if !strings.Contains(g.logged(), "redis does not tell how it keeps votes") {
		t.Errorf("it says %s", g.logged())
	}
}

// A Redis that is away is another's matter: what was known stays.
func TestGuardOfARedisThatIsAway(t *testing.T) {
	server := testenv.StartRedis(t, "--appendonly", "no")
	q := open(t, Config{URL: server.URL()})
	g := q.NewGuard(slog.New(slog.NewTextHandler(os.Stderr, nil)), metrics.NewRegistry())
	s, err := q.readSettings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	g.see(s)
	server.Kill()
	if _, err := q.readSettings(t.Context()); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if err := g.Run(ctx); err != nil || g.Risk() != queue.RiskNoLog || g.Ready(t.Context()) != nil {
		t.Errorf("%v; the risk is %q, ready says %v", err, g.Risk(), g.Ready(t.Context()))
	}
}

// Redis' own default lets a message have half a gigabyte. That loses no vote, and is
// worth a line.
func TestARedisThatTakesMessagesOfAnyLengthIsWarnedOf(t *testing.T) {
	const warning = "redis takes messages of any length"
	url := func(r *testenv.Redis) string { return r.URL() }
	if g := guard(t, url, "--proto-max-bulk-len", "512mb"); strings.Count(g.logged(), warning) != 1 {
		t.Errorf("the log:\n%s", g.logged())
	}
	if g := guard(t, url); strings.Contains(g.logged(), warning) {
		t.Errorf("the log:\n%s", g.logged())
	}
}
