// Package testenv is the environment of tests that need the real thing. It starts
// Redis, PostgreSQL and PgBouncer on free ports and temporary folders, our own
// programs, alone or as a Stack of services. What enters is a test, or a program inside
// Outside; what leaves is an address. Everything ends with whoever started it, or with the
// process, and can be killed and started again on the same data in between.
//
// No program links this package; internal/archtest sees to that.
//
//   - process: a child process, its life and its log; server.go: one that answers
//   - redis.go, postgres.go, pgbouncer.go: the servers; clock.go: their time
//   - program.go, stack.go: our programs; people: who comes to them; browser: with what they look
//   - faults: a Proxy between any two that loses, delays and cuts; a network in memory
//   - eventually.go: waiting for what nobody announces; made.go: files that tests copy
package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// startTimeout bounds how long a server may take until it answers.
const startTimeout = 30 * time.Second

// T is whoever starts a server and owns it: a test, or a program (see Outside).
// Every testing.TB is one.
type T interface {
	Helper()
	Cleanup(func())
	Failed() bool
	Logf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
}

// Find returns the path of the first program that is installed, on PATH, in one
// of Debian's folders or where its name says, or skips t and says what to install.
func Find(t T, pkg string, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
		if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name); len(found) > 0 {
			return found[len(found)-1]
		}
	}
	t.Skipf("%s is not installed: install the package %q, or run make test, which does where it can", pkg, pkg)
	return ""
}

// tempDir makes a folder that outlives the test that asked first.
func tempDir(name string) (string, error) { return os.MkdirTemp("", "popeye-"+name+"-") }
