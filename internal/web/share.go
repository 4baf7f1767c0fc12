package web

import (
	"io"
	"net/http"
	"net/netip"
	"sync"

	"popeye/internal/i18n"
	"popeye/internal/metrics"
)

// Share bounds the requests under way of one client behind a trusted proxy, streams
// and websockets included: one in shareOf of those that fit. On its connections a
// proxy is one address for all, so the listener can't. Clients are public addresses
// as the proxy names them, in IPv6 /64s. fit is how many fit; 0 for no limit.
func Share(h http.Handler, proxies Proxies, fit int, r *metrics.Registry, station string) http.Handler {
	s := &shares{most: fit / shareOf, under: map[netip.Prefix]int{}}
	refused := r.Counter("popeye_requests_refused_total", "Requests answered 503 at once, as their client behind the proxy had its share under way.",
		metrics.Label{Name: "station", Value: station})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.most == 0 || !proxies.behind(r) {
			h.ServeHTTP(w, r)
			return
		}
		client := proxies.Client(r)
		if !IsPublic(client) {
			h.ServeHTTP(w, r)
			return
		}
		customer := Customer(client)
		if !s.enter(customer) {
			refused.Inc()
			w.Header().Set("Retry-After", "2")
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, i18n.For(r).Text("web.busy", nil)+"\n")
			return
		}
		defer s.leave(customer)
		h.ServeHTTP(w, r)
	})
}

// behind reports whether a request came by a trusted proxy.
func (p Proxies) behind(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && p.include(plain(from.Addr()))
}

// shares counts the requests under way of each client. Safe for concurrent use.
type shares struct {
	most int

	mu    sync.Mutex
	under map[netip.Prefix]int // a client without any has no entry
}

func (s *shares) enter(client netip.Prefix) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.under[client] >= s.most {
		return false
	}
	s.under[client]++
	return true
}

func (s *shares) leave(client netip.Prefix) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.under[client]--; s.under[client] == 0 {
		delete(s.under, client)
	}
}
