package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAnnounce(t *testing.T) {
	set := settings{PollAddr: "127.0.0.1:5000", ResultAddr: "localhost:5001", AdminToken: "open-sesame-please", Data: "./popeye-data"}
	var out bytes.Buffer
	announce(&out, set, true)
	for _, want := range []string{
		"  Vote      http://127.0.0.1:5000/\n", "  Watch     http://localhost:5001/\n",
		"  Organise  http://localhost:5001/admin\n", "    token   in popeye-data/admin-token\n", "  Data      ./popeye-data\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line %q in\n%s", want, &out)
		}
	}

	out.Reset()
	set.Poll.URL, set.Result.URL = "https://vote.test", "https://result.test"
	announce(&out, set, true)
	for _, want := range []string{"https://vote.test/\n", "https://result.test/\n", "https://result.test/admin\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), ":5000") {
		t.Errorf("a public station is announced by its port:\n%s", &out)
	}
}

// A token that was given is told to nobody; ours only to a person at a terminal,
// and not where the log is read by machines.
func TestAnnounceKeepsTheToken(t *testing.T) {
	set := settings{PollAddr: ":5000", ResultAddr: ":5001", AdminToken: "open-sesame-please", Data: "./popeye-data"}
	tests := []struct {
		name, format  string
		own, terminal bool
		want          string
	}{
		{"given", "text", false, true, "the one that you gave"},
		{"given, JSON", "json", false, true, "the one that you gave"},
		{"ours, at a terminal", "text", true, true, "open-sesame-please"},
		{"ours, into a file", "text", true, false, "in popeye-data/admin-token"},
		{"ours, at a terminal with JSON", "json", true, true, "in popeye-data/admin-token"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			set := set
			set.Log.Format = tt.format
			if got := tokenOf(set, tt.own, tt.terminal); got != tt.want {
				t.Errorf("it says %q, want %q", got, tt.want)
			}
		})
	}
}

// A file is no terminal, nor is what swallows everything.
func TestIsTerminal(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if isTerminal(file) || isTerminal(null) || isTerminal(new(bytes.Buffer)) {
		t.Error("a file, nothing or a buffer is taken for a terminal")
	}
}

func TestAddresses(t *testing.T) {
	tests := []struct {
		public, addr string
		want         string // the first one
	}{
		{"", ":5000", "http://localhost:5000/"},
		{"", "0.0.0.0:5000", "http://localhost:5000/"},
		{"", "[::]:5000", "http://localhost:5000/"},
		{"", "192.0.2.7:80", "http://192.0.2.7:80/"},
		{"", "[::1]:80", "http://[::1]:80/"},
		{"", "box.test:80", "http://box.test:80/"},
		{"", "5000", "5000"},
		{"https://vote.test", ":5000", "https://vote.test/"},
		{"https://vote.test/", ":5000", "https://vote.test/"},
		{"https://vote.test/lunch/", ":5000", "https://vote.test/lunch/"},
	}
	for _, tt := range tests {
		got := addresses(tt.public, tt.addr)
		if len(got) == 0 || got[0] != tt.want {
			t.Errorf("%q, %q: got %q, want %q", tt.public, tt.addr, got, tt.want)
		}
		everywhere := tt.want == "http://localhost:5000/"
		if !everywhere && len(got) != 1 {
			t.Errorf("%q, %q: announced to others as %q", tt.public, tt.addr, got[1:])
		}
		if others := outward(); everywhere && others != "" && !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, others) }) {
			t.Errorf("%q: nobody else is told: %q", tt.addr, got)
		}
	}
}
