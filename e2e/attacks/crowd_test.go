//go:build linux

package attacks

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
	"popeye/vote"
)

// One script shakes hands for more viewers than there may be, and does nothing more.
// Whoever comes by polling afterwards gets in.
func TestHandshakesTakeNoViewersPlace(t *testing.T) {
	const most, tries = 15_000, 18_000 // most is result's default
	r := start(t, "popeye", "POLL_ADDR=127.0.0.1:0", "DATA_DIR="+t.TempDir(), "ADMIN_TOKEN="+strings.Repeat("t", 32))
	began := time.Now()
	refused := flood(tries, func() bool {
		status, _ := r.ask("GET", "/socket.io/?EIO=4&transport=polling", "")
		return status == http.StatusOK
	})
	t.Logf("MEASURED %d handshakes in %v, %d refused, with %d places", tries, time.Since(began).Round(time.Millisecond), refused, most)
	for range 10 {
		if err := r.watches(); err != nil {
			t.Errorf("a viewer after the script: %v", err)
		}
	}
}

// flood does something so many times, eight at once, and returns how often it failed.
func flood(n int64, do func() bool) int64 {
	var workers sync.WaitGroup
	var next, failed atomic.Int64
	for range 8 {
		workers.Go(func() {
			for next.Add(1) <= n {
				if !do() {
					failed.Add(1)
				}
			}
		})
	}
	workers.Wait()
	return failed.Load()
}

// ask sends one request and returns its answer.
func (a *target) ask(method, path, body string) (status int, answer string) {
	req, err := http.NewRequest(method, "http://"+a.addr+path, strings.NewReader(body))
	if err != nil {
		return 0, err.Error()
	}
	resp, err := script.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	all, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(all)
}

// script keeps its connections.
var script = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}, Timeout: testenv.Patience}

// watches connects a viewer by polling, as far as the welcome.
func (a *target) watches() error {
	const path = "/socket.io/?EIO=4&transport=polling"
	status, hello := a.ask("GET", path, "")
	var handshake struct{ SID string }
	if status != http.StatusOK || json.Unmarshal([]byte(strings.TrimPrefix(hello, "0")), &handshake) != nil {
		return fmt.Errorf("the handshake: %d %s", status, hello)
	}
	session := path + "&sid=" + handshake.SID
	if status, said := a.ask("POST", session, "40"); status != http.StatusOK {
		return fmt.Errorf("CONNECT: %d %s", status, said)
	}
	if status, said := a.ask("GET", session, ""); status != http.StatusOK || !strings.Contains(said, "Welcome!") {
		return fmt.Errorf("the first poll: %d %s", status, said)
	}
	return nil
}

// One script makes voters from one network, as a program and as a browser does. Its
// network gets its budget, and a voter of another one is not kept from voting.
func TestOneNetworkCannotStuff(t *testing.T) {
	const budget, tries = 500, 4000
	p := startPoll(t, "TRUSTED_PROXIES=127.0.0.1", fmt.Sprintf("NEW_VOTERS_PER_NETWORK=%d", budget))
	program := func(i int64) bool { return casts(p.strangerFrom(fmt.Sprintf("9.9.9.%d", i%250))) }
	browser := func(i int64) bool {
		v := p.strangerFrom(fmt.Sprintf("9.9.9.%d", i%250))
		return v.Opens(context.Background(), "/") == nil && casts(v)
	}
	for name, try := range map[string]func(int64) bool{"programs": program, "browsers": browser} {
		var n atomic.Int64
		began := time.Now()
		failed := flood(tries/2, func() bool { return try(n.Add(1)) })
		t.Logf("MEASURED %s: %d new voters of one network in %v, %d refused", name, tries/2, time.Since(began).Round(time.Millisecond), failed)
		if recorded := tries/2 - failed; recorded > 2*budget { // a minute may end meanwhile
			t.Errorf("%s: %d were recorded, the network has %d a minute", name, recorded, budget)
		}
	}
	if !casts(p.strangerFrom("8.8.4.4")) {
		t.Error("a voter of another network is refused")
	}
}

// strangerFrom is a new voter, as the proxy passes on where they come from.
func (a *target) strangerFrom(address string) *people.Voter {
	return people.NewVoterOver(a.URL, forwarded(address))
}

// casts reports whether a vote is recorded.
func casts(v *people.Voter) bool {
	return v.Cast(context.Background(), vote.DefaultSlug, "a", "") == nil
}

// forwarded sends requests as a proxy does that got them from an address.
type forwarded string

func (from forwarded) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Forwarded-For", string(from))
	return script.Transport.RoundTrip(r)
}
