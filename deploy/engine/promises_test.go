//go:build engine

package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

// The five services as they are: everything that docs and compose file promise.
// The parts build on each other.
func TestStack(t *testing.T) {
	t.Parallel()
	start(t, popeye)
	if *record {
		writeRecord(t)
	}
	now, err := popeye.inspect()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(stateChecks)) {
		try(t, name, func() error { return stateChecks[name](now) })
	}
	for _, p := range probes {
		try(t, p.name, func() error { return p.try(popeye) })
	}
	voters, err := newVoters(popeye, "voter", 20)
	if err != nil {
		t.Fatal(err)
	}
	first, crowd, late := voters[:1], voters[1:10], voters[10:]
	try(t, "a vote at 5000 is seen at 5001", func() error { return voteIsSeen(popeye, first[0]) })
	try(t, "a killed service comes back and nothing is lost", func() error {
		return errors.Join(crashes(popeye, crowd), ballotsAre(popeye, voters[:10]))
	})
	try(t, "down and up keep every ballot", func() error {
		return errors.Join(downAndUp(popeye, late), ballotsAre(popeye, voters))
	})
	try(t, "no secret where others read, in the end", func() error { return secretsStayFiles(popeye) })
}

// The same stack, broken in ways that a careless change of the compose file could
// bring: each is noticed, where the engine is asked and where it is tried.
func TestBrokenStack(t *testing.T) {
	t.Parallel()
	start(t, broken)
	now, err := broken.inspect()
	if err != nil {
		t.Fatal(err)
	}
	convicts := func(name, says string, check func() error) {
		try(t, name, func() error { return want(check(), says) })
	}
	convicts("asked for tiers", "poll", func() error { return checkTiers(now) })
	convicts("asked for ports", "db", func() error { return checkPorts(now) })
	convicts("asked for volumes", "redis does not keep", func() error { return checkVolumes(now) })
	convicts("asked for restarts", "worker has", func() error { return checkRestart(now) })
	convicts("asked for privileges", "result can write", func() error { return checkPrivileges(now) })
	convicts("poll reaches the db", "from poll, the name db resolves: true", func() error { return tiersHold(broken) })
	convicts("result has privileges", "result as the kernel has it", func() error { return privilegesAreGone(broken) })
	convicts("the worker stays away", "worker after a crash is exited", func() error { return crash(broken, "worker") })
	voters, err := newVoters(broken, "lost", 3)
	if err != nil {
		t.Fatal(err)
	}
	convicts("waiting votes are lost", "voter lost-", func() error {
		return errors.Join(downAndUp(broken, voters), ballotsAre(broken, voters))
	})
}

// The bootstrap: its page greets, and its database answers.
func TestHello(t *testing.T) {
	t.Parallel()
	start(t, hello)
	site, err := hello.site("hello-world")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"/", "/db"} {
		try(t, page, func() error {
			return eventually(func() error {
				resp, err := http.Get(site + page)
				if err != nil {
					return err
				}
				defer resp.Body.Close()
				if body, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
					return fmt.Errorf("%s answers %s: %s", page, resp.Status, body)
				}
				return nil
			})
		})
	}
}

// start starts a stack, whose images are built, and takes it and its volumes away after the
// test.
func start(t *testing.T, s stack) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			logs, _ := s.compose("logs", "--tail", "40")
			t.Log(logs)
		}
		if _, err := s.compose("down", "--volumes", "--timeout", "5"); err != nil {
			t.Error(err)
		}
	})
	progress("starting %s", strings.Join(s.files, " with "))
	if err := s.up(); err != nil {
		t.Fatal(err)
	}
	progress("healthy is %s", strings.Join(s.files, " with "))
}

// try is one demand, with a line that says whether it holds.
func try(t *testing.T, name string, ask func() error) {
	t.Run(name, func(t *testing.T) {
		if err := ask(); err != nil {
			t.Error(err)
		}
	})
}

// writeRecord keeps what the engine says, for the tests of the checks.
func writeRecord(t *testing.T) {
	t.Helper()
	now, err := popeye.inspect()
	if err != nil {
		t.Fatal(err)
	}
	for i := range now.Containers {
		for label := range now.Containers[i].Config.Labels {
			if label != "com.docker.compose.service" { // others name folders of this machine
				delete(now.Containers[i].Config.Labels, label)
			}
		}
	}
	text, err := json.MarshalIndent(now, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("testdata/inspect.json", append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}
