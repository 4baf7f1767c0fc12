package testenv

import (
	_ "embed"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

//go:embed shims/clock.c
var clockShim []byte

// Clock is what the servers that are started under it take for the time. All else
// keeps the true time, as on another machine.
type Clock struct {
	folder string
	file   string // holds the offset
}

// NewClock makes a clock that shows the true time at first. It needs gcc.
func NewClock(t T) *Clock {
	t.Helper()
	gcc := Find(t, "gcc", "gcc")
	folder, err := tempDir("clock")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	c := &Clock{folder: folder, file: filepath.Join(folder, "offset")}
	if err := os.Chmod(folder, 0o755); err != nil { // PostgreSQL runs as somebody else
		t.Fatal(err)
	}
	source := filepath.Join(folder, "clock.c")
	if err := os.WriteFile(source, clockShim, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(gcc, "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", c.shared(), source, "-ldl").CombinedOutput()
	if err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	if err := c.Set(0); err != nil {
		t.Fatal(err)
	}
	return c
}

// shared is the object that is loaded before all others.
func (c *Clock) shared() string { return filepath.Join(c.folder, "clock.so") }

// Env is what a program needs in its environment to live by the clock.
func (c *Clock) Env() []string {
	return []string{"LD_PRELOAD=" + c.shared(), "CLOCK_FILE=" + c.file}
}

// Set sets the clock so far from the true time, at once for all who live by it.
func (c *Clock) Set(by time.Duration) error {
	f, err := os.OpenFile(c.file, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	return binary.Write(f, binary.NativeEndian, int64(by.Seconds()))
}
