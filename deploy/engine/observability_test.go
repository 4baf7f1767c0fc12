//go:build engine

package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

var watched = stack{
	project: "popeye-e2e-watched", patience: patience, env: []string{"OTEL_TRACES_SAMPLER_ARG=1"},
	files: []string{"docker-compose.yml", "docker-compose.observability.yml", "deploy/engine/testdata/observability.yml"},
}

// Prometheus finds every station and the machine, all alerts can be asked, one
// trace shows a vote's whole way, and whoever breaks into what watches reaches
// neither Redis nor the database. Grafana is left out: there is no stand-in for it.
func TestObservability(t *testing.T) {
	t.Cleanup(func() {
		if t.Failed() {
			logs, _ := watched.compose("logs", "--tail", "40")
			t.Log(logs)
		}
		if _, err := watched.compose("down", "--volumes", "--timeout", "5"); err != nil {
			t.Error(err)
		}
	})
	progress("starting what watches beside the stations")
	if _, err := watched.compose("up", "--wait", "--wait-timeout", "180",
		"prometheus", "machine", "collector", "jaeger", "result", "worker", "poll"); err != nil {
		t.Fatal(err)
	}
	try(t, "Prometheus reads every station and the machine", func() error { return eventually(everybodyIsRead) })
	try(t, "a vote is counted there too", voteIsMeasured)
	try(t, "one trace shows its whole way", wayIsTraced)
	try(t, "each alert can be asked, and none is raised", alertsAreQuiet)
	try(t, "a station that is gone is noticed", lossIsNoticed)
	try(t, "the tiers hold", func() error { return errors.Join(tiersHold(watched), watcherIsOutside()) })
	try(t, "no process has a privilege", func() error { return privilegesAreGone(watched) })
}

// query asks Prometheus, from within its container.
func query(expr string) (string, error) {
	now, err := watched.inspect()
	if err != nil {
		return "", err
	}
	prometheus, err := now.service("prometheus")
	if err != nil {
		return "", err
	}
	return prometheus.in("promtool", "query", "instant", "http://127.0.0.1:9090", expr)
}

// answered wants an answer that looks like this.
func answered(expr, want string) error {
	got, err := query(expr)
	if err == nil && !regexp.MustCompile(want).MatchString(got) {
		err = fmt.Errorf("%s is %q, want %s", expr, got, want)
	}
	return err
}

func everybodyIsRead() error {
	return errors.Join(
		answered(`count(up == 1)`, `=> 4 `),
		answered(`count(count by (job) (up == 1))`, `=> 4 `),
		answered(`count(count by (station) (popeye_build_info))`, `=> 3 `),
	)
}

func voteIsMeasured() error {
	voters, err := newVoters(watched, "watched", 1)
	if err != nil {
		return err
	}
	if err := voters[0].votes("a", 0); err != nil {
		return err
	}
	return eventually(func() error {
		return errors.Join(
			answered(`sum(popeye_poll_votes_total{result="recorded"})`, `=> 1 `),
			answered(`max(popeye_account_messages{state="stored"})`, `=> 1 `),
			answered(`max(abs(popeye_account_difference))`, `=> 0 `))
	})
}

// wayIsTraced lets somebody vote and somebody watch, and wants the vote's trace with
// everything on its way, from all three stations.
func wayIsTraced() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	viewer, err := join(ctx, watched)
	if err != nil {
		return err
	}
	defer viewer.CloseNow()
	if _, err := nextScores(ctx, viewer); err != nil { // from here on they watch
		return err
	}
	voters, err := newVoters(watched, "traced", 1)
	if err != nil {
		return err
	}
	if err := voters[0].votes("b", 0); err != nil {
		return err
	}
	whole := []string{
		"poll: POST /api/v1/polls/{slug}/votes", "poll: cast", "worker: queue", "worker: batch", "worker: commit", "result: broadcast",
	}
	slices.Sort(whole)
	return eventually(func() error {
		traces, err := traced()
		if err != nil {
			return err
		}
		for _, t := range traces {
			if slices.Equal(t, whole) {
				return nil
			}
		}
		return fmt.Errorf("the traces are %q, want one with %q", traces, whole)
	})
}

// traced asks Jaeger for the traces in which poll took part: the steps of each, in
// the order of their names.
func traced() ([][]string, error) {
	now, err := watched.inspect()
	if err != nil {
		return nil, err
	}
	jaeger, err := now.service("jaeger")
	if err != nil {
		return nil, err
	}
	text, err := jaeger.in("wget", "-qO-", "http://127.0.0.1:16686/api/traces?service=poll&limit=100&lookback=1h")
	if err != nil {
		return nil, err
	}
	var found struct {
		Data []struct {
			Spans     []struct{ OperationName, ProcessID string }
			Processes map[string]struct{ ServiceName string }
		}
	}
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		return nil, fmt.Errorf("Jaeger says %s: %w", text, err)
	}
	var all [][]string
	for _, trace := range found.Data {
		var steps []string
		for _, s := range trace.Spans {
			steps = append(steps, trace.Processes[s.ProcessID].ServiceName+": "+s.OperationName)
		}
		slices.Sort(steps)
		all = append(all, steps)
	}
	return all, nil
}

// alertsAreQuiet asks each alert's own question; of a healthy system the answer
// is empty.
func alertsAreQuiet() error {
	rules, err := os.ReadFile("../observability/alerts.yml")
	if err != nil {
		return err
	}
	var file struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	if err := yaml.Unmarshal(rules, &file); err != nil {
		return err
	}
	asked := 0
	for _, rule := range file.Groups[0].Rules {
		if rule.Alert == "PopeyeDiskNearlyFull" { // that is up to the machine
			continue
		}
		asked++
		err = errors.Join(err, eventually(func() error { return answered(rule.Expr, `^\s*$`) }))
	}
	if asked < 5 {
		err = errors.Join(err, fmt.Errorf("only %d alerts were found", asked))
	}
	return err
}

// lossIsNoticed stops the worker: the alert's question has an answer then.
func lossIsNoticed() error {
	if _, err := watched.compose("stop", "worker"); err != nil {
		return err
	}
	err := eventually(func() error { return answered(`absent(popeye_build_info{station="worker"})`, `station="worker"`) })
	_, started := watched.compose("start", "worker")
	return errors.Join(err, started)
}

// watcherIsOutside tries what somebody would who has broken into Prometheus, or into
// the collector.
func watcherIsOutside() error {
	now, err := watched.inspect()
	if err != nil {
		return err
	}
	prometheus, err1 := now.service("prometheus")
	collector, err2 := now.service("collector")
	redis, err3 := now.service("redis")
	db, err4 := now.service("db")
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	if strings.Count(fmt.Sprint(prometheus.NetworkSettings.Networks), "watch") < 3 {
		return fmt.Errorf("Prometheus is on %v", prometheus.NetworkSettings.Networks)
	}
	return together(
		func() error { return reaches(prometheus, redis, false) },
		func() error { return reaches(prometheus, db, false) },
		func() error { return reaches(collector, redis, false) },
		func() error { return reaches(collector, db, false) },
	)
}
