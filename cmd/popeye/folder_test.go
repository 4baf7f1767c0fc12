//go:build unix

package main

import (
	"bufio"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// holdFolder tells the test binary, started anew, to hold this folder.
const holdFolder = "POPEYE_TEST_HOLD"

// TestHoldFolder is the other process of TestOneProcessHasTheFolder.
func TestHoldFolder(t *testing.T) {
	path := os.Getenv(holdFolder)
	if path == "" {
		return // not started by that test: there is nothing to do
	}
	f, err := openFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	os.Stdout.WriteString("held\n")
	_, _ = io.Copy(io.Discard, os.Stdin) // until the other side lets go, or kills
}

func TestOneProcessHasTheFolder(t *testing.T) {
	path := t.TempDir()
	other := exec.Command(os.Args[0], "-test.run=^TestHoldFolder$")
	other.Env = append(os.Environ(), holdFolder+"="+path)
	_, err := other.StdinPipe() // stays open: the process waits on it
	if err != nil {
		t.Fatal(err)
	}
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "held\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	_, err = openFolder(path)
	if err == nil || !strings.Contains(err.Error(), "another popeye uses the data folder "+path) || !strings.Contains(err.Error(), "--data") {
		t.Errorf("a folder that is in use: got %v", err)
	}
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait() // says that it was killed

	f, err := openFolder(path)
	if err != nil {
		t.Fatalf("the other process was killed, and holds on: %v", err)
	}
	f.close()
	if f, err = openFolder(path); err != nil {
		t.Fatalf("closed, and yet held: %v", err)
	}
	f.close()
}

func TestOpenFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "not", "there")
	f, err := openFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	if got := mode(t, path); got != fs.ModeDir|0o700 {
		t.Errorf("the folder has the mode %v", got)
	}
	file := filepath.Join(path, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openFolder(file); err == nil || !strings.Contains(err.Error(), "make the data folder") {
		t.Errorf("a file for a folder: got %v", err)
	}
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode()
}

// A secret is made once, is the owner's alone, and survives a restart.
func TestSecret(t *testing.T) {
	path := t.TempDir()
	secrets := map[string]string{}
	for range 2 {
		f, err := openFolder(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"admin-token", "cookie-key"} {
			s, err := f.secret(name)
			if err != nil {
				t.Fatal(err)
			}
			if before, there := secrets[name]; there && s != before {
				t.Errorf("the %s was %q, and is %q after a restart", name, before, s)
			}
			if len(s) < 26 || strings.TrimSpace(s) != s {
				t.Errorf("the %s is %q", name, s)
			}
			if got := mode(t, f.file(name)); got != 0o600 {
				t.Errorf("the %s has the mode %v", name, got)
			}
			secrets[name] = s
		}
		f.close()
	}
	if secrets["admin-token"] == secrets["cookie-key"] {
		t.Error("two secrets are the same")
	}
	if left, err := filepath.Glob(filepath.Join(path, "*.new")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestSecretOfAPerson(t *testing.T) {
	f, err := openFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(f.file(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("mine", "  open sesame\r\n")
	if s, err := f.secret("mine"); s != "open sesame" || err != nil {
		t.Errorf("got %q, %v", s, err)
	}
	write("empty", "\n") // as after a full disk: a new one is made
	if s, err := f.secret("empty"); len(s) < 26 || err != nil {
		t.Errorf("got %q, %v", s, err)
	}
	if got := mode(t, f.file("empty")); got != 0o600 {
		t.Errorf("a secret in a file of the mode %v", got)
	}
	if err := os.Mkdir(f.file("folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if s, err := f.secret("folder"); err == nil || !strings.Contains(err.Error(), "read the folder") {
		t.Errorf("got %q, %v", s, err)
	}
}
