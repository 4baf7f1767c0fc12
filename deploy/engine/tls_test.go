//go:build engine

package engine

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var (
	names = []string{"VOTE_DOMAIN=poll.localhost", "RESULT_DOMAIN=result.localhost", "TLS_ISSUER=internal"}

	secured = stack{
		project: "popeye-e2e-tls", patience: patience, env: names,
		files: []string{"docker-compose.yml", "docker-compose.tls.yml", "deploy/engine/testdata/tls.yml"},
	}
	securedReplicas = stack{
		project: "popeye-e2e-tls-scale", patience: patience, env: names,
		files: []string{"docker-compose.yml", "docker-compose.scale.yml", "docker-compose.tls.yml", "deploy/engine/testdata/tls.yml"},
	}
)

const (
	votingSite = "https://poll.localhost"
	resultSite = "https://result.localhost"
)

// One server with two names: people vote and watch by TLS, and there is no other
// way in.
func TestTLS(t *testing.T) {
	root, p := startSecured(t, secured)
	try(t, "the ports 80 and 443, and no other", func() error { return onlyTheProxyIsPublished(secured) })
	try(t, "the tiers hold, for the proxy too", func() error { return tiersHold(secured) })
	try(t, "convicts a proxy within a tier", func() error { return proxyWithinIsNoticed(secured) })
	try(t, "no process has a privilege", func() error { return privilegesAreGone(secured) })
	try(t, "nobody changes the proxy", func() error { return proxyIsClosed(secured) })
	try(t, "a vote is seen", p.voteIsSeen)
	try(t, "cookies are for TLS only", p.cookiesAreSecure)
	try(t, "who does not know the authority is warned", func() error {
		_, err := p.stranger.Get(votingSite)
		return want(err, "signed by unknown authority")
	})
	try(t, "HTTP is sent to HTTPS", p.isRedirected)
	try(t, "operators' pages are not public", p.findsNoOperatorsPage)
	try(t, "certificates survive a new container", func() error { return certificatesStay(secured, root) })
	try(t, "who comes while poll is away is told", func() error { return absenceIsTold(secured, root) })
}

// The same names in front of several replicas.
func TestTLSOverReplicas(t *testing.T) {
	s := securedReplicas
	_, p := startSecured(t, s)
	try(t, "the ports 80 and 443, and no other", func() error { return onlyTheProxyIsPublished(s) })
	try(t, "no process has a privilege", func() error { return privilegesAreGone(s) })
	try(t, "a vote is seen", p.voteIsSeen)
	try(t, "a long poll reaches its session", p.longPolls)
	witnesses := streamOf(p.voters("witness", 100))
	try(t, "one replica of each crashes", func() error {
		return errors.Join(oneOfEachCrashes(s), witnesses.end(s, longestAfterCrash))
	})
	votes := streamOf(p.voters("steady", 100))
	try(t, "all replicas are replaced", func() error { return allAreReplaced(s) })
	try(t, "who breaks off takes poll from nobody", p.breaksOff)
	try(t, "nobody is refused", func() error { return votes.end(s, longestRefusal) })
	try(t, "nothing is lost", func() error {
		voters := slices.Concat(witnesses.voters, votes.voters, []*voter{p.me})
		return errors.Join(within(s.patience, func() error { return storedAre(s, voters) }), accountBalances(s))
	})
}

// startSecured starts a stack with TLS, and somebody who trusts its authority.
func startSecured(t *testing.T, s stack) (root []byte, p *person) {
	t.Helper()
	progress("building %s", s.project)
	if out, err := s.build("proxy"); err != nil {
		t.Fatal(err, out)
	}
	if err := version("one", s.project+"-%s"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := docker("image", "rm", "--force", s.project+"-proxy"); err != nil {
			t.Error(err)
		}
	})
	start(t, s)
	root, err := authority(s)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = newPerson(s, root); err != nil {
		t.Fatal(err)
	}
	return root, p
}

// authority copies the root of the proxy's own authority out of its volume, as
// the head of the overlay says.
func authority(s stack) ([]byte, error) {
	file := filepath.Join(work, s.project+".crt")
	err := eventually(func() error {
		_, err := s.compose("cp", "proxy:/data/caddy/pki/authorities/local/root.crt", file)
		return err
	})
	if err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}

// onlyTheProxyIsPublished asks the engine; a stack that is not ours may have poll's
// usual ports.
func onlyTheProxyIsPublished(s stack) error {
	now, err := s.inspect()
	if err != nil {
		return err
	}
	got := map[string]bool{}
	for _, c := range now.Containers {
		for inside, published := range c.NetworkSettings.Ports {
			if len(published) > 0 {
				got[c.service()+" "+inside] = true
			}
		}
	}
	return same("published ports", got, map[string]bool{"proxy 80/tcp": true, "proxy 443/tcp": true})
}

// proxyIsClosed tries, from beside poll, what only the proxy itself may ask. Its
// site answers there, so it is not the network.
func proxyIsClosed(s stack) error {
	now, err := s.inspect()
	if err != nil {
		return err
	}
	poll, err := now.service("poll")
	if err != nil {
		return err
	}
	out := beside(poll, redisImage, `for port in 80 2019 9090; do
		echo "$port: $(printf 'GET / HTTP/1.0\r\n\r\n' | nc -w 3 proxy $port | head -n 1)"
	done`)
	if !strings.Contains(out, "80: HTTP") || strings.Count(out, "HTTP") != 1 || !strings.Contains(out, "9090: ") {
		return fmt.Errorf("beside poll the proxy's ports answer as follows, want 2019 and 9090 closed and 80 open:\n%s", out)
	}
	return nil
}

// certificatesStay makes the proxy anew: who trusts its authority has to go on.
func certificatesStay(s stack, root []byte) error {
	if _, err := s.compose("up", "--wait", "--no-deps", "--force-recreate", "proxy"); err != nil {
		return err
	}
	again, err := authority(s)
	if err != nil {
		return err
	}
	if err := same("the authority of a new container", string(again), string(root)); err != nil {
		return err
	}
	p, err := newPerson(s, root) // the ports are others
	if err != nil {
		return err
	}
	return eventually(func() error {
		resp, err := p.Get(resultSite)
		if err == nil {
			resp.Body.Close()
		}
		return err
	})
}

// absenceIsTold stops poll: whoever asks is told, and when to come again.
func absenceIsTold(s stack, root []byte) error {
	if _, err := s.compose("stop", "poll"); err != nil {
		return err
	}
	p, err := newPerson(s, root)
	if err != nil {
		return err
	}
	resp, err := p.Get(votingSite)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" ||
		resp.Header.Get("Strict-Transport-Security") == "" || !strings.Contains(string(text), "try again") {
		return fmt.Errorf("without poll the answer is %s %v %s", resp.Status, resp.Header, text)
	}
	return err
}
