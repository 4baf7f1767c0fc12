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
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"

	"popeye/client"
	"popeye/internal/testenv/people"
)

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
	browser := func(c *tls.Config) *client.Client {
		return client.New(client.Config{URL: votingSite, Timeout: 20 * time.Second, Transport: &http.Transport{
			DialContext: dial, TLSClientConfig: c, ForceAttemptHTTP2: true, IdleConnTimeout: 10 * time.Second,
		}})
	}
	mine := browser(&tls.Config{RootCAs: trusted})
	me := &voter{Voter: &people.Voter{Client: mine}, name: "secured"}
	return &person{mine.HTTP(), browser(&tls.Config{}).HTTP(), me}, nil
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
		all = append(all, p.somebodyNew(fmt.Sprintf("%s-%d", name, i)))
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
	fresh, err2 := p.somebodyNew("fresh").HTTP().PostForm(votingSite+"/", url.Values{"vote": {"b"}})
	organising, err3 := p.PostForm(resultSite+"/admin/login", url.Values{"token": {values["admin_token"]}})
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	for name, resp := range map[string]*http.Response{"": voting, "__Host-voter_id": fresh, "organiser": organising} {
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

// somebodyNew has the same browser, and cookies of their own.
func (p *person) somebodyNew(name string) *voter {
	return newVoterOver(client.Config{URL: votingSite, Transport: p.Transport}, name)
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
