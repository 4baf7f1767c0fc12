package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"popeye/e2e/chaos/judge"
)

// report is what a round came to.
type report struct {
	seed    uint64
	took    time.Duration
	verdict judge.Verdict
	logs    string // folder of what the processes said, "" if nobody needs it

	offered, recorded, refused, unknown, tries int64

	faults      map[string]int        // kind -> how often
	recoveries  map[string][]recovery // by kind
	lostAnswers int
	claims      int64
	redelivered int
	closings    int
	begunRounds int
	balanced    int   // accounts that did, of those read
	read        int   // accounts that could be read, of those asked for
	samples     int   // accounts asked for
	asked, well int64 // services that were asked to end, and those that did with exit code 0
}

func newReport(seed uint64) *report {
	return &report{seed: seed, faults: map[string]int{}, recoveries: map[string][]recovery{}}
}

func (r *report) convicted() bool { return len(r.verdict.Charges) > 0 }

func (r *report) recovered(one recovery) {
	r.faults[one.kind]++
	r.recoveries[one.kind] = append(r.recoveries[one.kind], one)
}

// count fills in what can be counted once a round is over.
func (r *report) count(of *round, record judge.Record) {
	r.took = of.now()
	r.recorded, r.refused, r.unknown = of.recorded.Load(), of.refused.Load(), of.unknown.Load()
	r.offered, r.tries = int64(len(record.Casts)), of.tries.Load()
	r.lostAnswers, r.closings, r.begunRounds = of.catalogue.lostAnswers, len(record.Closings), len(of.organiser.rounds)
	for _, p := range of.stack.Workers {
		r.redelivered += p.Log().Count("a batch came again")
	}
	r.read, r.samples = len(record.Accounts), of.samples
	r.asked, r.well = of.asked.Load(), of.well.Load()
	for _, a := range record.Accounts {
		if a.Difference() == 0 {
			r.balanced++
		}
	}
}

// add makes r the sum of itself and another round.
func (r *report) add(o *report) {
	r.took += o.took
	r.verdict.Charges = append(r.verdict.Charges, o.verdict.Charges...)
	r.verdict.Histories += o.verdict.Histories
	r.verdict.Explained += o.verdict.Explained
	r.verdict.Undecided += o.verdict.Undecided
	r.offered += o.offered
	r.recorded += o.recorded
	r.refused += o.refused
	r.unknown += o.unknown
	r.tries += o.tries
	r.lostAnswers += o.lostAnswers
	r.claims += o.claims
	r.redelivered += o.redelivered
	r.closings += o.closings
	r.begunRounds += o.begunRounds
	r.balanced += o.balanced
	r.read += o.read
	r.samples += o.samples
	r.asked += o.asked
	r.well += o.well
	for kind, n := range o.faults {
		r.faults[kind] += n
		r.recoveries[kind] = append(r.recoveries[kind], o.recoveries[kind]...)
	}
}

func sum(rounds []*report) *report {
	total := newReport(0)
	for _, r := range rounds {
		total.add(r)
	}
	return total
}

// columns are those of a round's line: what each is called and how it reads.
var columns = []struct {
	name string
	cell func(*report) any
}{
	{"offered", func(r *report) any { return r.offered }},
	{"recorded", func(r *report) any { return r.recorded }},
	{"refused", func(r *report) any { return r.refused }},
	{"unknown", func(r *report) any { return r.unknown }},
	{"tries", func(r *report) any { return r.tries }},
	{"faults", func(r *report) any { return total(r.faults) }},
	{"claims", func(r *report) any { return r.claims }},
	{"redelivered", func(r *report) any { return r.redelivered }},
	{"closings", func(r *report) any { return r.closings }},
	{"balanced", func(r *report) any { return fmt.Sprintf("%d/%d", r.balanced, r.read) }},
	{"lost", func(r *report) any { return r.verdict.Count(judge.Lost) }},
	{"doubled", func(r *report) any { return r.verdict.Count(judge.Doubled) }},
	{"stale", func(r *report) any { return r.verdict.Count(judge.Stale) }},
	{"other", func(r *report) any { return r.other() }},
}

// other counts the charges that have no column of their own.
func (r *report) other() int64 {
	var n int64
	for _, c := range r.verdict.Charges {
		if c.Kind != judge.Lost && c.Kind != judge.Doubled && c.Kind != judge.Stale {
			n += c.N
		}
	}
	return n
}

func total(counts map[string]int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

// table writes a line for each round, their sum, and what each kind of fault did.
func table(w io.Writer, rounds []*report) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	fmt.Fprintf(t, "round\tseed\t%s\t\n", strings.Join(names, "\t"))
	line := func(name string, seed any, r *report) {
		fmt.Fprintf(t, "%s\t%v\t", name, seed)
		for _, c := range columns {
			fmt.Fprintf(t, "%v\t", c.cell(r))
		}
		fmt.Fprintln(t)
	}
	for i, r := range rounds {
		line(fmt.Sprint(i+1), r.seed, r)
	}
	all := sum(rounds)
	if len(rounds) > 1 {
		line("sum", "", all)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w)
	return faultTable(w, all)
}

func faultTable(w io.Writer, r *report) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "fault\ttimes\trecovered after (median)\t(worst)\talone\t(median)\t(worst)")
	for _, kind := range slices.Sorted(maps.Keys(r.faults)) {
		all, alone := r.times(kind)
		median, worst := medianAndWorst(all)
		fmt.Fprintf(t, "%s\t%d\t%.2f s\t%.2f s\t%d\t", kind, r.faults[kind], median.Seconds(), worst.Seconds(), len(alone))
		if median, worst = medianAndWorst(alone); len(alone) > 0 {
			fmt.Fprintf(t, "%.2f s\t%.2f s\n", median.Seconds(), worst.Seconds())
		} else {
			fmt.Fprint(t, "-\t-\n")
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nRecovered: a fresh vote was recorded and its ballot in PostgreSQL; after a fault of result, shown by it.\n"+
		"Counted from the fault where another process stands in, else from its end. Alone: no other fault was going on.\n"+
		"%d answers were lost on the links.\n"+
		"Histories of a voter in a poll: %d, linearizable: %d, undecided: %d. Accounts asked for: %d, read: %d, balanced: %d.\n"+
		"Services asked to end: %d, ended with exit code 0: %d.\n",
		r.lostAnswers, r.verdict.Histories, r.verdict.Explained, r.verdict.Undecided,
		r.samples, r.read, r.balanced, r.asked, r.well)
	return err
}

// times returns how long recovery took after each fault of a kind, and after those
// that came alone.
func (r *report) times(kind string) (all, alone []time.Duration) {
	for _, one := range r.recoveries[kind] {
		all = append(all, one.took)
		if one.alone {
			alone = append(alone, one.took)
		}
	}
	return all, alone
}

func medianAndWorst(took []time.Duration) (median, worst time.Duration) {
	if len(took) == 0 {
		return 0, 0
	}
	took = slices.Sorted(slices.Values(took))
	n := len(took)
	return (took[(n-1)/2] + took[n/2]) / 2, took[n-1]
}

// accuse writes what a round is convicted of, and how to see it again.
func accuse(w io.Writer, r *report) {
	const most = 30
	fmt.Fprintf(w, "\nCONVICTED: seed %d\n", r.seed)
	for i, c := range r.verdict.Charges {
		if i == most {
			fmt.Fprintf(w, "  and %d more charges\n", len(r.verdict.Charges)-most)
			break
		}
		who := ""
		if c.Poll != "" {
			who = " in " + c.Poll
		}
		if c.Voter != "" {
			who = " voter " + c.Voter + who
		}
		fmt.Fprintf(w, "  %s:%s %s\n", c.Kind, who, c.Text)
	}
	fmt.Fprintf(w, "What the processes said, and the casts of these voters: %s\n", r.logs)
}

func seconds(times []time.Duration) []float64 {
	s := make([]float64, 0, len(times))
	for _, t := range times {
		s = append(s, t.Seconds())
	}
	return s
}

// asJSON writes the same as the table, for programs.
func asJSON(w io.Writer, rounds []*report) error {
	all := make([]map[string]any, 0, len(rounds))
	for _, r := range rounds {
		one := map[string]any{
			"seed": r.seed, "seconds": r.took.Seconds(), "convicted": r.convicted(), "charges": r.verdict.Charges,
			"histories": r.verdict.Histories, "linearizable": r.verdict.Explained, "undecided": r.verdict.Undecided, "faults": r.faults, "lost_answers": r.lostAnswers,
			"accounts": map[string]int{"asked": r.samples, "read": r.read, "balanced": r.balanced}, "logs": r.logs,
			"ends": map[string]int64{"asked": r.asked, "well": r.well},
		}
		for _, c := range columns {
			if _, taken := one[c.name]; !taken && c.name != "balanced" {
				one[c.name] = c.cell(r)
			}
		}
		recoveries := map[string]any{}
		for kind := range r.recoveries {
			times, alone := r.times(kind)
			recoveries[kind] = map[string]any{"seconds": seconds(times), "seconds_alone": seconds(alone)}
		}
		one["recovery"] = recoveries
		all = append(all, one)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(map[string]any{"rounds": all})
}
