package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestAnnounce(t *testing.T) {
	set := settings{PollAddr: "127.0.0.1:5000", ResultAddr: "localhost:5001", AdminToken: "open-sesame", Data: "./popeye-data"}
	var out bytes.Buffer
	announce(&out, set)
	for _, want := range []string{
		"  Vote      http://127.0.0.1:5000/\n", "  Watch     http://localhost:5001/\n",
		"  Organise  http://localhost:5001/admin\n", "    token   open-sesame\n", "  Data      ./popeye-data\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line %q in\n%s", want, &out)
		}
	}

	out.Reset()
	set.Poll.URL, set.Result.URL = "https://vote.test", "https://result.test"
	announce(&out, set)
	for _, want := range []string{"https://vote.test/\n", "https://result.test/\n", "https://result.test/admin\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), ":5000") {
		t.Errorf("a public station is announced by its port:\n%s", &out)
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
