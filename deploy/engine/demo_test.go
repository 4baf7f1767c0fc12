//go:build engine

package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

var demo = stack{
	project: "popeye-e2e-demo", patience: patience, env: []string{"LOG_FORMAT=json"},
	files: []string{"docker-compose.yml", "docker-compose.demo.yml", "deploy/engine/testdata/demo.yml"},
}

// The crowd of the demo: whoever opens the result page sees it move, and the crowd
// reaches poll and nothing else.
func TestDemo(t *testing.T) {
	progress("building %s", demo.project)
	if out, err := demo.build("demo"); err != nil {
		t.Fatal(err, out)
	}
	t.Cleanup(func() {
		if _, err := demo.compose("down", "--volumes", "--rmi", "local", "--timeout", "5"); err != nil {
			t.Error(err)
		}
	})
	start(t, demo)
	try(t, "the screen moves", func() error { return screenMoves(demo, 30) })
	try(t, "the crowd is in no tier", func() error { return errors.Join(tiersHold(demo), crowdIsOutside(demo)) })
	try(t, "no process has a privilege", func() error { return privilegesAreGone(demo) })
	try(t, "it leaves when it is told to, and accounts for all votes", func() error { return crowdLeaves(demo) })
}

// screenMoves watches until the count has grown several times, to this many.
func screenMoves(s stack, votes int) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	viewer, err := join(ctx, s)
	if err != nil {
		return err
	}
	defer viewer.CloseNow()
	for last, grown := 0, 0; last < votes || grown < 3; {
		text, err := nextScores(ctx, viewer)
		if err != nil {
			return fmt.Errorf("the count is %d and has grown %d times: %w", last, grown, err)
		}
		var scores map[string]int
		if err := json.Unmarshal([]byte(text), &scores); err != nil {
			return err
		}
		sum := 0
		for _, n := range scores {
			sum += n
		}
		if sum > last {
			grown++
		}
		last = sum
	}
	return nil
}

func crowdIsOutside(s stack) error {
	now, err := s.inspect()
	if err != nil {
		return err
	}
	crowd, err := now.service("demo")
	if err != nil {
		return err
	}
	redis, err1 := now.service("redis")
	db, err2 := now.service("db")
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	return together(
		func() error { return reaches(crowd, redis, false) },
		func() error { return reaches(crowd, db, false) },
	)
}

// crowdLeaves sends the crowd home, and compares its last words with the account.
func crowdLeaves(s stack) error {
	if _, err := s.compose("stop", "demo"); err != nil {
		return err
	}
	now, err := s.inspect()
	if err != nil {
		return err
	}
	crowd, err1 := now.service("demo")
	worker, err2 := now.service("worker")
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	code, err1 := docker("inspect", "--format", "{{.State.ExitCode}}", crowd.ID)
	said, err2 := s.compose("logs", "--no-log-prefix", "--tail", "1", "demo")
	account, err3 := worker.in("/worker", "account", "--json")
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	return errors.Join(
		same("exit code", strings.TrimSpace(code), "0"), sumAddsUp(said, account),
		want(sumAddsUp(said, `{"accepted":0}`), "the account is"), want(sumAddsUp("{}", account), "last words are"),
	)
}

// sumAddsUp wants each vote of the crowd to have become something, and each that
// was recorded to be accepted, once.
func sumAddsUp(said, account string) error {
	var sum struct {
		Msg                                 string
		Offered, Recorded, Refused, Unknown int
	}
	var accounts struct{ Accepted int }
	err := errors.Join(json.Unmarshal([]byte(said), &sum), json.Unmarshal([]byte(account), &accounts))
	if err != nil || sum.Msg != "the crowd has left" || sum.Recorded == 0 ||
		sum.Offered != sum.Recorded+sum.Refused+sum.Unknown ||
		accounts.Accepted < sum.Recorded || accounts.Accepted > sum.Recorded+sum.Unknown {
		return errors.Join(err, fmt.Errorf("the crowd's last words are %s, and the account is %s", said, account))
	}
	return nil
}
