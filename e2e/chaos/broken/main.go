// Command broken is the worker with one fault in it, for the judge of storms to
// find: a judge who never convicts proves nothing. It is wired like cmd/worker,
// and nothing ships it.
//
//   - ackfirst.go: a batch is acknowledged before it is stored
//   - applytime.go: a vote's place is when it is stored, not when it was cast
//   - blind.go: a queue that came back with an older memory is not noticed
//   - tornmove.go: votes leave the inbox in two steps, into memory
package main

import (
	"context"
	"errors"
	"io"
	"os"

	"popeye/internal/app"
	"popeye/internal/config"
	"popeye/internal/health"
	"popeye/queue"
	"popeye/queue/redisqueue"
	"popeye/store/postgres"
	"popeye/worker"
)

func main() { os.Exit(app.Main(run)) }

var program = config.Program{Name: "broken", Description: `Move votes from Redis to PostgreSQL, wrongly: for tests of the storm alone.

Examples:
  broken --fault=ack-first --redis-host=localhost --postgres-host=localhost`}

type settings struct {
	Fault    string `long:"fault" var:"FAULT" enum:"ack-first,apply-time,torn-move,blind" description:"What this worker does wrong: ack-first, apply-time, torn-move or blind; needed."`
	Redis    config.Redis
	Postgres config.Postgres
	Default  config.DefaultPoll
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
	consumer := q.NewConsumer("")
	defer func() { _ = consumer.Close(context.WithoutCancel(ctx)) }()

	from, to, done, err := breakIt(set, consumer, db)
	if err != nil {
		return err
	}
	defer done()
	registry := app.NewRegistry("worker")
	station, err := worker.New(worker.Config{
		Consumers: []queue.Consumer{from}, Catalog: q, Meter: q, Store: to, Prepare: db.Migrate,
		Default: defaultPoll, Asked: true, Log: log, Registry: registry,
	})
	if err != nil {
		return err
	}
	operate, err := app.Operate(set.Metrics, registry, log,
		health.Check{Name: "queue", Ask: q.Ready}, health.Check{Name: "store", Ask: db.Ready})
	if err != nil {
		return err
	}
	return app.Together(ctx, station.Run, operate)
}

// breakIt puts the fault between the worker and what is sound, and returns how
// to end what it started.
func breakIt(set settings, c queue.Consumer, s worker.Store) (queue.Consumer, worker.Store, func(), error) {
	switch set.Fault {
	case "ack-first":
		return acksFirst{c}, s, func() {}, nil
	case "apply-time":
		return c, ranksByApplyTime{s}, func() {}, nil
	case "blind":
		return fencesNothing{c}, knowsByName{s}, func() {}, nil
	case "torn-move":
		torn, err := newTornMove(c, set.Redis.Address())
		if err != nil {
			return nil, nil, nil, err
		}
		return torn, s, torn.client.Close, nil
	}
	return nil, nil, nil, errors.New("FAULT is not set: say what this worker does wrong")
}
