//go:build linux

package drills

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"testing"

	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
)

// account is what the command says.
type account struct {
	Accepted, Stored, Waiting, Dead, Difference int64
	Balanced                                    bool
}

// account runs the operator's command as the page tells it, and returns its
// exit code too.
func (s *stack) account(t testing.TB, flags ...string) (a account, code int) {
	t.Helper()
	out, err := s.worker.Command(append([]string{"account", "--json"}, flags...)...).Output()
	failed := &exec.ExitError{}
	if errors.As(err, &failed) {
		code, err = failed.ExitCode(), nil
	}
	if err == nil {
		err = json.Unmarshal(out, &a)
	}
	if err != nil {
		t.Fatalf("worker account: %v: %s\n%s", err, out, failed.Stderr)
	}
	return a, code
}

// balances waits until the account balances with nothing on its way.
func (s *stack) balances(t testing.TB) {
	t.Helper()
	testenv.Eventually(t, "the account balances", func() error {
		a, code := s.account(t)
		if a.Waiting > 0 || a.Difference != 0 || !a.Balanced || code != 0 {
			return fmt.Errorf("exit code %d, %+v", code, a)
		}
		return nil
	})
}

// misses waits until the account says exactly how many messages are missing, or
// below zero how many there are too many, and that this is a failure.
func (s *stack) misses(t testing.TB, want int64) {
	t.Helper()
	testenv.Eventually(t, fmt.Sprintf("the account misses %d", want), func() error {
		a, code := s.account(t)
		if a.Difference != want || a.Waiting > 0 || a.Balanced || code != 1 {
			return fmt.Errorf("exit code %d, %+v", code, a)
		}
		return nil
	})
}

// settles demands that the account misses so many, and balances again once the
// operator has accepted that.
func (s *stack) settles(t testing.TB, missing int64) {
	t.Helper()
	s.misses(t, missing)
	if a, code := s.account(t, "--settle"); code != 0 || !a.Balanced {
		t.Errorf("settling ended with %d: %+v", code, a)
	}
	people.NewVoter(s.poll.URL).Votes(t, "a")
	s.balances(t)
}
