package attacks

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"popeye/internal/testenv"
)

// patience is for what a machine with other work takes its time for.
const patience = 30 * time.Second

// target is a program under attack.
type target struct {
	addr string
	cmd  *exec.Cmd
	cage *cage        // that it is in, or nil
	log  bytes.Buffer // read it when the program has ended
}

// start builds one of the programs, and runs it with settings until the test ends.
func start(t *testing.T, name string, settings ...string) *target {
	t.Helper()
	return startIn(t, nil, name, settings...)
}

// startIn does that in a memory cgroup, if there is one.
func startIn(t *testing.T, in *cage, name string, settings ...string) *target {
	t.Helper()
	binary := filepath.Join(t.TempDir(), name)
	if out, err := exec.Command("go", "build", "-o", binary, "popeye/cmd/"+name).CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", name, err, out)
	}
	command := in.command(binary)
	a := &target{addr: fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t)), cmd: exec.Command(command[0], command[1:]...), cage: in}
	a.cmd.Env = append(os.Environ(), append(settings, "ADDR="+a.addr, "RESULT_ADDR="+a.addr, "METRICS_ADDR=off")...)
	a.cmd.Stderr = &a.log
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = a.cmd.Process.Kill()
		_ = a.cmd.Wait()
		if t.Failed() {
			t.Logf("%s says:\n%s", name, a.log.String())
		}
	})
	eventually(t, name+" answers", func() error {
		resp, err := http.Get("http://" + a.addr + "/static/poll.css")
		if err == nil {
			resp.Body.Close()
		}
		return err
	})
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
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", a.cmd.Process.Pid))
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

// eventually tries until it succeeds.
func eventually(t *testing.T, what string, try func() error) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v", what, err)
		}
	}
}
