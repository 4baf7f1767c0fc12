package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"popeye/e2e/chaos/judge"
)

// lines hands what is written to a test's log, line by line.
type lines struct{ t *testing.T }

func (l lines) Write(b []byte) (int, error) {
	l.t.Log(strings.TrimRight(string(b), "\n"))
	return len(b), nil
}

// One whole storm, as the program runs it by default. The promises: recorded is
// counted once, with the voter's last choice; all is accounted for at any time;
// closed is final; who can't be served is told so politely.
func TestStorm(t *testing.T) {
	f, err := parse([]string{"-seed", "1", "-v", "-bin", bin}, lines{t})
	if err != nil {
		t.Fatal(err)
	}
	r, err := runRound(t.Context(), f.settings)
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	if err := show(&table, false, []*report{r}); err != nil {
		t.Fatal(err)
	}
	t.Logf("the storm of seed %d:\n%s", r.seed, &table)
	if r.convicted() {
		var charges bytes.Buffer
		accuse(&charges, r)
		t.Fatal(&charges)
	}
	if v := r.verdict; v.Explained != v.Histories {
		t.Errorf("%d of %d histories are linearizable, %d undecided", v.Explained, v.Histories, v.Undecided)
	}
	wholeStorm(t, r)
	t.Logf("MEASURED a storm of %d faults in %.0f s: %d votes recorded, 0 lost, doubled or stale; %d closings; %d of %d accounts balanced",
		total(r.faults), r.took.Seconds(), r.recorded, r.closings, r.balanced, r.read)
	for _, kind := range []string{"kill poll", "kill worker", "kill redis", "kill postgres"} {
		all, _ := r.times(kind)
		median, worst := medianAndWorst(all)
		t.Logf("MEASURED seconds to recover after %s, in the storm: median %.2f, worst %.2f", kind, median.Seconds(), worst.Seconds())
	}
}

// wholeStorm wants a storm that deserves the name: an acquittal after a breeze
// is worth nothing.
func wholeStorm(t *testing.T, r *report) {
	t.Helper()
	const fewest = 20_000
	if r.recorded < fewest {
		t.Errorf("%d votes were recorded, fewer than %d", r.recorded, fewest)
	}
	if r.closings < 3 || r.refused == 0 {
		t.Errorf("%d closings, %d refused votes: was the poll ever closed?", r.closings, r.refused)
	}
	if r.begunRounds < 6 {
		t.Errorf("%d rounds were begun", r.begunRounds)
	}
	if r.read == 0 || r.balanced != r.read {
		t.Errorf("%d of %d accounts balanced", r.balanced, r.read)
	}
	if rolled, stopped := int64(3*replicas), int64(3*replicas); r.asked != rolled+stopped || r.well != r.asked {
		t.Errorf("%d of %d services ended well", r.well, r.asked)
	}
	if r.lostAnswers == 0 || r.claims == 0 {
		t.Errorf("%d answers lost, %d batches taken over", r.lostAnswers, r.claims)
	}
	for _, f := range slices.Concat(everyKind...) {
		if r.faults[f] == 0 {
			t.Errorf("%s did not happen", f)
		}
	}
}

// everyKind is what a storm is made of.
var everyKind = [][]string{
	{"kill poll", "kill worker", "kill result", "kill redis", "kill postgres", "kill both workers", "kill holding"},
	{"pause poll", "pause worker", "pause result", "pause redis", "pause postgres"},
	{"redis refuses writes", "restore redis"},
	{"roll poll", "roll worker", "roll result"},
	{"cut poll-redis", "cut worker-redis", "cut worker-postgres", "cut result-postgres"},
	{"delay poll-redis", "delay worker-redis", "delay worker-postgres", "delay result-postgres"},
	{"lose answers poll-redis", "lose answers worker-redis", "lose answers worker-postgres", "lose answers result-postgres"},
}

// A worker with a fault in it must not get through: the same crowd, and the
// moment that the fault fears.
func TestConvictsBrokenWorkers(t *testing.T) {
	killed := func(c *catalogue) [][]fault { return [][]fault{{c.killHolding(), c.killHolding()}} }
	restored := func(c *catalogue) [][]fault { return [][]fault{{c.restoreRedis()}} }
	for broken, is := range map[string]struct {
		right  []judge.Kind
		faults func(*catalogue) [][]fault
	}{
		"ack-first":  {[]judge.Kind{judge.Lost, judge.Stale}, killed}, // what it held is gone
		"apply-time": {[]judge.Kind{judge.Stale}, killed},             // what came late stands
		"torn-move":  {[]judge.Kind{judge.Lost, judge.Stale}, killed}, // what it held is gone
		"blind":      {[]judge.Kind{judge.Stale}, restored},           // what came before stands
	} {
		right := is.right
		t.Run(broken, func(t *testing.T) {
			t.Parallel()
			r, err := runRound(t.Context(), settings{
				seed: 1, votes: 3000, voters: 300, length: 8 * time.Second, bin: bin, fault: broken, notes: lines{t},
				faults: is.faults,
			})
			if err != nil {
				t.Fatal(err)
			}
			n := r.verdict.Count(right...)
			if n == 0 {
				t.Fatalf("%d votes, and it is not convicted of %v: %+v", r.recorded, right, r.verdict.Charges)
			}
			os.RemoveAll(r.logs) // kept for those who wonder why; here all is known
			t.Logf("MEASURED a worker that is broken by %s: %d of %d votes lost or stale", broken, n, r.recorded)
		})
	}
}
