package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"popeye/internal/testenv"
	"popeye/internal/traces/tracestest"
)

// One vote, one trace: from the request through the queue to the commit, and on
// to the screens.
func TestTraceOfAVote(t *testing.T) {
	collector := tracestest.Start(t)
	traced := []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.URL, "OTEL_BSP_SCHEDULE_DELAY=100"}
	t.Run("services", func(t *testing.T) {
		s := newStack(t, 1)
		for _, p := range s.Programs() {
			p.Env = append(p.Env, traced...)
		}
		s.Start(t)
		traceOneVote(t, collector, s.Polls[0].URL, s.Results[0].URL, [3]string{"poll", "worker", "result"})
	})
	t.Run("one process", func(t *testing.T) {
		_, poll, result := onePopeye(t, traced...)
		traceOneVote(t, collector, poll, result, [3]string{"popeye", "popeye", "popeye"})
	})
}

// traceOneVote votes while somebody watches, and looks for the trace that has a
// link to the client's.
func traceOneVote(t *testing.T, collector *tracestest.Receiver, poll, result string, services [3]string) {
	t.Helper()
	watch(t.Context(), t, result)
	client := fmt.Sprintf("%032x-b7ad6b7169203331", time.Now().UnixNano())
	castTraced(t, poll, "00-"+client+"-01")

	var spans []tracestest.Span
	testenv.Eventually(t, "the trace is complete", func() error {
		all := collector.Spans()
		first := slices.IndexFunc(all, func(s tracestest.Span) bool { return slices.Contains(s.Links, client) })
		if first < 0 {
			return fmt.Errorf("of %d spans none has a link to the client's", len(all))
		}
		id := all[first].Trace
		spans = slices.DeleteFunc(all, func(s tracestest.Span) bool { return s.Trace != id })
		if len(spans) < 6 {
			return fmt.Errorf("there are %d spans: %+v", len(spans), spans)
		}
		return nil
	})
	name := map[string]string{"": "none"}
	for _, s := range spans {
		name[s.ID] = s.Name
	}
	var got []string
	for _, s := range spans {
		got = append(got, fmt.Sprintf("%s: %s in %s", s.Service, s.Name, name[s.Parent]))
		if s.End.Before(s.Start) || s.Failed {
			t.Errorf("%s failed, or lasts from %s to %s", s.Name, s.Start, s.End)
		}
		if s.Name != "POST /api/v1/polls/{slug}/votes" && s.Attributes["popeye.poll"] != "default" && s.Name != "commit" {
			t.Errorf("%s has the attributes %v", s.Name, s.Attributes)
		}
	}
	want := []string{
		services[0] + ": POST /api/v1/polls/{slug}/votes in none",
		services[0] + ": cast in POST /api/v1/polls/{slug}/votes",
		services[1] + ": queue in cast",
		services[1] + ": batch in cast",
		services[1] + ": commit in batch",
		services[2] + ": broadcast in batch",
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the trace (-want +got):\n%s", diff)
	}
}

// castTraced casts a vote as a program that traces its own work does.
func castTraced(t *testing.T, poll, traceParent string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, poll+"/api/v1/polls/default/votes", strings.NewReader(`{"vote":"a"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Traceparent", traceParent)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		t.Fatalf("the vote is answered %s", resp.Status)
	}
}
