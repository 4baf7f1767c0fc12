package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The document tells of every attack, in this order, and each test that it names is there.
func TestEveryAttackIsTold(t *testing.T) {
	raw, err := os.ReadFile("../../../docs/reliability.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(raw), begins)
	told, _, closed := strings.Cut(rest, ends)
	if !found || !closed {
		t.Fatal("docs/reliability.md has no place for the table")
	}
	lines := strings.Split(strings.TrimSpace(told), "\n")
	if len(lines) != len(attacks)+2 {
		t.Fatalf("the table has %d rows, want %d: make attacks", len(lines)-2, len(attacks))
	}
	for i, a := range attacks {
		if line := lines[i+2]; !strings.HasPrefix(line, "| "+a.Tries+" | "+a.Holds+" | yes | ") || !strings.HasSuffix(line, "`"+a.Test+"` in "+a.Package+" |") {
			t.Errorf("row %d is %q: make attacks", i+1, line)
		}
		files, err := filepath.Glob("../../../" + a.Package + "/*_test.go")
		if err != nil {
			t.Fatal(err)
		}
		if !defines(t, files, "func "+a.Test+"(t *testing.T) {") {
			t.Errorf("%s has no %s", a.Package, a.Test)
		}
	}
}

func defines(t *testing.T, files []string, function string) bool {
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), function) {
			return true
		}
	}
	return false
}

// Where there is no place for it nothing is written; where there is, nothing else changes.
func TestPut(t *testing.T) {
	file := filepath.Join(t.TempDir(), "d.md")
	for _, c := range []struct{ was, becomes string }{
		{"a\n" + begins + "old\n" + ends + "\nb\n", "a\n" + begins + "new\n" + ends + "\nb\n"},
		{"a\n" + begins + "old\n", ""},
		{"a\n", ""},
	} {
		if err := os.WriteFile(file, []byte(c.was), 0o600); err != nil {
			t.Fatal(err)
		}
		err := put("new\n", file, nil)
		raw, readErr := os.ReadFile(file)
		if readErr != nil {
			t.Fatal(readErr)
		}
		if want := c.becomes; want == "" && (err == nil || string(raw) != c.was) || want != "" && (err != nil || string(raw) != want) {
			t.Errorf("%q becomes %q, %v", c.was, raw, err)
		}
	}
}
