// Command poll is station 1 as a service: voters and their programs enter over
// HTTP, votes leave into Redis. It links no database driver.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"popeye/internal/app"
	"popeye/internal/config"
	"popeye/internal/health"
	"popeye/internal/web"
	"popeye/poll"
	"popeye/queue/redisqueue"
)

func main() { os.Exit(app.Main(run)) }

var program = config.Program{Name: "poll", Description: `Take votes over HTTP and put them into Redis.

Examples:
  poll --addr=:5000 --redis-host=localhost
  REDIS_URL=redis://:secret@redis:6379/0 poll
  poll healthcheck --ready`}

type settings struct {
	Addr      string `long:"addr" var:"ADDR" default:":80" description:"Where voters are served."`
	CookieKey string `long:"cookie-key" var:"COOKIE_KEY" secret:"" value-name:"SECRET" description:"Key that signs voters' cookies, 16 bytes or more; made and shared through Redis if empty."`
	VoteRate  int    `long:"vote-rate" var:"VOTE_RATE" default:"100" description:"Most votes of one voter in ten seconds; 0 for no limit."`
	NewVoters int    `long:"new-voters-per-network" var:"NEW_VOTERS_PER_NETWORK" default:"3000" description:"Most new voters of one network (IPv4 /24, IPv6 /56) in a minute, in this process; a hall or a school may be one. Networks of private addresses have no limit: they may be a proxy. 0 for no limit."`
	Redis     config.Redis
	Poll      config.PollURL
	Result    config.ResultURL
	Limits    config.Limits
	app.Common
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
	spans, err := app.OpenTraces("poll", set.Traces, log)
	if err != nil {
		return err
	}
	defer spans.Close()
	q, err := redisqueue.Open(redisqueue.Config{URL: set.Redis.Address()})
	if err != nil {
		return err
	}
	defer q.Close()

	key, err := app.KeyOr(set.CookieKey, q.CookieKey)
	if err != nil {
		return err
	}
	proxies, err := web.ParseProxies(set.Limits.Proxies)
	if err != nil {
		return fmt.Errorf("TRUSTED_PROXIES: %w", err)
	}
	registry := app.NewRegistry("poll")
	station, err := poll.New(poll.Config{
		Inbox: q, CookieKey: key,
		PublicURL: set.Poll.URL, ResultURL: set.Result.URL, VoteRate: set.VoteRate, MaxConns: web.Fits(web.Memory(), set.Limits.Total),
		NewVoters: set.NewVoters, Crowd: q, Proxies: proxies,
		Tracer: spans.Tracer("popeye/poll"), Log: log, Registry: registry,
	})
	if err != nil {
		return err
	}
	handler, err := station.Handler()
	if err != nil {
		return err
	}
	site, err := app.PublicSite{
		Station: "poll", Addr: set.Addr, Handler: handler, Closing: station.EndStreams, Limits: set.Limits, Log: log, Registry: registry,
	}.Open()
	if err != nil {
		return err
	}
	guard, refusals := q.NewGuard(log, registry), q.NewRefusals(log, registry)
	operate, err := app.Operate(set.Metrics, registry, log,
		health.Check{Name: "queue", Ask: q.Ready}, health.Check{Name: "queue settings", Ask: guard.Ready, Quiet: true},
		health.Check{Name: "votes", Ask: refusals.Ready, Quiet: true})
	if err != nil {
		return err
	}
	return app.Together(ctx, site, station.Report, operate, guard.Run, refusals.Run, keepKey(q, set.CookieKey))
}

// keepKey is a Part that makes sure, every second, that Redis has the key that
// this replica signs with, should it have lost its memory.
func keepKey(q *redisqueue.Queue, set string) app.Part {
	return func(ctx context.Context) error {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for set == "" {
			_, _ = q.CookieKey(ctx) // a Redis that is away is told of elsewhere
			select {
			case <-tick.C:
			case <-ctx.Done():
				return nil
			}
		}
		return nil
	}
}
