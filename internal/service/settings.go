package service

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"popeye/internal/config"
	"popeye/internal/ops"
	"popeye/internal/web"
)

// Common are the settings and commands that every service has.
type Common struct {
	config.Log     `embed:""`
	config.Metrics `embed:""`

	Serve       struct{}    `cmd:"" default:"1" help:"Run the service (the default)."`
	Healthcheck Healthcheck `cmd:"" help:"Ask the running service whether it is well, for a container's health check."`
}

// Healthcheck is the command that asks a service of the same settings.
type Healthcheck struct {
	Ready bool `help:"Ask whether its backends answer too."`
}

// What Parse returns for the commands above.
const (
	ServeCommand       = "serve"
	HealthcheckCommand = "healthcheck"
)

// Probe is what the command does.
func (c Common) Probe(ctx context.Context) error {
	path := "/healthz"
	if c.Healthcheck.Ready {
		path = "/readyz"
	}
	return ops.Probe(ctx, c.Metrics.Addr, path)
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

	Log      *slog.Logger
	Registry prometheus.Registerer
}

// Open returns the Part that serves the site. It listens at once, so that an
// address in use is told at start.
func (s PublicSite) Open() (Part, error) {
	l, err := web.Listen(s.Addr)
	if err != nil {
		return nil, err
	}
	s.Log.Info("serving", "addr", l.Addr().String())
	l = web.Limit(l, web.Limits(s.Limits), s.Registry, s.Station)
	return func(ctx context.Context) error { return web.Serve(ctx, l, s.Handler, s.Log, s.Closing) }, nil
}

// Operate is a Part that serves the operators' pages and watches the backends.
func Operate(addr string, r *prometheus.Registry, log *slog.Logger, checks ...ops.Check) (Part, error) {
	l, err := web.Listen(addr)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		return Together(ctx,
			func(ctx context.Context) error { return web.Serve(ctx, l, ops.Handler(r, checks...), log, nil) },
			func(ctx context.Context) error { return ops.Watch(ctx, log, r, checks...) })
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
