package app

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"popeye/internal/config"
)

// asProgram makes the test binary, started anew, one of these programs.
const asProgram = "POPEYE_TEST_PROGRAM"

var programs = map[string]Run{
	"drains": func(ctx context.Context, _ []string, _ func(string) string, out, _ io.Writer) error {
		fmt.Fprintln(out, "ready")
		<-ctx.Done()
		fmt.Fprintln(out, "drained")
		return nil
	},
	"hangs": func(ctx context.Context, _ []string, _ func(string) string, out, _ io.Writer) error {
		fmt.Fprintln(out, "ready")
		<-ctx.Done()
		fmt.Fprintln(out, "draining")
		_, err := io.Copy(io.Discard, os.Stdin) // for as long as the test likes
		return err
	},
	"echoes": func(_ context.Context, args []string, getenv func(string) string, out, _ io.Writer) error {
		fmt.Fprintln(out, args, getenv(asProgram), getenv("METRICS_ADDR"))
		return nil
	},
	"fails": func(context.Context, []string, func(string) string, io.Writer, io.Writer) error {
		return errors.New("the disk is full")
	},
	"helps": func(context.Context, []string, func(string) string, io.Writer, io.Writer) error {
		return config.ErrHelp
	},
}

// program is one of them, running.
type program struct {
	*exec.Cmd
	t      *testing.T
	out    *bufio.Reader
	stderr bytes.Buffer
}

func start(t *testing.T, name string, args ...string) *program {
	t.Helper()
	p := &program{Cmd: exec.CommandContext(t.Context(), os.Args[0], args...), t: t}
	p.Env = append(os.Environ(), asProgram+"="+name)
	p.Stderr = &p.stderr
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewReader(out)
	if _, err := p.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// says waits for the program's next line.
func (p *program) says(want string) {
	p.t.Helper()
	if got, err := p.out.ReadString('\n'); err != nil || got != want+"\n" {
		p.t.Fatalf("the program says %q, %v; want %q", got, err, want)
	}
}

func (p *program) signal(s os.Signal) {
	p.t.Helper()
	if err := p.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// ends waits for the end, and checks the exit code; -1 is the end by a signal.
func (p *program) ends(code int, stderr string) {
	p.t.Helper()
	_ = p.Wait() // tells the exit code a second time
	if got := p.ProcessState.ExitCode(); got != code {
		p.t.Errorf("exit code %d, want %d: %s", got, code, &p.stderr)
	}
	if p.stderr.String() != stderr {
		p.t.Errorf("the program complains %q, want %q", &p.stderr, stderr)
	}
}

func TestSignalDrains(t *testing.T) {
	for _, s := range []os.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(s.String(), func(t *testing.T) {
			p := start(t, "drains")
			p.says("ready")
			p.signal(s)
			p.says("drained")
			p.ends(0, "")
		})
	}
}

// Who signals twice does not want to wait.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	p := start(t, "hangs")
	p.says("ready")
	p.signal(syscall.SIGTERM)
	p.says("draining")
	gone := make(chan error)
	go func() {
		_, err := io.Copy(io.Discard, p.out)
		gone <- err
	}()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for waiting := true; waiting; {
		// Its default effect is back a moment after the context has ended, so the
		// second signal may come too early, like that of a nervous person.
		_ = p.Process.Signal(syscall.SIGTERM) // no error worth a word if it is gone
		select {
		case <-gone:
			waiting = false
		case <-again.C:
		}
	}
	p.ends(-1, "")
	if status, ok := p.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGTERM {
		t.Errorf("ended by %v", p.ProcessState)
	}
}

func TestExitCode(t *testing.T) {
	t.Setenv("METRICS_ADDR", "") // which says something
	p := start(t, "echoes", "--flag", "x")
	p.says("[--flag x] echoes off")
	p.ends(0, "")
	start(t, "helps").ends(0, "")
	failed := start(t, "fails")
	_ = failed.Wait()
	if code := failed.ProcessState.ExitCode(); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if want := []byte(": the disk is full\n"); !bytes.HasSuffix(failed.stderr.Bytes(), want) || bytes.ContainsRune(failed.stderr.Bytes(), '/') {
		t.Errorf("the program complains %q", &failed.stderr)
	}
}
