package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"popeye/internal/cli"
	"popeye/internal/cli/events"
	"popeye/internal/cli/polls"
	"popeye/internal/config"
	"popeye/queue/redisqueue"
	"popeye/store"
	"popeye/store/postgres"
	"popeye/store/sqlite"
	"popeye/worker"
)

// tools are the operator's commands. They look after the five services where
// something says where these are, else after the data folder of one process,
// which may be running.
type tools struct {
	Account struct {
		cli.Account
		Where services `group:"Where the five services are (else: the data folder)"`
	} `command:"account" reads:"data,redis,database,postgres" description:"Say where every accepted vote is; fails unless it balances."`
	Dead struct {
		cli.Dead
		Where services `group:"Where the five services are (else: the data folder)"`
	} `command:"dead" reads:"data,database,postgres" description:"Look after dead letters: messages that could not become ballots."`
	Count cli.Count `command:"count" reads:"" description:"Count a file of ballots: an export of ours, BLT, PrefLib or CSV." long-description:"Count a file of ballots and print who wins, and how. The file is an export of ours (JSON, CSV, BLT), a BLT file, a PrefLib file (.soc, .soi, .toc, .toi, .cat), or a CSV file with the header count,rank1,rank2,... (names of options by rank) or count,Amy,Bob,... (points of each option). It needs no data folder, and changes nothing."`
	Bench cli.Bench `command:"bench" reads:"" description:"Let a crowd vote, and measure how fast it is answered." long-description:"Let a crowd of new voters vote in a poll of a running system, one process or the five services, and print how many votes a second were recorded and how long each took. With --rate votes come whether or not the answers keep up, and one that has to wait counts from when it was due. The votes are real: use a poll that was made for it. A station that bounds the new voters of a network refuses the rest, and the table says so."`
	Polls struct {
		polls.Commands
		At polls.Server `group:"Where the site of results is"`
	} `command:"polls" reads:"data,admin-token,server" description:"Organise polls on a running popeye, here or elsewhere."`
	Events struct {
		events.Commands
		At polls.Server `group:"Where the site of results is"`
	} `command:"events" reads:"data,admin-token,server" description:"Make events and step through them on a running popeye, here or elsewhere."`
	Results struct {
		polls.Results
		At polls.Server `group:"Where the site of results is"`
	} `command:"results" reads:"data,admin-token,server" description:"Show the results of a poll; with --watch live."`
	Backup backup `command:"backup" reads:"data" description:"Copy the data folder's database to a new file, while popeye runs." long-description:"Copy the data folder's database to a new file, while popeye runs and votes come in. The copy is of one moment, readable by you only, and checked; a file that is there already stays as it is. Of the five services, back up PostgreSQL instead: docs/operations.md."`
}

func examples() map[string][]string {
	all := cli.Examples("popeye")
	maps.Copy(all, polls.Examples("popeye"))
	maps.Copy(all, events.Examples("popeye"))
	all["account"] = []string{
		"popeye account", "popeye account --data=/var/lib/popeye --json", "REDIS_HOST=localhost POSTGRES_HOST=localhost popeye account --settle",
	}
	all["backup"] = []string{"popeye backup monday.db", "popeye backup --data=/var/lib/popeye /mnt/backups/$(date +%F).db"}
	all["count"] = []string{
		"popeye count lunch.json", "popeye count --rule=schulze/1 lunch.csv", "popeye count --rule=stv/1 --seats=4 --withdraw=b ward.blt",
		"popeye count --rule=star/1 --lot=2026-11-28 --json scores.csv", "zcat election.toi.gz | popeye count --format=toi -",
	}
	all["bench"] = []string{
		"popeye bench load-test", "popeye bench load-test --voters=256 --duration=30s", "popeye bench load-test --rate=2000 --viewers=1000 --json",
		"popeye bench load-test --url=https://vote.example.com --results-url=https://results.example.com --rate=500",
	}
	all["dead"] = []string{"POSTGRES_HOST=localhost popeye dead list"}
	return all
}

// services says where the queue and the store of the five services are.
type services struct {
	Redis    config.Redis
	Postgres config.Postgres
}

// meant reports whether anybody said where the services are.
func (s services) meant(getenv func(string) string) bool {
	return s.Redis.Given(getenv) || s.Postgres.Given(getenv)
}

// overAPI reports whether a command speaks to a server.
func overAPI(command string) bool {
	return command == "results" || strings.HasPrefix(command, "polls") || strings.HasPrefix(command, "events")
}

// organise runs a command that speaks to a server.
func (t tools) organise(ctx context.Context, command string, set settings, on polls.Terminal) error {
	where, ofEvents := t.Polls.At, strings.HasPrefix(command, "events")
	switch {
	case command == "results":
		where = t.Results.At
	case ofEvents:
		where = t.Events.At
	}
	server, err := where.Client(set.AdminToken, filepath.Join(set.Data, tokenFile))
	if err != nil {
		return err
	}
	if command == "results" {
		return t.Results.Run(ctx, server, on)
	}
	if ofEvents {
		return t.Events.Run(ctx, command, server, on)
	}
	return t.Polls.Run(ctx, command, server, on)
}

// run runs an operator's command.
func (t tools) run(ctx context.Context, command, folder string, getenv func(string) string, out io.Writer) error {
	if command == "backup" {
		return t.Backup.run(ctx, folder, out)
	}
	where := t.Account.Where
	dead := strings.HasPrefix(command, "dead")
	if dead {
		where = t.Dead.Where
	}
	if !where.meant(getenv) {
		return t.inFolder(ctx, command, folder, out)
	}
	db, err := postgres.Open(ctx, where.Postgres.Address(), postgres.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	if dead {
		return t.Dead.Run(ctx, command, db, out)
	}
	q, err := redisqueue.Open(redisqueue.Config{URL: where.Redis.Address()})
	if err != nil {
		return err
	}
	defer q.Close()
	return t.Account.Run(ctx, q, db, out)
}

// inFolder runs it on the data of one process.
func (t tools) inFolder(ctx context.Context, command, folder string, out io.Writer) (err error) {
	file, err := databaseIn(folder, "name the folder with --data, or say where the services are, as with REDIS_HOST and POSTGRES_HOST")
	if err != nil {
		return err
	}
	db, err := sqlite.Open(ctx, file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if strings.HasPrefix(command, "dead") {
		return t.Dead.Run(ctx, command, db, out)
	}
	return t.Account.Run(ctx, nil, db, out)
}

// databaseIn returns the file of a data folder, or what to do if there is none.
func databaseIn(folder, advice string) (string, error) {
	file := filepath.Join(folder, "popeye.db")
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no data in %s: %s", folder, advice)
	}
	return file, nil
}

var (
	_ store.Ledger       = (*sqlite.Store)(nil)
	_ worker.DeadLetters = (*sqlite.Store)(nil)
)
