package testenv

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// installTimeout bounds how long a package manager may take.
const installTimeout = 3 * time.Minute

// installed returns a folder with what lock files ask for. It is kept in the
// user's cache, by the hash of these files, so that only the first run needs the
// network. It is installed in a folder beside, which holds copies of the files,
// and then renamed: what is there is complete.
func installed(t T, kind, from string, locks []string, install func(context.Context) *exec.Cmd) string {
	t.Helper()
	hash := sha256.New()
	files := map[string][]byte{}
	for _, name := range locks {
		b, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = b
		hash.Write(b)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir() // an account without a home
	}
	parent := filepath.Join(cache, "popeye-test")
	dir := filepath.Join(parent, fmt.Sprintf("%s-%x", kind, hash.Sum(nil)[:8]))
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
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
	ctx, cancel := context.WithTimeout(context.Background(), installTimeout)
	defer cancel()
	cmd := install(ctx)
	cmd.Dir = temp
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("what the test needs can't be installed; that needs the network once: %v\n%s", err, out)
	}
	if err := os.Rename(temp, dir); err != nil {
		if _, statErr := os.Stat(dir); statErr != nil { // else another test run was faster
			t.Fatal(err)
		}
	}
	return dir
}

// NodeModules returns a folder with what from/package.json and its lock ask for.
func NodeModules(t T, from string) string {
	t.Helper()
	Find(t, "nodejs", "node") // 20 or newer
	npm := Find(t, "npm", "npm")
	return installed(t, "node", from, []string{"package.json", "package-lock.json"}, func(ctx context.Context) *exec.Cmd {
		return exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	})
}

// Python returns an interpreter that has what from/requirements.txt asks for.
func Python(t T, from string) string {
	t.Helper()
	python := Find(t, "python3-venv", "python3")
	dir := installed(t, "python", from, []string{"requirements.txt"}, func(ctx context.Context) *exec.Cmd {
		return exec.CommandContext(ctx, "sh", "-ec", `"$0" -m venv . && bin/python -m pip install --quiet --require-hashes --requirement requirements.txt`, python)
	})
	return filepath.Join(dir, "bin", "python")
}
