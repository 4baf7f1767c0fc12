// Command worker is station 3 as a service: votes enter from Redis and leave
// into PostgreSQL, poll definitions go the other way.
package main

import (
	"context"
	"io"
	"os"
	"strings"

	"popeye/internal/app"
	"popeye/internal/cli"
	"popeye/internal/config"
	"popeye/internal/health"
	"popeye/queue"
	"popeye/queue/redisqueue"
	"popeye/store/postgres"
	"popeye/worker"
)

// batchesAtOnce is how many batches one worker has stored at the same time: while
// PostgreSQL and Redis work for one, the worker reads another.
const batchesAtOnce = 2

func main() { os.Exit(app.Main(run)) }

var program = config.Program{Name: "worker", Description: `Move votes from Redis to PostgreSQL, and poll definitions the other way.

Run as many as you like; one is enough for most crowds.

Examples:
  worker --redis-host=localhost --postgres-host=localhost
  QUESTION="Tabs or spaces?" OPTION_A=Tabs OPTION_B=Spaces worker
  worker publish
  worker account
  worker dead list
  worker healthcheck --ready`, Examples: cli.Examples("worker")}

type settings struct {
	Redis    config.Redis
	Postgres config.Postgres
	Default  config.DefaultPoll
	app.Common

	Account cli.Account `command:"account" reads:"redis,database,postgres" description:"Say where every accepted vote is; fails unless it balances."`
	Dead    cli.Dead    `command:"dead" reads:"database,postgres" description:"Look after dead letters: messages that could not become ballots."`
	Publish struct{}    `command:"publish" reads:"redis,database,postgres,question,option,log" description:"Publish the polls once and end." long-description:"Publish the polls once and end: for a stack whose votes the classic worker moves."`
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
	defaultPoll, err := set.Default.Poll()
	if err != nil {
		return err
	}
	q, err := redisqueue.Open(redisqueue.Config{URL: set.Redis.Address()})
	if err != nil {
		return err
	}
	defer q.Close()
	db, err := postgres.Open(ctx, set.Postgres.Address(), postgres.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	switch {
	case command == "account":
		return set.Account.Run(ctx, q, db, stdout)
	case strings.HasPrefix(command, "dead"):
		return set.Dead.Run(ctx, command, db, stdout)
	}
	spans, err := app.OpenTraces("worker", set.Traces, log)
	if err != nil {
		return err
	}
	defer spans.Close()
	consumers := make([]queue.Consumer, batchesAtOnce)
	for i := range consumers {
		c := q.NewConsumer("")
		defer func() { _ = c.Close(context.WithoutCancel(ctx)) }() // only a courtesy to the others
		consumers[i] = c
	}

	registry := app.NewRegistry("worker")
	guard := q.NewGuard(log, registry)
	station, err := worker.New(worker.Config{
		Consumers: consumers, Catalog: q, Meter: q, Memory: q, Guard: guard, Crowd: q, Store: db, Prepare: db.Migrate,
		Default: defaultPoll, Asked: set.Default.Asked(getenv), Tracer: spans.Tracer("popeye/worker"), Log: log, Registry: registry,
	})
	if err != nil {
		return err
	}
	if command == "publish" {
		return station.PublishOnce(ctx)
	}
	operate, err := app.Operate(set.Metrics, registry, log,
		health.Check{Name: "queue", Ask: q.Ready}, health.Check{Name: "queue settings", Ask: guard.Ready, Quiet: true},
		health.Check{Name: "store", Ask: db.Ready})
	if err != nil {
		return err
	}
	return app.Together(ctx, station.Run, guard.Run, operate)
}
