//go:build engine

package engine

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
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
	votes := streamOf(p.voters("steady", 100))
	try(t, "one replica of each crashes", func() error { return oneOfEachCrashes(s) })
	try(t, "all replicas are replaced", func() error { return allAreReplaced(s) })
	try(t, "who breaks off takes poll from nobody", p.breaksOff)
	try(t, "nobody is refused", func() error { return votes.end(s, longestRefusal) })
	try(t, "nothing is lost", func() error {
		return errors.Join(within(s.patience, func() error { return storedAre(s, append(votes.voters, p.me)) }), accountBalances(s))
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

// person has a browser that trusts an authority, and finds the stack's names at
// the ports where it is published.
type person struct {
	*http.Client
	stranger *http.Client // the same without that trust
	me       *voter
}

func newPerson(s stack, root []byte) (*person, error) {
	now, err := s.inspect()
	if err != nil {
		return nil, err
	}
	proxy, err := now.service("proxy")
	if err != nil {
		return nil, err
	}
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		published := proxy.NetworkSettings.Ports[port+"/tcp"]
		if len(published) == 0 {
			return nil, fmt.Errorf("the port %s is not published", port)
		}
		return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+published[0].HostPort)
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(root) {
		return nil, fmt.Errorf("the authority is no certificate: %q", root)
	}
	client := func(c *tls.Config) *http.Client {
		jar, _ := cookiejar.New(nil) // without options it can't fail
		return &http.Client{
			Jar: jar, Timeout: 20 * time.Second,
			Transport:     &http.Transport{DialContext: dial, TLSClientConfig: c, ForceAttemptHTTP2: true, IdleConnTimeout: 10 * time.Second},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	browser := client(&tls.Config{RootCAs: trusted})
	return &person{browser, client(&tls.Config{}), &voter{client: browser, site: votingSite, name: "secured"}}, nil
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

// voteIsSeen watches by wss, votes by HTTPS, and waits for the vote.
func (p *person) voteIsSeen() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	http1 := p.Client.Transport.(*http.Transport).Clone()
	http1.ForceAttemptHTTP2 = false
	http1.TLSClientConfig.NextProtos = []string{"http/1.1"}
	dialer := &websocket.DialOptions{HTTPClient: &http.Client{Transport: http1}}
	viewer, _, err := websocket.Dial(ctx, strings.Replace(resultSite, "https", "wss", 1)+"/socket.io/?EIO=4&transport=websocket", dialer)
	if err != nil {
		return err
	}
	defer viewer.CloseNow()
	if _, _, err := viewer.Read(ctx); err != nil { // the handshake
		return err
	}
	if err := viewer.Write(ctx, websocket.MessageText, []byte("40")); err != nil {
		return err
	}
	if err := shows(ctx, viewer, `{"a":0,"b":0,"c":0,"d":0}`); err != nil {
		return err
	}
	if err := p.me.votes("c", 1); err != nil {
		return err
	}
	return shows(ctx, viewer, `{"a":0,"b":0,"c":1,"d":0}`)
}

// voters share a browser's connections, and have cookies of their own.
func (p *person) voters(name string, n int) (all []*voter) {
	for i := range n {
		client := newCookies(p)
		client.Timeout = 5 * time.Second
		all = append(all, &voter{client: client, site: votingSite, name: fmt.Sprintf("%s-%d", name, i)})
	}
	return all
}

// breaksOff sends halves of votes and hangs up: a proxy that held that against the
// replicas they went to would soon have none left.
func (p *person) breaksOff() error {
	transport := p.Transport.(*http.Transport)
	for range 50 {
		conn, err := transport.DialContext(context.Background(), "tcp", "poll.localhost:443")
		if err != nil {
			return err
		}
		secured := tls.Client(conn, &tls.Config{RootCAs: transport.TLSClientConfig.RootCAs, ServerName: "poll.localhost"})
		_, err = io.WriteString(secured, "POST /api/v1/polls/default/votes HTTP/1.1\r\nHost: poll.localhost\r\n"+
			"Content-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"vote\":")
		if err := errors.Join(err, secured.Close()); err != nil {
			return err
		}
	}
	return nil
}

// longPolls opens sessions as a page does that no websocket reaches: every request
// of one has to come to the replica that knows it.
func (p *person) longPolls() error {
	for range 4 { // with two replicas, luck would be seen through
		at := resultSite + "/socket.io/?EIO=4&transport=polling"
		hello, err := text(p.Get(at))
		if err != nil {
			return err
		}
		_, rest, _ := strings.Cut(hello, `"sid":"`)
		sid, _, _ := strings.Cut(rest, `"`)
		_, err1 := text(p.Post(at+"&sid="+sid, "text/plain", strings.NewReader("40")))
		_, err2 := text(p.Get(at + "&sid=" + sid))
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
	}
	return nil
}

// text is the body of an answer that is not an error.
func text(resp *http.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s: %s", resp.Request.URL, resp.Status, body)
	}
	return string(body), err
}

// cookiesAreSecure looks at what browsers are told: by poll to a voter, by result
// to the organiser, and by the proxy to everybody.
func (p *person) cookiesAreSecure() error {
	voting, err1 := p.PostForm(votingSite+"/", url.Values{"vote": {"b"}})
	fresh, err2 := newCookies(p).PostForm(votingSite+"/", url.Values{"vote": {"b"}})
	organising, err3 := p.PostForm(resultSite+"/admin/login", url.Values{"token": {values["admin_token"]}})
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	for name, resp := range map[string]*http.Response{"": voting, "voter_id": fresh, "organiser": organising} {
		defer resp.Body.Close()
		found := name == ""
		for _, c := range resp.Cookies() {
			found = found || c.Name == name
			if !c.Secure {
				return fmt.Errorf("the cookie %s of %s also goes without TLS", c.Name, resp.Request.URL)
			}
		}
		if !found {
			return fmt.Errorf("%s sets no cookie %s: %s", resp.Request.URL, name, resp.Status)
		}
		if resp.ProtoMajor != 2 || !strings.HasPrefix(resp.Header.Get("Strict-Transport-Security"), "max-age=31536000") {
			return fmt.Errorf("%s answers by %s, with HSTS %q", resp.Request.URL, resp.Proto, resp.Header.Get("Strict-Transport-Security"))
		}
	}
	return nil
}

// newCookies is the same browser in the hands of somebody new.
func newCookies(p *person) *http.Client {
	c := *p.Client
	c.Jar, _ = cookiejar.New(nil)
	return &c
}

func (p *person) isRedirected() error {
	for from, to := range map[string]string{
		"http://poll.localhost/p/default?a=b": votingSite + "/p/default?a=b",
		"http://result.localhost/":            resultSite + "/",
	} {
		resp, err := p.Get(from)
		if err != nil {
			return err
		}
		resp.Body.Close()
		if got := resp.Header.Get("Location"); resp.StatusCode != http.StatusPermanentRedirect || got != to {
			return fmt.Errorf("%s answers %s to %q, want it sent to %s", from, resp.Status, got, to)
		}
	}
	return nil
}

func (p *person) findsNoOperatorsPage() error {
	for _, site := range []string{votingSite, resultSite} {
		for _, path := range []string{"/metrics", "/readyz", "/debug/pprof/"} {
			resp, err := p.Get(site + path)
			if err != nil {
				return err
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusNotFound {
				return fmt.Errorf("%s%s answers %s", site, path, resp.Status)
			}
		}
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
