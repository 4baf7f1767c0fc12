package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"popeye/internal/metrics/metricstest"
)

// A crowd votes in a running popeye, while viewers watch.
func TestBench(t *testing.T) {
	result := metricstest.Addr(t)
	o := openPopeye(t, map[string]string{"RESULT_ADDR": result})
	o.open(t)
	args := []string{"bench", "default", "--url=http://" + o.site, "--results-url=http://" + result, "--voters=4", "--viewers=3", "--votes=40", "--duration=1m"}
	var out, told bytes.Buffer
	if err := run(t.Context(), append(args, "--json"), nobody, &out, &told); err != nil {
		t.Fatal(err)
	}
	var r struct {
		Votes, Viewers, Updates int
		LatencyUS               map[string]int `json:"latency_us"`
		DelayUS                 map[string]int `json:"delay_us"`
		Failed                  map[string]int
	}
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if r.Votes != 40 || r.Viewers != 3 || r.Updates < 3 || r.LatencyUS["p50"] == 0 || r.DelayUS["p100"] == 0 || len(r.Failed) > 0 {
		t.Errorf("%s", out.String())
	}
	out.Reset()
	if err := run(t.Context(), args, nobody, &out, &told); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"median", "below", "####", "viewers"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	for _, wrong := range []string{"--voters=0", "--viewers=-1", "--duration=0s", "--rate=-1", "--url=x"} {
		if err := run(t.Context(), append(args, wrong), nobody, &out, &told); err == nil {
			t.Errorf("%s is taken", wrong)
		}
	}
}

// nobody has set anything.
func nobody(string) string { return "" }
