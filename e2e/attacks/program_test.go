//go:build linux

package attacks

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"popeye/internal/testenv"
)

// bin is the folder of the programs under attack.
var bin string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var remove func()
		var err error
		bin, remove, err = testenv.Build(context.Background(), "popeye/cmd/...")
		defer remove()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// target is a program under attack.
type target struct {
	*testenv.Program
	addr string
	cage *cage // that it is in, or nil
}

// start runs one of the programs with settings until the test ends.
func start(t *testing.T, name string, settings ...string) *target {
	t.Helper()
	return startIn(t, nil, name, settings...)
}

// startIn does that in a memory cgroup, if there is one.
func startIn(t *testing.T, in *cage, name string, settings ...string) *target {
	t.Helper()
	a := &target{Program: testenv.NewProgram(t, filepath.Join(bin, name), settings...), cage: in}
	a.addr = strings.TrimPrefix(a.URL, "http://")
	a.Env = append(a.Env, "RESULT_ADDR="+a.addr)
	a.Prefix = in.prefix()
	a.Start(t).Ready(t)
	return a
}

// stayed says how much memory the program took at most, and fails if that is more
// than its container has.
func (a *target) stayed(t *testing.T) string {
	t.Helper()
	if a.cage != nil && a.cage.kills(t) > 0 {
		t.Fatalf("the kernel killed it: its container has %d MB", memory>>20)
	}
	all, counted := a.peak(t), "resident, without a memory cgroup"
	if a.cage != nil {
		all, counted = a.cage.peak(t), "in a memory cgroup, with its sockets"
	}
	if all > memory {
		t.Errorf("it had %d MB %s, its container has %d", all>>20, counted, memory>>20)
	}
	return fmt.Sprintf("peak %d MB of %d, %s", all>>20, memory>>20, counted)
}

// peak returns the most memory that the program ever had, in bytes.
func (a *target) peak(t *testing.T) int64 {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", a.Pid()))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(raw), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) < 2 || fields[1] != "kB" {
		t.Fatalf("no VmHWM: %s", raw)
	}
	kB, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kB << 10
}
