// Command popeye is the whole system in one process: votes enter over HTTP, go
// through a queue in memory into SQLite, and leave as a live count. It needs
// nothing but a folder. A vote is answered "recorded" when it is on the disk. It
// also has the operator's commands, for itself and for the services.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"os"

	"golang.org/x/sync/errgroup"

	"popeye/admin"
	"popeye/internal/app"
	"popeye/internal/cli"
	"popeye/internal/config"
	"popeye/internal/health"
	"popeye/internal/metrics"
	"popeye/internal/traces"
	"popeye/internal/ui/styleguide"
	"popeye/internal/web"
	"popeye/poll"
	"popeye/queue"
	"popeye/queue/memqueue"
	"popeye/result"
	"popeye/store/sqlite"
	"popeye/worker"
)

func main() { os.Exit(app.Main(run)) }

var program = config.Program{Name: "popeye", Description: `A live vote, in one process: vote on one page, watch on another.

Examples:
  popeye
  popeye --question="Where to?" --option=Pizza --option=Sushi --option=Salad
  popeye --poll-addr=:8000 --result-addr=:8001 --data=/var/lib/popeye
  popeye account
  popeye bench load-test
  popeye count lunch.json
  popeye dead list
  popeye polls list
  popeye results default --watch
  REDIS_HOST=localhost POSTGRES_HOST=localhost popeye account`, Examples: examples()}

// tokenFile keeps the organiser's token in the data folder.
const tokenFile = "admin-token"

type settings struct {
	PollAddr   string `long:"poll-addr" var:"POLL_ADDR" default:":5000" description:"Where voters are served."`
	ResultAddr string `long:"result-addr" var:"RESULT_ADDR" default:":5001" description:"Where the audience is served."`
	Data       string `long:"data" var:"DATA_DIR" default:"./popeye-data" description:"Folder that keeps everything; made if it is not there."`
	AdminToken string `long:"admin-token" var:"ADMIN_TOKEN" secret:"" value-name:"SECRET" description:"The organiser's secret; 16 characters or more; made, kept in the data folder and shown on the terminal at start if empty."`
	CookieKey  string `long:"cookie-key" var:"COOKIE_KEY" secret:"" value-name:"SECRET" description:"Key that signs voters' cookies, 16 bytes or more; made and kept in the data folder if empty."`
	VoteRate   int    `long:"vote-rate" var:"VOTE_RATE" default:"100" description:"Most votes of one voter in ten seconds; 0 for no limit."`
	NewVoters  int    `long:"new-voters-per-network" var:"NEW_VOTERS_PER_NETWORK" default:"3000" description:"Most new voters of one network (IPv4 /24, IPv6 /56) in a minute, in this process; a hall or a school may be one. Networks of private addresses have no limit: they may be a proxy. 0 for no limit."`
	Default    config.DefaultPoll
	Poll       config.PollURL
	Result     config.ResultURL
	Limits     config.Limits
	config.Log
	config.Metrics
	config.Traces
	config.Development

	Serve       struct{}        `command:"serve" description:"Run everything (the default)."`
	Healthcheck app.Healthcheck `command:"healthcheck" reads:"metrics" description:"Ask the running program whether it is well." long-description:"Ask the running program whether it is well, for a container's health check."`
	tools
}

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	var set settings
	command, err := program.Parse(&set, args, getenv, stdout)
	if err != nil {
		return err
	}
	if command == app.HealthcheckCommand {
		return set.Healthcheck.Probe(ctx, set.Metrics.Addr)
	}
	console := cli.Console{In: os.Stdin, Out: stdout, Err: stderr, Watched: isTerminal(stderr)}
	switch command {
	case "count":
		return set.Count.Run(ctx, console)
	case "bench":
		return set.Bench.Run(ctx, console)
	}
	if overAPI(command) {
		return set.organise(ctx, command, set, terminal(stdout, stderr))
	}
	if command != app.ServeCommand {
		return set.run(ctx, command, set.Data, getenv, stdout)
	}
	log := app.SetUpLog(set.Log, stderr)
	spans, err := app.OpenTraces("popeye", set.Traces, log)
	if err != nil {
		return err
	}
	defer spans.Close()
	return runAll(ctx, system{
		settings: set, log: log, spans: spans, registry: app.NewRegistry("popeye"), asked: set.Default.Asked(getenv),
	}, stdout)
}

// system is everything that the stations share.
type system struct {
	settings
	log      *slog.Logger
	spans    *traces.Provider
	registry *metrics.Registry
	asked    bool // whether anybody asked for a default poll of their own
	ownToken bool // whether the organiser's token is one that we made
	store    *sqlite.Store
	queue    *memqueue.Queue
}

// runAll opens the data folder and runs everything on it until ctx ends.
func runAll(ctx context.Context, s system, stdout io.Writer) error {
	data, err := openFolder(s.Data)
	if err != nil {
		return err
	}
	defer data.close()
	s.ownToken = s.AdminToken == ""
	for name, secret := range map[string]*string{tokenFile: &s.AdminToken, "cookie-key": &s.CookieKey} {
		if *secret == "" {
			if *secret, err = data.secret(name); err != nil {
				return err
			}
		}
	}
	if s.store, err = sqlite.Open(ctx, data.file("popeye.db")); err != nil {
		return err
	}
	// What was accepted before is what is stored: a vote is answered when it is.
	sums, err := s.store.Sum(ctx, math.MaxInt64, nil)
	if err == nil {
		s.queue = memqueue.New(memqueue.Config{Before: sums.Stored + sums.Dead})
		err = s.serve(ctx, stdout)
		s.queue.Close()
	}
	return errors.Join(err, s.store.Close())
}

// serve runs the stations until ctx ends. It stops them in the order of a
// vote's way: first the sites, whose last voters still get their answer from
// the worker, then the worker.
func (s system) serve(ctx context.Context, stdout io.Writer) error {
	consumer := s.queue.NewConsumer()
	defer consumer.Close()
	showFree(s.registry, s.Data)
	work, err := s.newWorker(consumer)
	if err != nil {
		return err
	}
	sites, err := s.newSites()
	if err != nil {
		return err
	}
	announce(stdout, s.settings, s.ownToken)

	g, ctx := errgroup.WithContext(ctx)
	working, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	g.Go(func() error { return work.Run(working) })
	g.Go(func() error { defer stopWork(); return app.Together(ctx, sites...) })
	return g.Wait()
}

func (s system) newWorker(c queue.Consumer) (*worker.Worker, error) {
	defaultPoll, err := s.Default.Poll()
	if err != nil {
		return nil, err
	}
	return worker.New(worker.Config{
		Consumers: []queue.Consumer{c}, Catalog: s.queue, Meter: s.queue, Crowd: s.queue, Store: s.store, Default: defaultPoll, Asked: s.asked,
		Tracer: s.spans.Tracer("popeye/worker"), Log: s.log, Registry: s.registry,
	})
}

// sitesHere share the memory of this process.
const sitesHere = 2

// newSites makes what people, programs and operators reach, listening already.
func (s system) newSites() ([]app.Part, error) {
	key, err := app.KeyOr(s.CookieKey, nil)
	if err != nil {
		return nil, err
	}
	proxies, err := web.ParseProxies(s.Limits.Proxies)
	if err != nil {
		return nil, fmt.Errorf("TRUSTED_PROXIES: %w", err)
	}
	voting, err := poll.New(poll.Config{
		Inbox: guarded{s.queue, s.store.Intact}, CookieKey: key, PublicURL: s.Poll.URL,
		ResultURL: s.Result.URL, ResultPort: port(s.ResultAddr), VoteRate: s.VoteRate, MaxConns: web.Fits(web.Memory()/sitesHere, s.Limits.Total),
		NewVoters: s.NewVoters, Crowd: s.queue, Proxies: proxies,
		Tracer: s.spans.Tracer("popeye/poll"), Log: s.log, Registry: s.registry,
	})
	if err != nil {
		return nil, err
	}
	organisers, err := admin.New(admin.Config{
		Store: s.store, Token: s.AdminToken, PublicURL: s.Result.URL,
		PollURL: s.Poll.URL, PollPort: port(s.PollAddr), OutwardHost: outwardHost(s.PollAddr), Proxies: proxies, Log: s.log,
	})
	if err != nil {
		return nil, err
	}
	showing, err := result.New(result.Config{
		Store: s.store, PublicURL: s.Result.URL,
		PollURL: s.Poll.URL, PollPort: port(s.PollAddr), OutwardHost: outwardHost(s.PollAddr), Proxies: proxies,
		IsOrganiser: organisers.IsOrganiser,
		Tracer:      s.spans.Tracer("popeye/result"), Log: s.log, Registry: s.registry,
	})
	if err != nil {
		return nil, err
	}
	site := app.PublicSite{
		Station: "poll", Addr: s.PollAddr, Closing: voting.EndStreams, Limits: s.Limits, Memory: web.Memory() / sitesHere,
		Log: s.log, Registry: s.registry,
	}
	voters, err := open(site, voting.Handler)
	if err != nil {
		return nil, err
	}
	site.Station, site.Addr, site.Closing = "result", s.ResultAddr, showing.CloseViewers
	pages := showing.Site()
	organisers.AddTo(pages)
	if s.Dev {
		if err := styleguide.AddTo(pages); err != nil {
			return nil, err
		}
	}
	audience, err := open(site, pages.Handler)
	if err != nil {
		return nil, err
	}
	operate, err := s.operate()
	watch := func(ctx context.Context) error { return watchData(ctx, s.log, s.store.Intact) }
	return []app.Part{voters, voting.Report, audience, showing.Run, watch, operate}, err
}

// operate serves operators. That the default address is taken must not stop the
// vote; whoever has chosen another one relies on it.
func (s system) operate() (app.Part, error) {
	check := health.Check{Name: "store", Ask: func(ctx context.Context) error {
		if err := s.store.Intact(); err != nil {
			return err
		}
		_, err := s.store.HighWater(ctx)
		return err
	}}
	operate, err := app.Operate(s.Metrics, s.registry, s.log, check)
	if err != nil && s.Metrics.Addr == config.DefaultMetrics {
		s.log.Warn("metrics are off: their address is taken; choose another one with --metrics-addr", "error", err)
		return app.Operate(config.Metrics{}, s.registry, s.log, check)
	}
	return operate, err
}

// open opens a site with a station's handler.
func open(site app.PublicSite, handler func() (http.Handler, error)) (p app.Part, err error) {
	if site.Handler, err = handler(); err != nil {
		return nil, err
	}
	return site.Open()
}

// port returns the port of an address.
func port(addr string) string {
	_, p, err := net.SplitHostPort(addr)
	if err != nil {
		return ""
	}
	return p
}
