package web

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"popeye/internal/metrics"
	"popeye/internal/metrics/metricstest"
)

// One client behind the proxy takes its share of what may be under way; others, and
// whoever has no address of their own, go on, and what ends makes room.
func TestOneClientBehindAProxyTakesAShare(t *testing.T) {
	proxies, err := ParseProxies("10.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	const fit = 4 * shareOf
	r := metrics.NewRegistry()
	entered, end := make(chan bool), make(chan bool)
	site := Share(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { entered <- true; <-end }), proxies, fit, r, "poll")
	ask := func(remote, client string) *http.Request {
		r := httptest.NewRequest("POST", "/", nil)
		r.RemoteAddr = remote
		r.Header.Set("X-Forwarded-For", client)
		return r
	}
	var under sync.WaitGroup
	admitted := func(remote, client string) {
		t.Helper()
		done := make(chan *httptest.ResponseRecorder, 1)
		under.Go(func() {
			rec := httptest.NewRecorder()
			site.ServeHTTP(rec, ask(remote, client))
			done <- rec
		})
		select {
		case <-entered:
		case rec := <-done:
			t.Fatalf("%s by %s is answered %d", client, remote, rec.Code)
		}
	}
	refused := func(remote, client string) {
		t.Helper()
		rec := httptest.NewRecorder()
		site.ServeHTTP(rec, ask(remote, client))
		if rec.Code != http.StatusServiceUnavailable || rec.Header().Get("Retry-After") == "" {
			t.Errorf("%s by %s is answered %d", client, remote, rec.Code)
		}
	}
	for range fit / shareOf {
		admitted("10.1.1.1:1", "8.8.4.4")
		admitted("10.1.1.2:1", "2a00:1:2:3::1") // by another replica of the proxy
	}
	refused("10.1.1.1:1", "8.8.4.4")
	refused("10.1.1.1:1", "1.2.3.4, 8.8.4.4") // what a client says of itself changes nothing
	refused("10.1.1.1:1", "2a00:1:2:3::2")
	admitted("10.1.1.1:1", "8.8.4.5")
	for range 2 * fit {
		admitted("10.1.1.1:1", "192.168.1.1") // a LAN may be one address
		admitted("8.8.4.4:1", "8.8.4.4")      // its connections are bounded
	}
	close(end)
	under.Wait()
	admitted("10.1.1.1:1", "8.8.4.4")
	under.Wait()
	if n := metricstest.Values(t, r)["popeye_requests_refused_total poll"]; n != 3 {
		t.Errorf("%v were refused, want 3", n)
	}
}
