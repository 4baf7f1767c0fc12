package testserver

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// NodeModules returns a folder with what from/package.json and its lock ask for.
// It is kept in the user's cache, by the hash of the two, so that only the first
// run needs the network.
func NodeModules(t T, from string) string {
	t.Helper()
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed: install Node.js 20 or newer (with npm) to test with the official Socket.IO client", tool)
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir() // an account without a home
	}
	hash := sha256.New()
	files := map[string][]byte{"package.json": nil, "package-lock.json": nil}
	for _, name := range []string{"package.json", "package-lock.json"} {
		b, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = b
		hash.Write(b)
	}
	parent := filepath.Join(cache, "popeye-test")
	dir := filepath.Join(parent, fmt.Sprintf("node-%x", hash.Sum(nil)[:8]))
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	npmInstall(t, parent, dir, files)
	return dir
}

// npmInstall installs in a folder beside dir and then renames it, so that dir is
// complete or not there at all.
func npmInstall(t T, parent, dir string, files map[string][]byte) {
	t.Helper()
	if err := os.MkdirAll(parent, 0o755); err != nil {
		t.Fatal(err)
	}
	temp, err := os.MkdirTemp(parent, "installing-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(temp)
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(temp, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = temp
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("npm can't install what the test needs; it needs the network once: %v\n%s", err, out)
	}
	if err := os.Rename(temp, dir); err != nil {
		if _, statErr := os.Stat(dir); statErr != nil { // else another test run was faster
			t.Fatal(err)
		}
	}
}
