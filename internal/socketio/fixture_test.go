package socketio

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"popeye/internal/testenv/faults"

	"github.com/coder/websocket"
)

// fixture is a server and a client within a synctest bubble: time stands still until everybody waits, so that no test
// depends on how fast the machine is. Their connections are pipes without a buffer: what the client does not read,
// the server can't write.
type fixture struct {
	t      *testing.T
	srv    *Server
	client *http.Client
	pipes  *faults.Pipes
	log    *bytes.Buffer // read it after synctest.Wait
}

// run runs a test in a fixture of its own. A nil OnConnect is replaced by one that does nothing.
func run(t *testing.T, cfg Config, test func(t *testing.T, w *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &fixture{t: t, log: new(bytes.Buffer)}
		if cfg.OnConnect == nil {
			cfg.OnConnect = func(*Socket, json.RawMessage) {}
		}
		cfg.Logger = slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		srv, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		w.srv = srv
		w.listen(wrap(srv))
		test(t, w)
		if err := srv.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if n := srv.Count(); n != 0 {
			t.Errorf("%d sessions after Shutdown", n)
		}
		if n := len(srv.rooms.members); n != 0 {
			t.Errorf("%d rooms after Shutdown", n)
		}
	})
}

// wrap puts the ResponseWriter in a wrapper that offers nothing but Unwrap, as middlewares do.
func wrap(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(wrapped{w}, r) })
}

type wrapped struct{ inner http.ResponseWriter }

func (w wrapped) Header() http.Header         { return w.inner.Header() }
func (w wrapped) Write(b []byte) (int, error) { return w.inner.Write(b) }
func (w wrapped) WriteHeader(status int)      { w.inner.WriteHeader(status) }
func (w wrapped) Unwrap() http.ResponseWriter { return w.inner }

// listen serves over pipes. The server's own timeouts are short: polls and websockets have to outlast them.
func (w *fixture) listen(h http.Handler) {
	l := faults.NewPipes()
	server := &http.Server{Handler: h, ReadTimeout: time.Second, WriteTimeout: time.Second}
	transport := &http.Transport{DialContext: l.Dial}
	w.pipes = l
	w.client = &http.Client{Transport: transport}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(l) })
	w.t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = server.Close()
		serving.Wait()
	})
}

const base = "http://popeye.test/socket.io/"

// answer is what an HTTP request brought.
type answer struct {
	status int
	body   string
	header http.Header
}

func (w *fixture) do(ctx context.Context, method, query, body string, header http.Header) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, base+"?"+query, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for k, v := range header {
		req.Header[k] = v
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, string(b), resp.Header}, err
}

func (w *fixture) request(method, query, body string) answer {
	w.t.Helper()
	a, err := w.do(w.t.Context(), method, query, body, nil)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, query, err)
	}
	return a
}

// raw sends a request, or part of one, and leaves the rest to the caller.
func (w *fixture) raw(request string) net.Conn {
	w.t.Helper()
	conn, err := w.pipes.Dial(w.t.Context(), "", "")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, request); err != nil {
		w.t.Fatal(err)
	}
	return conn
}

func pollingQuery(sid string) string { return "EIO=4&transport=polling&sid=" + sid }

func (w *fixture) poll(sid string) answer {
	w.t.Helper()
	return w.request("GET", pollingQuery(sid), "")
}

func (w *fixture) post(sid, payload string) answer {
	w.t.Helper()
	return w.request("POST", pollingQuery(sid), payload)
}

// startPoll polls in the background. When it returns, the poll is waiting at the server.
func (w *fixture) startPoll(sid string) <-chan answer {
	answers := make(chan answer, 1)
	go func() {
		a, err := w.do(w.t.Context(), "GET", pollingQuery(sid), "", nil)
		if err != nil {
			a.body = err.Error()
		}
		answers <- a
	}()
	synctest.Wait()
	return answers
}

// open opens a session over polling and returns its id.
func (w *fixture) open() string {
	w.t.Helper()
	return w.sid(w.request("GET", "EIO=4&transport=polling", "").body)
}

func (w *fixture) sid(openPacket string) string {
	w.t.Helper()
	var handshake struct{ SID string }
	if !strings.HasPrefix(openPacket, "0") || json.Unmarshal([]byte(openPacket[1:]), &handshake) != nil {
		w.t.Fatalf("no handshake: %q", openPacket)
	}
	return handshake.SID
}

// connectPolling opens a session and connects to the main namespace.
func (w *fixture) connectPolling() string {
	w.t.Helper()
	sid := w.open()
	w.expect(w.post(sid, "40"), 200, "ok")
	if a := w.poll(sid); !strings.HasPrefix(a.body, `40{"sid":"`) {
		w.t.Fatalf("connected by %q", a.body)
	}
	return sid
}

func (w *fixture) expect(a answer, status int, body string) {
	w.t.Helper()
	if a.status != status || strings.TrimSpace(a.body) != body {
		w.t.Errorf("got %d %q, want %d %q", a.status, a.body, status, body)
	}
}

// peer is the client's end of a websocket.
type peer struct {
	w    *fixture
	conn *websocket.Conn
}

// dial opens a websocket: a new session, or one for the session sid.
func (w *fixture) dial(sid string) *peer {
	w.t.Helper()
	query := "EIO=4&transport=websocket"
	if sid != "" {
		query += "&sid=" + sid
	}
	conn, resp, err := websocket.Dial(w.t.Context(), base+"?"+query, &websocket.DialOptions{HTTPClient: w.client})
	if err != nil {
		w.t.Fatalf("dial: %v (%v)", err, resp)
	}
	conn.SetReadLimit(-1)
	w.t.Cleanup(func() { _ = conn.CloseNow() })
	return &peer{w, conn}
}

// connect opens a websocket session and connects to the main namespace. When it returns, so has OnConnect.
func (w *fixture) connect() *peer {
	w.t.Helper()
	p := w.dial("")
	w.sid(p.read())
	p.write("40")
	if s := p.read(); !strings.HasPrefix(s, `40{"sid":"`) {
		w.t.Fatalf("connected by %q", s)
	}
	synctest.Wait()
	return p
}

func (p *peer) read() string {
	p.w.t.Helper()
	_, b, err := p.conn.Read(p.w.t.Context())
	if err != nil {
		p.w.t.Fatalf("read: %v", err)
	}
	return string(b)
}

func (p *peer) write(s string) {
	p.w.t.Helper()
	if err := p.conn.Write(p.w.t.Context(), websocket.MessageText, []byte(s)); err != nil {
		p.w.t.Fatalf("write %q: %v", s, err)
	}
}

func (p *peer) expect(want ...string) {
	p.w.t.Helper()
	for _, s := range want {
		if got := p.read(); got != s {
			p.w.t.Errorf("got %q, want %q", got, s)
		}
	}
}

// expectClose reads on until the server closes the connection, and checks the close code.
func (p *peer) expectClose(want websocket.StatusCode) websocket.CloseError {
	p.w.t.Helper()
	for {
		_, _, err := p.conn.Read(p.w.t.Context())
		if err == nil {
			continue
		}
		var ce websocket.CloseError
		if !errors.As(err, &ce) || ce.Code != want {
			p.w.t.Errorf("closed by %v, want status %v", err, want)
		}
		return ce
	}
}

// must encodes an event.
func must(t testing.TB, event string, args ...any) Packet {
	t.Helper()
	p, err := Encode(event, args...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// only returns the one open session.
func (w *fixture) only() *session {
	w.t.Helper()
	w.srv.mu.Lock()
	defer w.srv.mu.Unlock()
	if len(w.srv.sessions) != 1 {
		w.t.Fatalf("%d sessions", len(w.srv.sessions))
	}
	for _, s := range w.srv.sessions {
		return s
	}
	return nil
}
