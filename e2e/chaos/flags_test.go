package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"popeye/e2e/chaos/judge"
)

func TestFlags(t *testing.T) {
	for args, want := range map[string]string{
		"-nonsense":                 "not defined",
		"now":                       `unexpected "now"`,
		"-voters 0":                 "there must be a voter",
		"-voters 10 -votes 9":       "10 voters can cast 10 to",
		"-voters 10 -votes 1000000": "10 voters can cast 10 to",
		"-duration 1ms":             "a second",
	} {
		var out, complaint bytes.Buffer
		if code := run(t.Context(), strings.Fields(args), &out, &complaint); code != unjudged {
			t.Errorf("%s: exit code %d", args, code)
		}
		if !strings.Contains(complaint.String(), want) || out.Len() > 0 {
			t.Errorf("%s: it complains %q", args, &complaint)
		}
	}
	var out, help bytes.Buffer
	if code := run(t.Context(), []string{"--help"}, &out, &help); code != acquitted {
		t.Errorf("help: exit code %d", code)
	}
	for _, want := range []string{"Examples:", "-seed", "Exit code 0"} {
		if !strings.Contains(help.String(), want) {
			t.Errorf("the help does not say %s:\n%s", want, &help)
		}
	}
}

// made is a report of which every figure is known.
func made() *report {
	r := newReport(42)
	r.offered, r.recorded, r.refused, r.unknown, r.tries = 100, 90, 8, 2, 120
	r.claims, r.redelivered, r.closings, r.balanced, r.read, r.samples = 3, 1, 4, 20, 20, 22
	r.asked, r.well = 6, 6
	for _, took := range []time.Duration{time.Second, 3 * time.Second, 2 * time.Second} {
		r.recovered(recovery{"kill redis", took, took == 3*time.Second})
	}
	r.recovered(recovery{"cut links", 40 * time.Millisecond, false})
	return r
}

func TestTable(t *testing.T) {
	guilty := made()
	guilty.seed = 43
	guilty.verdict.Charges = []judge.Charge{
		{Kind: judge.Lost, Poll: "p", Voter: "ann", N: 1, Text: "gone"},
		{Kind: judge.Late, Poll: "p", Voter: "bob", N: 1, Text: "late"},
	}
	var out bytes.Buffer
	if err := show(&out, false, []*report{made(), guilty}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"1    42      100        90        8        2    120       4       3            1         4     20/20     0        0      0      0",
		"2    43      100        90        8        2    120       4       3            1         4     20/20     1        0      0      1",
		"sum            200       180       16        4    240       8       6            2         8     40/40     1        0      0      1",
		"kill redis  6      2.00 s                    3.00 s   2      3.00 s    3.00 s",
		"cut links   2      0.04 s                    0.04 s   0      -         -",
		"Accounts asked for: 44, read: 40, balanced: 40.",
		"Services asked to end: 12, ended with exit code 0: 12.",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table has no line\n%s\n%s", want, &out)
		}
	}
	out.Reset()
	accuse(&out, guilty)
	for _, want := range []string{"CONVICTED: seed 43", "lost: voter ann in p gone", "late: voter bob in p late"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, &out)
		}
	}
}

func TestJSON(t *testing.T) {
	var out bytes.Buffer
	if err := show(&out, true, []*report{made()}); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Rounds []struct {
			Seed, Recorded, Lost int64
			Convicted            bool
			Faults               map[string]int
			Recovery             map[string]map[string][]float64
			Accounts             map[string]int
		}
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	r := got.Rounds[0]
	if r.Seed != 42 || r.Recorded != 90 || r.Convicted || r.Accounts["balanced"] != 20 {
		t.Errorf("it says %s", &out)
	}
	if k := r.Recovery["kill redis"]; !slices.Equal(k["seconds"], []float64{1, 3, 2}) || !slices.Equal(k["seconds_alone"], []float64{3}) {
		t.Errorf("it says %s", &out)
	}
	if n := r.Faults["kill redis"]; n != 3 {
		t.Errorf("%d faults", n)
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct{ took, want []time.Duration }{
		{nil, []time.Duration{0, 0}},
		{[]time.Duration{5}, []time.Duration{5, 5}},
		{[]time.Duration{4, 2}, []time.Duration{3, 4}},
		{[]time.Duration{9, 1, 5}, []time.Duration{5, 9}},
	} {
		if median, worst := medianAndWorst(c.took); median != c.want[0] || worst != c.want[1] {
			t.Errorf("%v: %v and %v", c.took, median, worst)
		}
	}
}
