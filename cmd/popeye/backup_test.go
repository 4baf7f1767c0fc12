//go:build unix

package main

import (
	"bytes"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// command runs a command on a data folder.
func command(t *testing.T, folder string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), append([]string{"--data=" + folder}, args...), func(string) string { return "" }, &out, io.Discard)
	return out.String(), err
}

// A running popeye is backed up, and what is printed is all that restoring needs.
func TestBackupOfARunningPopeye(t *testing.T) {
	folder, copied := t.TempDir(), filepath.Join(t.TempDir(), "copy.db")
	openPopeye(t, map[string]string{"DATA_DIR": folder}).open(t)
	out, err := command(t, folder, "backup", copied)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		copied + ": ", "whole and checked", "polls: 1, ballots: 0", "dead letters: 0",
		filepath.Join(folder, "cookie-key") + " and " + filepath.Join(folder, "admin-token"), "To restore it: ", "popeye --data=restored",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if m := mode(t, copied); m != fs.FileMode(0o600) {
		t.Errorf("the copy has the mode %v", m)
	}
	if _, err := command(t, folder, "backup", copied); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("over what is there: %v", err)
	}
	if _, err := command(t, t.TempDir(), "backup", copied+"2"); err == nil || !strings.Contains(err.Error(), "there is no data") || !strings.Contains(err.Error(), "--data") {
		t.Errorf("of an empty folder: %v", err)
	}
}
