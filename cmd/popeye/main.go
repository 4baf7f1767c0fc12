// Command popeye is the whole system in one process: votes enter over HTTP, go
// through a queue in memory into SQLite, and leave as a live count. It needs
// nothing but a folder. A vote is answered "recorded" when it is on the disk. It
// also has the operator's commands, for itself and for the services.
package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"popeye/internal/config"
	"popeye/internal/ops"
	"popeye/internal/service"
	"popeye/poll"
	"popeye/queue"
	"popeye/queue/memqueue"
	"popeye/result"
	"popeye/store/sqlite"
	"popeye/worker"
)

func main() { os.Exit(service.Main(run)) }

var program = config.Program{Name: "popeye", Description: `A live vote, in one process: vote on one page, watch on another.

Examples:
  popeye
  popeye --question="Where to?" --option=Pizza --option=Sushi --option=Salad
  popeye --poll-addr=:8000 --result-addr=:8001 --data=/var/lib/popeye
  popeye account
  popeye dead list
  REDIS_HOST=localhost POSTGRES_HOST=localhost popeye account`}

type settings struct {
	PollAddr   string             `name:"poll-addr" var:"POLL_ADDR" default:":5000" help:"Where voters are served."`
	ResultAddr string             `name:"result-addr" var:"RESULT_ADDR" default:":5001" help:"Where the audience is served."`
	Data       string             `name:"data" var:"DATA_DIR" default:"./popeye-data" help:"Folder that keeps everything; made if it is not there."`
	AdminToken string             `name:"admin-token" var:"ADMIN_TOKEN" secret:"" placeholder:"SECRET" help:"The organiser's secret; made, kept in the data folder and printed at start if empty."`
	CookieKey  string             `name:"cookie-key" var:"COOKIE_KEY" secret:"" placeholder:"SECRET" help:"Key that signs voters' cookies, 16 bytes or more; made and kept in the data folder if empty."`
	VoteRate   int                `name:"vote-rate" var:"VOTE_RATE" default:"100" help:"Most votes of one voter in ten seconds; 0 for no limit."`
	Metrics    string             `name:"metrics-addr" var:"METRICS_ADDR" default:"127.0.0.1:9090" help:"Where metrics, health and profiles are served; never public; \"\" for nowhere."`
	Default    config.DefaultPoll `embed:""`
	Poll       config.PollURL     `embed:""`
	Result     config.ResultURL   `embed:""`
	Limits     config.Limits      `embed:""`
	config.Log `embed:""`

	Serve struct{} `cmd:"" default:"1" help:"Run everything (the default)."`
	tools `embed:""`
}

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	var set settings
	command, err := program.Parse(&set, args, getenv, stdout)
	if err != nil {
		return err
	}
	if command != service.ServeCommand {
		return set.run(ctx, command, set.Data, getenv, stdout)
	}
	return runAll(ctx, set, service.NewLogger(set.Log, stderr), stdout)
}

// runAll opens the data folder and runs everything on it until ctx ends.
func runAll(ctx context.Context, set settings, log *slog.Logger, stdout io.Writer) error {
	data, err := openFolder(set.Data)
	if err != nil {
		return err
	}
	defer data.close()
	for name, secret := range map[string]*string{"admin-token": &set.AdminToken, "cookie-key": &set.CookieKey} {
		if *secret == "" {
			if *secret, err = data.secret(name); err != nil {
				return err
			}
		}
	}
	db, err := sqlite.Open(ctx, data.file("popeye.db"))
	if err != nil {
		return err
	}
	// What was accepted before is what is stored: a vote is answered when it is.
	sums, err := db.Sum(ctx, math.MaxInt64, nil)
	if err == nil {
		q := memqueue.New(memqueue.Config{Before: sums.Stored + sums.Dead})
		err = serve(ctx, set, log, db, q, stdout)
		q.Close()
	}
	return errors.Join(err, db.Close())
}

// serve runs the stations until ctx ends. It stops them in the order of a
// vote's way: first the sites, whose last voters still get their answer from
// the worker, then the worker.
func serve(ctx context.Context, set settings, log *slog.Logger, db *sqlite.Store, q *memqueue.Queue, stdout io.Writer) error {
	consumer := q.NewConsumer()
	defer consumer.Close()
	registry := ops.NewRegistry()
	work, err := newWorker(set, log, db, q, consumer, registry)
	if err != nil {
		return err
	}
	sites, err := newSites(set, log, db, q, registry)
	if err != nil {
		return err
	}
	announce(stdout, set)

	g, ctx := errgroup.WithContext(ctx)
	working, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	g.Go(func() error { return work.Run(working) })
	g.Go(func() error { defer stopWork(); return service.Together(ctx, sites...) })
	return g.Wait()
}

func newWorker(set settings, log *slog.Logger, db *sqlite.Store, q *memqueue.Queue, c queue.Consumer, r *prometheus.Registry) (*worker.Worker, error) {
	defaultPoll, err := set.Default.Poll()
	if err != nil {
		return nil, err
	}
	return worker.New(worker.Config{Queue: c, Board: q, Meter: q, Store: db, Default: defaultPoll, Log: log, Registry: r})
}

// newSites makes what people, programs and operators reach, listening already.
func newSites(set settings, log *slog.Logger, db *sqlite.Store, q *memqueue.Queue, r *prometheus.Registry) ([]service.Part, error) {
	key, err := service.KeyOr(set.CookieKey, nil)
	if err != nil {
		return nil, err
	}
	voting, err := poll.New(poll.Config{
		Inbox: q, CookieKey: key, PublicURL: set.Poll.URL,
		ResultURL: set.Result.URL, ResultPort: port(set.ResultAddr), VoteRate: set.VoteRate, Log: log, Registry: r,
	})
	if err != nil {
		return nil, err
	}
	showing, err := result.New(result.Config{
		Store: db, AdminToken: set.AdminToken, PublicURL: set.Result.URL,
		PollURL: set.Poll.URL, PollPort: port(set.PollAddr), OutwardHost: outwardHost(set.PollAddr), Log: log, Registry: r,
	})
	if err != nil {
		return nil, err
	}
	site := service.PublicSite{Station: "poll", Addr: set.PollAddr, Limits: set.Limits, Log: log, Registry: r}
	voters, err := open(site, voting.Handler)
	if err != nil {
		return nil, err
	}
	site.Station, site.Addr, site.Closing = "result", set.ResultAddr, showing.CloseViewers
	audience, err := open(site, showing.Handler)
	if err != nil {
		return nil, err
	}
	parts := []service.Part{voters, audience, showing.Run}
	if set.Metrics == "" {
		return parts, nil
	}
	operate, err := service.Operate(set.Metrics, r, log, ops.Check{Name: "store", Ask: func(ctx context.Context) error {
		_, err := db.HighWater(ctx)
		return err
	}})
	return append(parts, operate), err
}

// open opens a site with a station's handler.
func open(site service.PublicSite, handler func() (http.Handler, error)) (p service.Part, err error) {
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
