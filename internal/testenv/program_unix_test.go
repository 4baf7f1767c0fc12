//go:build unix

package testenv

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Somebody else may answer at the address of a program that could not start.
func TestProgramThatEnds(t *testing.T) {
	fails, err := exec.LookPath("false")
	if err != nil {
		t.Fatal(err)
	}
	somebody := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(somebody.Close)
	p := NewProgram(t, fails)
	p.Health = strings.TrimPrefix(somebody.URL, "http://")
	if err := p.WaitReady(t.Context(), Patience); err != nil {
		t.Fatal(err)
	}
	p.Start(t)
	<-p.Ended()
	if err := p.WaitReady(t.Context(), Patience); err == nil || !strings.Contains(err.Error(), "false has ended by itself: exit status 1") {
		t.Errorf("ready: %v", err)
	}
	if code := p.Ends(t, Patience); code != 1 {
		t.Errorf("it ended with %d", code)
	}
}

// A program's words are kept over all its lives, in memory or in a file.
func TestProgramsLog(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"", t.TempDir() + "/log"} {
		p := NewProgram(t, shell)
		p.Output.File = file
		p.New = func() *exec.Cmd { return exec.Command(shell, "-c", "echo it lives") }
		for range 2 {
			p.Start(t)
			<-p.Ended()
		}
		if n := p.Log().Count("it lives"); n != 2 {
			t.Errorf("in %q it is said %d times:\n%s", file, n, p.Log())
		}
	}
}

// Whoever waits learns what for, and why the waiting ended.
func TestUntil(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	asked := 0
	err := Until(ctx, Patience, "something", func() error { asked++; return os.ErrExist })
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, os.ErrExist) || asked == 0 {
		t.Errorf("asked %d times: %v", asked, err)
	}
	err = Until(t.Context(), time.Millisecond, "something", func() error { return os.ErrExist })
	if !errors.Is(err, os.ErrExist) || !strings.HasPrefix(err.Error(), "something: not within 1ms: ") {
		t.Error(err)
	}
	asked = 0
	err = Until(t.Context(), Patience, "something", func() error { asked++; return Permanent(os.ErrExist) })
	if !errors.Is(err, os.ErrExist) || asked != 1 {
		t.Errorf("asked %d times: %v", asked, err)
	}
	asked = 0
	if err := Until(t.Context(), Patience, "something", func() error {
		if asked++; asked < 3 {
			return os.ErrExist
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// A program that has ended by itself may be started again before anybody has
// noticed its end.
func TestProgramStartedAgainAtOnce(t *testing.T) {
	ends, err := exec.LookPath("true")
	if err != nil {
		t.Fatal(err)
	}
	p := NewProgram(t, ends)
	for range 20 {
		p.Start(t)
	}
	if code := p.Ends(t, Patience); code != 0 {
		t.Errorf("it ended with %d", code)
	}
}
