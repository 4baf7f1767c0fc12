// Command result is station 5 as a service: tallies enter from PostgreSQL and
// leave over Socket.IO and HTTP; organisers' changes go the other way. It links
// no Redis client.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"popeye/admin"
	"popeye/internal/app"
	"popeye/internal/config"
	"popeye/internal/health"
	"popeye/internal/ui/styleguide"
	"popeye/internal/web"
	"popeye/result"
	"popeye/store/postgres"
)

func main() { os.Exit(app.Main(run)) }

var program = config.Program{Name: "result", Description: `Show the live count, and let the organiser make, open and close polls.

Examples:
  result --addr=:5001 --postgres-host=localhost
  ADMIN_TOKEN_FILE=/run/secrets/admin_token result
  result healthcheck --ready`}

type settings struct {
	Addr       string `long:"addr" var:"ADDR" default:":80" description:"Where the audience is served."`
	AdminToken string `long:"admin-token" var:"ADMIN_TOKEN" secret:"" value-name:"SECRET" description:"The organiser's secret, 16 characters or more; without it organising is off."`
	MaxViewers int    `long:"max-viewers" var:"MAX_VIEWERS" default:"15000" description:"Most viewers connected at once; each takes about 10 kB."`
	Postgres   config.Postgres
	Poll       config.PollURL
	Result     config.ResultURL
	Limits     config.Limits
	app.Common
	config.Development
}

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	var set settings
	command, err := program.Parse(&set, args, getenv, stdout)
	if err != nil {
		return err
	}
	if command == app.HealthcheckCommand {
		return set.Probe(ctx)
	}
	log := app.SetUpLog(set.Log, stderr)
	spans, err := app.OpenTraces("result", set.Traces, log)
	if err != nil {
		return err
	}
	defer spans.Close()
	db, err := postgres.Open(ctx, set.Postgres.Address(), postgres.Options{})
	if err != nil {
		return err
	}
	defer db.Close()

	registry := app.NewRegistry("result")
	proxies, err := web.ParseProxies(set.Limits.Proxies)
	if err != nil {
		return fmt.Errorf("TRUSTED_PROXIES: %w", err)
	}
	organisers, err := admin.New(admin.Config{
		Store: db, Token: set.AdminToken, PublicURL: set.Result.URL, PollURL: set.Poll.URL, Proxies: proxies, Log: log,
	})
	if err != nil {
		return err
	}
	station, err := result.New(result.Config{
		Store: db, PublicURL: set.Result.URL, PollURL: set.Poll.URL, MaxViewers: set.MaxViewers, Proxies: proxies,
		IsOrganiser: organisers.IsOrganiser,
		Tracer:      spans.Tracer("popeye/result"), Log: log, Registry: registry,
	})
	if err != nil {
		return err
	}
	pages := station.Site()
	organisers.AddTo(pages)
	if set.Dev {
		if err := styleguide.AddTo(pages); err != nil {
			return err
		}
	}
	handler, err := pages.Handler()
	if err != nil {
		return err
	}
	site, err := app.PublicSite{
		Station: "result", Addr: set.Addr, Handler: handler, Closing: station.CloseViewers, Limits: set.Limits,
		Log: log, Registry: registry,
	}.Open()
	if err != nil {
		return err
	}
	operate, err := app.Operate(set.Metrics, registry, log, health.Check{Name: "store", Ask: db.Ready})
	if err != nil {
		return err
	}
	return app.Together(ctx, site, station.Run, operate)
}
