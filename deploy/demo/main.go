// Command demo is a crowd that votes, so that whoever opens a result page for
// the first time sees it move. It knows of Popeye only what every browser knows:
// voters come over HTTP, each with cookies of their own.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"time"

	"popeye/internal/app"
	"popeye/internal/config"
	"popeye/vote"
)

func main() { os.Exit(app.Main(run)) }

var program = config.Program{Name: "demo", Description: `Let a crowd vote over HTTP, so that a result page moves.

Voters come in waves. Some change their mind later, and what they like drifts, so the lead changes. The poll may be of any kind; while it is not open, the crowd waits. On SIGTERM it ends, and says what became of all votes.

Examples:
  go run ./cmd/popeye                                      in one terminal,
  go run ./deploy/demo --url http://localhost:5000         in another: watch http://localhost:5001
  go run ./deploy/demo --rate 200 --voters 50000 --for 5m
  go run ./deploy/demo --poll lunch --seed 7
  demo healthcheck`}

type settings struct {
	URL    string        `long:"url" var:"DEMO_SITE" default:"http://localhost:5000" description:"Where people vote."`
	Poll   string        `long:"poll" var:"DEMO_POLL" default:"default" value-name:"SLUG" description:"Which poll they vote in."`
	Rate   float64       `long:"rate" var:"DEMO_RATE" default:"20" description:"Votes a second, on average."`
	Voters int           `long:"voters" var:"DEMO_VOTERS" default:"5000" description:"How many people come; after them there are only changes of mind."`
	For    time.Duration `long:"for" var:"DEMO_FOR" default:"0s" description:"How long they vote; 0 until it is stopped."`
	Seed   uint64        `long:"seed" var:"DEMO_SEED" description:"Chooses the crowd: the same seed likes the same things. 0 for another crowd each time."`
	config.Log

	Healthcheck struct{} `command:"healthcheck" description:"Ask the site for the poll, as the crowd does, for a container's health check."`
}

// The most that can be asked for: beyond, one process would be no crowd but a
// load test, and its voters would not fit into its memory.
const (
	mostRate   = 2000
	mostVoters = 200_000
)

func (set settings) check() error {
	u, err := url.Parse(set.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("--url is %q: give the address where people vote, as in http://localhost:5000", set.URL)
	case vote.ValidateSlug(set.Poll) != nil:
		return fmt.Errorf("--poll is %q: give the last part of a poll's address, as in lunch", set.Poll)
	case !(set.Rate > 0 && set.Rate <= mostRate): // not a number is neither
		return fmt.Errorf("--rate is %g: give more than 0 and at most %d votes a second", set.Rate, mostRate)
	case set.Voters < 1 || set.Voters > mostVoters:
		return fmt.Errorf("--voters is %d: give 1 to %d", set.Voters, mostVoters)
	case set.For < 0:
		return fmt.Errorf("--for is %s: give a time, as in 5m, or 0", set.For)
	}
	return nil
}

func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	var set settings
	command, err := program.Parse(&set, args, getenv, stdout)
	if err != nil {
		return err
	}
	if err := set.check(); err != nil {
		return err
	}
	where := newSite(set.URL, set.Poll)
	defer where.leave()
	if command == "healthcheck" {
		_, err := where.poll(ctx)
		return err
	}
	if set.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, set.For)
		defer cancel()
	}
	for set.Seed == 0 {
		set.Seed = rand.Uint64()
	}
	log := app.SetUpLog(set.Log, stderr)
	log.Info("a crowd comes to vote", "url", set.URL, "poll", set.Poll,
		"rate", set.Rate, "voters", set.Voters, "seed", set.Seed)
	err = newCrowd(where, set, log).run(ctx)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil // it was told to end
	}
	return err
}
