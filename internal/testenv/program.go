package testenv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"popeye/internal/testenv/process"
)

// Build builds programs, as in "popeye/cmd/...", into a new folder, and returns how
// to remove it. Where scripts/test.sh has built them for all packages, that folder is it.
func Build(ctx context.Context, packages ...string) (bin string, remove func(), err error) {
	if built := os.Getenv("POPEYE_TEST_PROGRAMS"); built != "" {
		return built, func() {}, nil
	}
	bin, err = os.MkdirTemp("", "popeye-bin-")
	if err != nil {
		return "", func() {}, err
	}
	remove = func() { os.RemoveAll(bin) }
	args := append([]string{"build", "-o", bin + string(filepath.Separator)}, packages...)
	if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
		return bin, remove, fmt.Errorf("build the programs: %w\n%s", err, out)
	}
	return bin, remove, nil
}

// Program is one of our programs, as a process that is killed and started again.
type Program struct {
	child
	Env    []string
	URL    string // of its site
	Health string // host:port of its metrics and health pages

	Prefix []string // what runs it, as in "nice"; nil for nothing
}

// NewProgram prepares a program with a free port for each of its addresses. It is
// killed when t ends.
func NewProgram(t T, path string, env ...string) *Program {
	t.Helper()
	site, health := loopback(t), loopback(t)
	p := &Program{URL: "http://" + site, Health: health}
	p.Env = append([]string{"METRICS_ADDR=" + health, "ADDR=" + site}, env...)
	p.Label = filepath.Base(path)
	p.New = func() *exec.Cmd {
		words := append(slices.Clone(p.Prefix), path)
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Env = p.Env
		return cmd
	}
	p.ready = p.IsReady
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			t.Logf("log of %s:\n%s", p.Name(), &p.Output)
		}
	})
	return p
}

// loopback is a free address.
func loopback(t T) string {
	t.Helper()
	return fmt.Sprintf("127.0.0.1:%d", FreePort(t))
}

// Start starts the program; it may have run before. It does not wait: see Ready.
// Launch is Start for goroutines that may not end the test.
func (p *Program) Start(t T) *Program {
	t.Helper()
	if err := p.Launch(); err != nil {
		t.Fatal(err)
	}
	return p
}

// Command is another run of the program, with arguments and the same environment.
func (p *Program) Command(args ...string) *exec.Cmd {
	cmd := p.New()
	cmd.Args = append(cmd.Args, args...)
	process.DiesWithUs(cmd)
	return cmd
}

// Ready waits until the program and all its backends answer.
func (p *Program) Ready(t T) *Program {
	t.Helper()
	if err := p.WaitReady(context.Background(), Patience); err != nil {
		t.Fatal(err)
	}
	return p
}

// IsReady asks the program once whether it and all its backends answer.
func (p *Program) IsReady(ctx context.Context) error {
	status, body, err := Get(ctx, "http://"+p.Health+"/readyz")
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("readyz answered %d: %s", status, body)
	}
	return err
}

// Ends waits for the end, no longer than patience, and returns the exit code; -1 is
// the end by a signal.
func (p *Program) Ends(t T, patience time.Duration) int {
	t.Helper()
	code, ended := p.ExitCode(patience)
	if !ended {
		t.Fatalf("%s has not ended %s after it was told to", p.Name(), patience)
	}
	return code
}

// Log is what the program wrote in all its lives.
func (p *Program) Log() *process.Log { return &p.Output }

// Says waits until the program's log holds some words.
func (p *Program) Says(t T, words string) {
	t.Helper()
	Eventually(t, fmt.Sprintf("%s says %q", p.Name(), words), func() error {
		if p.Output.Count(words) == 0 {
			return errors.New("it does not")
		}
		return nil
	})
}

// Metric reads one of the program's metrics.
func (p *Program) Metric(t T, name string) float64 {
	t.Helper()
	_, body, err := Get(context.Background(), "http://"+p.Health+"/metrics")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(body)) {
		if value, found := strings.CutPrefix(line, name+" "); found {
			n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("%s has no metric %s", p.Name(), name)
	return 0
}

// Network keeps no connections: what drains must not wait for one, and what was
// killed must not answer from an old one.
var Network = &http.Transport{DisableKeepAlives: true}

// askTimeout bounds one question.
const askTimeout = 10 * time.Second

// Get reads a page, as somebody who was never there.
func Get(ctx context.Context, url string) (status int, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, nil, err
	}
	resp, err := (&http.Client{Transport: Network}).Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	return resp.StatusCode, body, err
}

// Answers waits until a page is there.
func Answers(t T, url string) {
	t.Helper()
	Eventually(t, url+" answers", func() error {
		status, body, err := Get(context.Background(), url)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("status %d: %s", status, body)
		}
		return err
	})
}
