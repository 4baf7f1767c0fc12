package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"popeye/internal/config"
	"popeye/internal/testenv"
	"popeye/vote"
)

func noVariables(string) string { return "" }

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"--help"}, noVariables, &out, io.Discard); !errors.Is(err, config.ErrHelp) {
		t.Fatal(err)
	}
	for _, want := range []string{"Examples:", "go run ./deploy/demo --url http://localhost:5000", "--rate", "DEMO_VOTERS", "--for", "--seed", "LOG_FORMAT"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the help does not say %q:\n%s", want, &out)
		}
	}
}

// A mistake is told at once, by the name of what is wrong.
func TestSettingsAreChecked(t *testing.T) {
	for _, args := range [][]string{
		{"--url", "localhost:5000"},
		{"--url", "ftp://localhost"},
		{"--poll", "../admin"},
		{"--rate", "0"},
		{"--rate", "NaN"},
		{"--rate", "1e9"},
		{"--voters", "0"},
		{"--voters", "1000000000"},
		{"--for", "-1s"},
		{"--seed", "x"},
		{"--log-format", "xml"},
	} {
		err := run(t.Context(), args, noVariables, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), strings.TrimLeft(args[0], "-")) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

// A crowd at the real thing, one for each kind of poll: in the end every voter who
// was told so is counted, once.
func TestCrowdAtPopeye(t *testing.T) {
	poll, result := startPopeye(t)
	for _, p := range polls() {
		t.Run(string(p.Kind), func(t *testing.T) {
			organise(t, result, p)
			log := new(logbook)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			c := newCrowd(newSite(poll, p.Slug), settings{Rate: 300, Voters: 100, Seed: 9}, log.logger())
			defer c.site.leave()
			done := make(chan error)
			go func() { done <- c.run(ctx) }()
			eventually(t, func() error {
				if n := c.sum.recorded.Load(); n < 300 {
					return fmt.Errorf("%d votes are recorded", n)
				}
				return nil
			})
			cancel()
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			checkSum(t, log, int(c.sum.recorded.Load()), 0, 0)
			if got := voters(t, result, p.Slug); got != 100 || len(c.idle) != 100 {
				t.Errorf("the result has %d voters, %d know that they are recorded, want 100", got, len(c.idle))
			}
		})
	}
	// As a container's health check asks.
	for slug, want := range map[string]string{"single": "", "nowhere": "no poll"} {
		err := run(t.Context(), []string{"healthcheck", "--url", poll, "--poll", slug}, noVariables, io.Discard, io.Discard)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("the health check of the poll %s: %v", slug, err)
		}
	}
	var out bytes.Buffer
	err := run(t.Context(), []string{"--url", poll, "--poll", "ranked", "--for", "300ms", "--log-format", "json"}, noVariables, io.Discard, &out)
	if err != nil || !strings.Contains(out.String(), `"msg":"the crowd has left"`) {
		t.Errorf("for a while: %v\n%s", err, &out)
	}
}

const token = "the organiser of these tests"

// startPopeye builds and starts the one process on a folder of its own.
func startPopeye(t *testing.T) (poll, result string) {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "popeye")
	build := exec.Command("go", "build", "-o", binary, "popeye/cmd/popeye")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	pollAddr := fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t))
	resultAddr := fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t))
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), "POLL_ADDR="+pollAddr, "RESULT_ADDR="+resultAddr,
		"METRICS_ADDR=127.0.0.1:0", "DATA_DIR="+t.TempDir(), "ADMIN_TOKEN="+token, "LOG_LEVEL=warn")
	cmd.Stderr = t.Output()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("popeye ends with %v", err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	poll, result = "http://"+pollAddr, "http://"+resultAddr
	for _, site := range []string{poll, result} {
		eventually(t, func() error {
			resp, err := http.Get(site)
			if err == nil {
				resp.Body.Close()
			}
			return err
		})
	}
	return poll, result
}

// organise makes a poll and opens it.
func organise(t *testing.T, result string, p vote.Poll) {
	t.Helper()
	definition := map[string]any{"slug": p.Slug, "question": p.Question, "kind": p.Kind, "options": p.Options, "status": "open"}
	if p.Max > 0 {
		definition["min"], definition["max"] = p.Min, p.Max
	}
	text, err := json.Marshal(definition)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, result+"/api/v1/polls", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	status, _, body, err := answer(http.DefaultClient, req)
	if err != nil || status != http.StatusCreated {
		t.Fatalf("making the poll is answered %d %s: %v", status, body, err)
	}
}

// voters is how many the result of a poll counts.
func voters(t *testing.T, result, slug string) int {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, result+"/api/v1/polls/"+slug+"/results", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _, body, err := answer(http.DefaultClient, req)
	var tally struct{ Total int }
	if err := errors.Join(err, json.Unmarshal(body, &tally)); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return tally.Total
}

// eventually asks until the answer is right. How long it may take is no promise
// about speed: machines are noisy.
func eventually(t *testing.T, ask func() error) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(time.Minute); ; {
		err := ask()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal(err)
		}
	}
}
