package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The linker says nothing about a variable that is not there, so the names by
// which the images are stamped are tried on a program.
func TestARelease(t *testing.T) {
	program := filepath.Join(t.TempDir(), "poll")
	stamp := "-X popeye/internal/config.version=v1.2.3 -X popeye/internal/config.revision=f3a1c0f"
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-ldflags="+stamp, "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), program, "--version").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "poll v1.2.3 (revision f3a1c0f, go") {
		t.Errorf("%v: %s", err, out)
	}
}
