//go:build engine

package engine

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"popeye/internal/testenv"
)

// patience bounds every wait. It is no promise about speed: machines are noisy.
const patience = 2 * time.Minute

var record = flag.Bool("record", false, "write what the engine says to testdata/inspect.json")

// What all tests here start from, made by TestMain.
var (
	root     string // of the repository
	compose  []string
	native   string            // the engine's architecture
	work     string            // a folder that goes away
	revision = "unknown"       // of the source, as the images have to say
	values   map[string]string // of the secrets
	began    = time.Now()
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		if err := prepare(); err != nil {
			fmt.Println(err)
			return 1
		}
		defer os.RemoveAll(work)
		defer sweep()
		go sweepOnSignal()
		for _, s := range []stack{popeye, hello} {
			progress("building the images of %s", s.files[0])
			if _, err := s.build(); err != nil {
				fmt.Println(err)
				return 1
			}
		}
		return m.Run()
	}())
}

// prepare finds Compose, makes secrets and takes away what a run that was killed
// may have left.
func prepare() (err error) {
	if compose = strings.Fields(os.Getenv("COMPOSE")); len(compose) == 0 {
		return errors.New("COMPOSE does not say how to call Docker Compose: run this by `make e2e-docker`")
	}
	if root, err = filepath.Abs("../.."); err != nil {
		return err
	}
	arch, err := docker("version", "--format", "{{.Server.Arch}}")
	if err != nil {
		return err
	}
	native = strings.TrimSpace(arch)
	if out, err := exec.Command("git", "-C", root, "rev-parse", "HEAD").Output(); err == nil {
		revision = strings.TrimSpace(string(out))
	}
	if work, err = os.MkdirTemp("", "popeye-engine-test-"); err != nil {
		return err
	}
	if out, err := exec.Command("sh", filepath.Join(root, "deploy/secrets.sh"), secretsDir()).CombinedOutput(); err != nil {
		return fmt.Errorf("make secrets: %w\n%s", err, out)
	}
	values = map[string]string{}
	for _, names := range secrets {
		for _, name := range names {
			text, err := os.ReadFile(filepath.Join(secretsDir(), name))
			if err != nil {
				return err
			}
			values[name] = strings.TrimSpace(string(text))
		}
	}
	sweep()
	return nil
}

func secretsDir() string { return filepath.Join(work, "secrets") }

// sweep takes away all that these tests may have made in the engine.
func sweep() {
	leaveSwarm()
	for _, s := range []stack{popeye, broken, scaled, demo, secured, securedReplicas, watched, foreign, hello, alone, changed(""), contextOnly} {
		if _, err := s.compose("down", "--volumes", "--remove-orphans", "--rmi", "local", "--timeout", "1"); err != nil {
			fmt.Println(err)
		}
	}
}

// sweepOnSignal cleans up where a signal ends the tests before their time.
func sweepOnSignal() {
	signal.Ignore(syscall.SIGPIPE) // nobody may read any more what these tests say
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	<-signals
	sweep()
	os.RemoveAll(work)
	os.Exit(1)
}

// progress tells whoever watches how far the tests are.
func progress(format string, args ...any) {
	fmt.Printf("%4.0fs  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
}

// eventually asks until the answer is right, or says what was wrong last.
func eventually(ask func() error) error { return within(patience, ask) }

// within asks an engine, which takes its time: not as often as a program of ours.
func within(d time.Duration, ask func() error) error {
	const pause = 250 * time.Millisecond
	return testenv.UntilEvery(context.Background(), pause, d, "what the engine runs", ask)
}
