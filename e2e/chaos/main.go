// Command chaos is the storm: it starts the whole system, lets a crowd vote and
// change its mind, breaks everything that can break meanwhile, and then compares
// what the voters were told with what is stored, vote by vote. What enters is a
// seed; what leaves is a table, and exit code 1 with the voters concerned if
// a single vote was lost, doubled or stale, or an account did not balance.
//
// Everything is real: the programs of cmd/poll, cmd/worker and cmd/result, two
// of each, Redis with appendfsync always, PostgreSQL. Nothing knows that it is a
// test.
//
//   - storm.go: a round, from start to verdict; begin here
//   - stack.go: the system, and the links within it, that fail
//   - faults.go: what goes wrong
//   - voters.go: the crowd; ledger.go: what it knows in the end
//   - organiser.go: closes a poll and opens it again, at unlucky moments
//   - probe.go: how long it takes until all is well; database.go: what is stored
//   - judge/: what was promised, and whether it was kept
//   - broken/: a worker with a fault in it, to see that the judge convicts
//   - table.go: what is printed
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"

	"popeye/internal/testenv"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal ends it at once
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// patience bounds every wait for something that must come. It says nothing about
// speed: machines are noisy.
const patience = 90 * time.Second

// The exit codes.
const (
	acquitted = 0
	convicted = 1
	unjudged  = 2 // there is no verdict: wrong flags, or something could not be started
)

const usage = `Let a crowd vote while everything that can break does, and see whether a vote was lost.

Examples:
  go run ./e2e/chaos                       one storm, about a minute
  go run ./e2e/chaos -rounds 20            twenty, each from a seed of its own
  go run ./e2e/chaos -seed 42 -v           the storm of a seed again, fault by fault
  go run ./e2e/chaos -voters 500 -votes 6000 -duration 20s

It needs redis-server and PostgreSQL installed, and starts its own.
Exit code 0: no vote was lost, doubled or stale, and every account balanced.
1: there was one; the seed and the voters concerned are printed. 2: no verdict.

Flags:
`

// flags are what can be asked for.
type flags struct {
	settings
	rounds int
	json   bool
}

func parse(args []string, stderr io.Writer) (flags, error) {
	f := flags{settings: settings{closings: 3, notes: stderr}}
	set := flag.NewFlagSet("chaos", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.Usage = func() {
		fmt.Fprint(stderr, usage)
		set.PrintDefaults()
	}
	set.Uint64Var(&f.seed, "seed", rand.Uint64N(1_000_000), "what the first round is drawn from; the next ones count on from it")
	set.IntVar(&f.rounds, "rounds", 1, "how many storms")
	set.IntVar(&f.votes, "votes", 24_000, "about how many votes a round, beside those that find a poll closed")
	set.IntVar(&f.voters, "voters", 2_000, "how many voters")
	set.DurationVar(&f.length, "duration", 45*time.Second, "how long the crowd votes")
	set.StringVar(&f.bin, "bin", "", "folder with the programs poll, worker and result; built if empty")
	set.BoolVar(&f.detail, "v", false, "tell every fault")
	set.BoolVar(&f.json, "json", false, "print JSON in place of the table")
	if err := set.Parse(args); err != nil {
		return f, err
	}
	switch {
	case set.NArg() > 0:
		return f, fmt.Errorf("unexpected %q: everything is a flag (see -help)", set.Arg(0))
	case f.voters < 1 || f.rounds < 1 || f.length < time.Second:
		return f, errors.New("there must be a voter, a round and a second")
	case f.votes < f.voters || f.votes > f.voters*(mostCasts-3):
		return f, fmt.Errorf("%d voters can cast %d to %d votes, not %d", f.voters, f.voters, f.voters*(mostCasts-3), f.votes)
	}
	return f, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return acquitted
	}
	if err == nil && f.bin == "" {
		var remove func()
		f.bin, remove, err = testenv.Build(ctx, programs...)
		defer remove()
	}
	if err != nil {
		fmt.Fprintf(stderr, "chaos: %v\n", err)
		return unjudged
	}
	rounds, err := storms(ctx, f)
	if len(rounds) > 0 {
		err = errors.Join(err, show(stdout, f.json, rounds))
	}
	if err != nil {
		fmt.Fprintf(stderr, "chaos: %v\n", err)
		return unjudged
	}
	if last := rounds[len(rounds)-1]; last.convicted() {
		accuse(stderr, last)
		return convicted
	}
	return acquitted
}

// storms runs the rounds, up to the first that is convicted.
func storms(ctx context.Context, f flags) ([]*report, error) {
	var rounds []*report
	for n := range f.rounds {
		set := f.settings
		set.seed += uint64(n)
		fmt.Fprintf(f.notes, "round %d of %d, seed %d: %d voters\n", n+1, f.rounds, set.seed, set.voters)
		r, err := runRound(ctx, set)
		if err != nil {
			return rounds, fmt.Errorf("round %d, seed %d: %w", n+1, set.seed, err)
		}
		rounds = append(rounds, r)
		if r.convicted() {
			break
		}
	}
	return rounds, nil
}

func show(w io.Writer, json bool, rounds []*report) error {
	if json {
		return asJSON(w, rounds)
	}
	return table(w, rounds)
}

// programs are what a storm runs.
var programs = []string{"popeye/cmd/poll", "popeye/cmd/worker", "popeye/cmd/result"}
