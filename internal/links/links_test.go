package links

import (
	"net/http/httptest"
	"testing"
)

func TestBeside(t *testing.T) {
	tests := []struct{ host, base, own, want string }{
		{"vote.test:5000", "", "", "http://vote.test:5001"},
		{"vote.test", "", "", "http://vote.test:5001"},
		{"[::1]:5000", "", "", "http://[::1]:5001"},
		{"[::1]", "", "", "http://[::1]:5001"},
		{"10.0.0.7:5000", "https://result.test/", "", "https://result.test"},
		{"10.0.0.7:5000", "https://result.test", "https://vote.test", "https://result.test"},
		{"evil.example:5000", "", "https://vote.test", "http://vote.test:5001"},
		{"evil.example:5000", "", "http://vote.test:8000/", "http://vote.test:5001"},
		{"evil.example:5000", "", "http://[::1]:8000", "http://[::1]:5001"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host = tt.host
		if got := Beside(r, tt.base, tt.own, "5001"); got != tt.want {
			t.Errorf("%s, %q: got %s, want %s", tt.host, tt.base, got, tt.want)
		}
	}
}
