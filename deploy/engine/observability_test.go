//go:build engine

package engine

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

var watched = stack{
	project: "popeye-e2e-watched", patience: patience,
	files: []string{"docker-compose.yml", "docker-compose.observability.yml", "deploy/engine/testdata/observability.yml"},
}

// Prometheus finds every station and the machine, all alerts can be asked, and
// whoever breaks into it reaches neither Redis nor the database. Grafana, Tempo and
// the collector are left out: there is no stand-in for them.
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
	progress("starting Prometheus beside the stations")
	if _, err := watched.compose("up", "--wait", "--wait-timeout", "180", "prometheus", "machine", "result", "worker", "poll"); err != nil {
		t.Fatal(err)
	}
	try(t, "Prometheus reads every station and the machine", func() error { return eventually(everybodyIsRead) })
	try(t, "a vote is counted there too", voteIsMeasured)
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

// watcherIsOutside tries what somebody would who has broken into Prometheus.
func watcherIsOutside() error {
	now, err := watched.inspect()
	if err != nil {
		return err
	}
	prometheus, err1 := now.service("prometheus")
	redis, err2 := now.service("redis")
	db, err3 := now.service("db")
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	if strings.Count(fmt.Sprint(prometheus.NetworkSettings.Networks), "watch") < 3 {
		return fmt.Errorf("Prometheus is on %v", prometheus.NetworkSettings.Networks)
	}
	return together(
		func() error { return reaches(prometheus, redis, false) },
		func() error { return reaches(prometheus, db, false) },
	)
}
