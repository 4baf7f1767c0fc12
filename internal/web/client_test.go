package web

import (
	"net/http"
	"net/netip"
	"testing"
)

// Whom a request comes from is what trusted proxies say, and nobody else.
func TestClient(t *testing.T) {
	for _, tt := range []struct{ proxies, remote, forwarded, want string }{
		{"", "203.0.113.7:1", "", "203.0.113.7"},
		{"", "203.0.113.7:1", "198.51.100.1", "203.0.113.7"}, // says who knows
		{"10.0.0.0/8", "10.1.2.3:1", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.0/8", "10.1.2.3:1", "1.1.1.1, 198.51.100.1", "198.51.100.1"}, // the client's own word comes first
		{"10.0.0.0/8, 192.0.2.9", "10.1.2.3:1", "1.1.1.1, 198.51.100.1, 192.0.2.9", "198.51.100.1"},
		{"10.0.0.0/8", "10.1.2.3:1", "", "10.1.2.3"},
		{"10.0.0.0/8", "10.1.2.3:1", "unknown", "10.1.2.3"},
		{"10.0.0.0/8", "10.1.2.3:1", "10.9.9.9", "10.9.9.9"},
		{"127.0.0.1", "[::ffff:127.0.0.1]:1", "2001:db8::1", "2001:db8::1"},
		{"", "a pipe", "1.1.1.1", "invalid IP"},
	} {
		proxies, err := ParseProxies(tt.proxies)
		if err != nil {
			t.Fatal(err)
		}
		r := &http.Request{RemoteAddr: tt.remote, Header: http.Header{}}
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		if got := proxies.Client(r).String(); got != tt.want {
			t.Errorf("%+v: got %s", tt, got)
		}
	}
	for _, bad := range []string{"ten", "10.0.0.0/40", "10.0.0.0/8;::1"} {
		if p, err := ParseProxies(bad); err == nil {
			t.Errorf("%q is %v", bad, p)
		}
	}
}

func TestNetworks(t *testing.T) {
	for ip, want := range map[string]struct {
		customer, network string
		public            bool
	}{
		"8.8.4.4":              {"8.8.4.4/32", "8.8.4.0/24", true},
		"::ffff:8.8.4.4":       {"8.8.4.4/32", "8.8.4.0/24", true},
		"2a00:1:2:3456:7::8":   {"2a00:1:2:3456::/64", "2a00:1:2:3400::/56", true},
		"172.18.0.1":           {"172.18.0.1/32", "172.18.0.0/24", false},
		"127.0.0.1":            {"127.0.0.1/32", "127.0.0.0/24", false},
		"100.64.9.9":           {"100.64.9.9/32", "100.64.9.0/24", false},
		"fd00::1":              {"fd00::/64", "fd00::/56", false},
		"fe80::1":              {"fe80::/64", "fe80::/56", false},
		"2a00:1:2:34ff:ffff::": {"2a00:1:2:34ff::/64", "2a00:1:2:3400::/56", true},
	} {
		a := plain(mustAddr(t, ip))
		if got := Customer(a).String(); got != want.customer {
			t.Errorf("%s: customer %s", ip, got)
		}
		if got := Network(a).String(); got != want.network {
			t.Errorf("%s: network %s", ip, got)
		}
		if IsPublic(a) != want.public {
			t.Errorf("%s: public is %t", ip, !want.public)
		}
	}
}

func mustAddr(t *testing.T, s string) netip.Addr {
	t.Helper()
	a, err := netip.ParseAddr(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
