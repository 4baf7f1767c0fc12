package poll

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"popeye/internal/metrics/metricstest"
	"popeye/internal/web"
	"popeye/poll/voter"
	"popeye/queue"
)

// from sends a request of somebody without a cookie, from an address.
func (w *fixture) from(addr, method, target, body string) answer {
	r := request(method, target, body)
	r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(addr), 40000).String()
	return w.ask(r)
}

const votePath, voteBody = "/api/v1/polls/single/votes", `{"vote":"a"}`

// One script makes new voters, as a program and as a browser would: its network gets
// no more than its budget, others vote on, and the next minute is another one.
func TestOneNetworkBringsSoManyNewVotersAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFixture(t, func(c *Config) { c.NewVoters = 10 })
		for i := range 5 {
			w.from(fmt.Sprintf("8.8.4.%d", i), "POST", votePath, voteBody).is(t, http.StatusAccepted)
			w.from("8.8.4.200", "GET", "/", "").is(t, http.StatusOK)
		}
		got := w.from("8.8.4.77", "POST", votePath, voteBody)
		got.isAPIError(t, http.StatusTooManyRequests, "too_many", "from your network")
		equal(t, "Retry-After", got.Header.Get("Retry-After"), "60")
		got = w.from("8.8.4.77", "POST", "/", "vote=a")
		got.is(t, http.StatusTooManyRequests, "from your network")
		equal(t, "cookies of a refusal", len(got.Cookies()), 0)
		got = w.from("8.8.4.77", "GET", "/", "")
		got.isErrorPage(t, http.StatusTooManyRequests, "from your network")
		equal(t, "cookies of a refusal", len(got.Cookies()), 0)
		equal(t, "what was cast", len(w.casts()), 5)

		w.from("8.8.8.8", "POST", votePath, voteBody).is(t, http.StatusAccepted)
		w.from("2a00:1:2:3400::1", "POST", votePath, voteBody).is(t, http.StatusAccepted)
		<-time.After(voter.NewWindow)
		w.from("8.8.4.77", "POST", votePath, voteBody).is(t, http.StatusAccepted)

		stats := metricstest.Values(t, w.registry)
		for name, want := range map[string]float64{
			"popeye_poll_new_voters_total": 13, "popeye_poll_new_voters_refused_total": 3,
			"popeye_poll_new_voters_minute all": 12, "popeye_poll_new_voters_minute largest": 10,
		} {
			equal(t, name, stats[name], want)
		}
		if n := strings.Count(w.log.text(), "NEW_VOTERS_PER_NETWORK"); n != 1 {
			t.Errorf("the log says %d times that a network is refused: %s", n, w.log.text())
		}
	})
}

// A refused vote brings a browser its cookie, and so a new voter.
func TestARefusedVoteIsNoWayAround(t *testing.T) {
	w := newFixture(t, func(c *Config) { c.NewVoters = 2 })
	cookies := 0
	for range 5 {
		cookies += len(w.from("8.8.4.4", "POST", "/", "vote=nothing").Cookies())
	}
	equal(t, "cookies", cookies, 2)
}

// Who has a cookie of ours is no new voter, however full the network is.
func TestWhoIsKnownIsNotCounted(t *testing.T) {
	w := newFixture(t, func(c *Config) { c.NewVoters = 1 })
	cookie := w.from("8.8.4.4", "GET", "/", "").Cookies()[0]
	w.from("8.8.4.4", "GET", "/", "").is(t, http.StatusTooManyRequests)
	for range 3 {
		r := request("POST", votePath, voteBody)
		r.RemoteAddr = "8.8.4.4:1"
		r.AddCookie(cookie)
		w.ask(r).is(t, http.StatusAccepted)
	}
}

// Private addresses are nobody's network, a proxy that is trusted says whose a request
// is, and nobody else does.
func TestWhoseNetworkItIs(t *testing.T) {
	proxies, err := web.ParseProxies("172.16.0.0/12")
	if err != nil {
		t.Fatal(err)
	}
	w := newFixture(t, func(c *Config) { c.NewVoters, c.Proxies = 2, proxies })
	recorded := func(remote, forwarded string) (n int) {
		for range 5 {
			r := request("POST", votePath, voteBody)
			r.RemoteAddr = remote + ":1"
			r.Header.Set("X-Forwarded-For", forwarded)
			if w.ask(r).StatusCode == http.StatusAccepted {
				n++
			}
		}
		return n
	}
	equal(t, "of a LAN", recorded("192.168.1.5", ""), 5)
	equal(t, "behind a proxy", recorded("172.18.0.2", "1.1.1.1, 9.9.9.9"), 2)
	equal(t, "of the same network, directly", recorded("9.9.9.1", ""), 0)
	equal(t, "with another's name", recorded("8.8.4.4", "1.0.0.1"), 2)
}

// fakeCrowd keeps what was told last.
type fakeCrowd struct {
	mu    sync.Mutex
	front string
	told  queue.Arrivals
}

func (c *fakeCrowd) Tell(_ context.Context, front string, a queue.Arrivals) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.front, c.told = front, a
	return nil
}

func (c *fakeCrowd) Arrivals(context.Context) (queue.Arrivals, error) { return c.told, nil }

// Who came in the last minute is told, of the largest networks, and no address with it.
func TestWhoCameIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		crowd := &fakeCrowd{}
		w := newFixture(t, func(c *Config) { c.Crowd = crowd })
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.station.Report(ctx) }()
		defer func() { stop(); <-ended }()
		const networks = 2 * queue.MaxNetworks
		for i := range networks {
			for range i + 1 {
				w.from(fmt.Sprintf("8.8.%d.9", i), "GET", "/", "").is(t, http.StatusOK)
			}
		}
		w.from("10.1.2.3", "GET", "/", "").is(t, http.StatusOK) // may be a proxy
		<-time.After(voter.NewWindow + queue.TellEvery)
		crowd.mu.Lock()
		defer crowd.mu.Unlock()
		equal(t, "new voters", crowd.told.All, int64(networks*(networks+1)/2+1))
		equal(t, "networks", len(crowd.told.Networks), queue.MaxNetworks)
		equal(t, "of the largest", crowd.told.Largest(), int64(networks))
		for name := range crowd.told.Networks {
			if len(name) != 16 || strings.Contains(name, ".") {
				t.Errorf("a network is told as %q", name)
			}
		}
	})
}
