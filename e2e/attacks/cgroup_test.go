//go:build linux

package attacks

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// cage is a memory cgroup, as a container has one. The kernel kills what takes more,
// and counts what a process's own count lacks: sockets, and what is in their buffers.
type cage struct {
	dir     string
	unified bool // cgroups v2, which counts sockets in the same sum
}

// newCage makes a cgroup of so many bytes. Where this process may not make any
// there is none, and attacks are held to the program's resident memory.
func newCage(t *testing.T, bytes int64) *cage {
	t.Helper()
	c := &cage{dir: "/sys/fs/cgroup/memory"}
	if _, err := os.Stat(c.dir); err != nil {
		c.dir, c.unified = "/sys/fs/cgroup", true
	}
	c.dir = filepath.Join(c.dir, fmt.Sprintf("popeye-attacks-%d-%s", os.Getpid(), filepath.Base(t.Name())))
	if err := os.Mkdir(c.dir, 0o755); err != nil {
		t.Logf("no memory cgroup: %v", err)
		return nil
	}
	t.Cleanup(func() {
		if err := os.Remove(c.dir); err != nil {
			t.Error(err)
		}
	})
	limits := []string{"memory.limit_in_bytes", "memory.kmem.tcp.limit_in_bytes"} // the second lets it count sockets
	if c.unified {
		limits = []string{"memory.max"}
	}
	for _, name := range limits {
		if err := os.WriteFile(filepath.Join(c.dir, name), strconv.AppendInt(nil, bytes, 10), 0o644); err != nil {
			t.Logf("no memory cgroup: %v", err)
			return nil
		}
	}
	if _, err := os.Stat(filepath.Join(c.dir, "memory.peak")); c.unified && err != nil {
		t.Logf("no memory cgroup that says its peak: %v", err) // before Linux 5.19
		return nil
	}
	return c
}

// prefix makes a program begin inside.
func (c *cage) prefix() []string {
	if c == nil {
		return nil
	}
	return []string{"sh", "-c", `echo $$ >"$0" && exec "$1"`, filepath.Join(c.dir, "cgroup.procs")}
}

// peak is the most that was ever in it, in bytes.
func (c *cage) peak(t *testing.T) int64 {
	t.Helper()
	if c.unified {
		return c.read(t, "memory.peak", "")
	}
	return c.read(t, "memory.max_usage_in_bytes", "") + c.read(t, "memory.kmem.tcp.max_usage_in_bytes", "")
}

// kills is how often the kernel killed something in it for its memory.
func (c *cage) kills(t *testing.T) int64 {
	t.Helper()
	if c.unified {
		return c.read(t, "memory.events", "oom_kill ")
	}
	return c.read(t, "memory.oom_control", "oom_kill ")
}

// read returns the number behind a label, or the only one.
func (c *cage) read(t *testing.T, name, label string) int64 {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if number, found := strings.CutPrefix(strings.TrimSpace(line), label); found {
			n, err := strconv.ParseInt(number, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("%s has no %q: %s", name, label, raw)
	return 0
}
