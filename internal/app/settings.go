package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"golang.org/x/sync/errgroup"

	"popeye/internal/config"
	"popeye/internal/health"
	"popeye/internal/metrics"
	"popeye/internal/traces"
	"popeye/internal/web"
)

// Common are the settings and commands that every service has.
type Common struct {
	config.Log
	config.Metrics
	config.Traces

	Serve       struct{}    `command:"serve" description:"Run the service (the default)."`
	Healthcheck Healthcheck `command:"healthcheck" reads:"metrics" description:"Ask the running service whether it is well." long-description:"Ask the running service whether it is well, for a container's health check."`
}

// Healthcheck is the command that asks a service of the same settings.
type Healthcheck struct {
	Ready bool `long:"ready" description:"Ask whether its backends answer too."`
}

// What Parse returns for the commands above.
const (
	ServeCommand       = config.DefaultCommand
	HealthcheckCommand = "healthcheck"
)

// Probe is what the command does.
func (c Common) Probe(ctx context.Context) error { return c.Healthcheck.Probe(ctx, c.Metrics.Addr) }

// Probe asks the program that serves its health at addr.
func (h Healthcheck) Probe(ctx context.Context, addr string) error {
	if config.Nowhere(addr) {
		return errors.New("metrics are off (METRICS_ADDR is empty), and the health check asks there: give them an address")
	}
	path := "/healthz"
	if h.Ready {
		path = "/readyz"
	}
	return health.Probe(ctx, addr, path)
}

// Part is one thing that runs in a service until its context ends.
type Part func(context.Context) error

// PublicSite is a site that everybody can reach.
type PublicSite struct {
	Station string // its name in metrics, as in "poll"
	Addr    string
	Handler http.Handler
	Closing func() // ends what would wait for ever as draining begins; may be nil
	Limits  config.Limits
	Memory  int64 // bytes for its connections; all that web.Memory gives if 0

	Log      *slog.Logger
	Registry *metrics.Registry
}

// Open returns the Part that serves the site. It listens at once, so that an
// address in use is told at start.
func (s PublicSite) Open() (Part, error) {
	proxies, err := web.ParseProxies(s.Limits.Proxies)
	if err != nil {
		return nil, fmt.Errorf("TRUSTED_PROXIES: %w", err)
	}
	l, err := web.Listen(s.Addr)
	if err != nil {
		return nil, err
	}
	s.Log.Info("serving", "addr", l.Addr().String())
	limits := web.Limits{
		PerAddress: s.Limits.PerAddress, Total: s.Limits.Total, Memory: cmp.Or(s.Memory, web.Memory()), Proxies: proxies,
	}
	l = web.Limit(l, limits, s.Registry, s.Station)
	handler := web.Share(s.Handler, proxies, web.Fits(limits.Memory, limits.Total), s.Registry, s.Station)
	return func(ctx context.Context) error { return web.Serve(ctx, l, handler, s.Log, s.Closing) }, nil
}

// NewRegistry returns a registry that says which program this is; the station is
// its name, as in "poll".
func NewRegistry(station string) *metrics.Registry {
	r := metrics.NewRegistry()
	version, revision := config.Build()
	r.Build(station, version, revision)
	return r
}

// OpenTraces opens what makes the spans of a program; the caller closes it when
// nothing makes spans any more.
func OpenTraces(program string, c config.Traces, log *slog.Logger) (*traces.Provider, error) {
	version, _ := config.Build()
	return traces.Open(traces.Config{
		Service: program, Version: version, Endpoint: c.Endpoint, Headers: c.Headers, Log: log,
	})
}

// Operate is a Part that watches the backends and serves the operators' pages,
// unless their address is nowhere.
func Operate(c config.Metrics, r *metrics.Registry, log *slog.Logger, checks ...health.Check) (Part, error) {
	watch := func(ctx context.Context) error { return health.Watch(ctx, log, r, checks...) }
	if config.Nowhere(c.Addr) {
		return watch, nil
	}
	l, err := web.Listen(c.Addr)
	if err != nil {
		return nil, fmt.Errorf("metrics (METRICS_ADDR): %w", err)
	}
	pages := health.Handler(r, c.PProf, checks...)
	return func(ctx context.Context) error {
		return Together(ctx, watch, func(ctx context.Context) error { return web.Serve(ctx, l, pages, log, nil) })
	}, nil
}

// Together runs parts until ctx ends or one fails, and returns when all have
// drained.
func Together(ctx context.Context, parts ...Part) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, p := range parts {
		g.Go(func() error { return p(ctx) })
	}
	return g.Wait()
}
