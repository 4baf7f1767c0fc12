package socketio

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
)

// handshakeOf returns all fields of an open packet but the sid, so that one too many or too few shows.
func handshakeOf(t *testing.T, packet string) map[string]any {
	t.Helper()
	var h map[string]any
	if !strings.HasPrefix(packet, "0") || json.Unmarshal([]byte(packet[1:]), &h) != nil {
		t.Fatalf("no handshake: %q", packet)
	}
	if sid, _ := h["sid"].(string); len(sid) != 22 {
		t.Errorf("session id %q is not 128 bits of base64", sid)
	}
	delete(h, "sid")
	return h
}

func TestHandshake(t *testing.T) {
	run(t, Config{PingInterval: 300 * time.Millisecond, PingTimeout: 200 * time.Millisecond}, func(t *testing.T, w *fixture) {
		want := map[string]any{
			"upgrades":     []any{"websocket"},
			"pingInterval": 300.0,
			"pingTimeout":  200.0,
			"maxPayload":   1e6,
		}
		a := w.request("GET", "EIO=4&transport=polling", "")
		if diff := cmp.Diff(want, handshakeOf(t, a.body)); diff != "" {
			t.Errorf("polling (-want +got):\n%s", diff)
		}
		for header, want := range map[string]string{
			"Content-Type":  "text/plain; charset=UTF-8",
			"Cache-Control": "no-store",
		} {
			if got := a.header.Get(header); got != want {
				t.Errorf("%s: %q, want %q", header, got, want)
			}
		}
		want["upgrades"] = []any{}
		if diff := cmp.Diff(want, handshakeOf(t, w.dial("").read())); diff != "" {
			t.Errorf("websocket (-want +got):\n%s", diff)
		}
	})
}

func TestRefusals(t *testing.T) {
	run(t, Config{}, func(t *testing.T, w *fixture) {
		sid := w.open()
		for _, tt := range []struct {
			method, query, want string
		}{
			{"GET", "EIO=4", `{"code":0,"message":"Transport unknown"}`},
			{"GET", "EIO=4&transport=carrier-pigeon", `{"code":0,"message":"Transport unknown"}`},
			{"GET", pollingQuery("nobody"), `{"code":1,"message":"Session ID unknown"}`},
			{"POST", pollingQuery("nobody"), `{"code":1,"message":"Session ID unknown"}`},
			{"POST", "EIO=4&transport=polling", `{"code":2,"message":"Bad handshake method"}`},
			{"PUT", "EIO=4&transport=polling", `{"code":2,"message":"Bad handshake method"}`},
			{"GET", "EIO=4&transport=websocket", `{"code":3,"message":"Bad request"}`}, // no Upgrade header
			{"DELETE", pollingQuery(sid), `{"code":3,"message":"Bad request"}`},
			{"GET", "transport=polling", `{"code":5,"message":"Unsupported protocol version"}`},
			{"GET", "EIO=3&transport=polling", `{"code":5,"message":"Unsupported protocol version"}`},
			{"GET", "EIO=abc&transport=websocket", `{"code":5,"message":"Unsupported protocol version"}`},
		} {
			a := w.request(tt.method, tt.query, "")
			w.expect(a, 400, tt.want)
			if got := a.header.Get("Content-Type"); got != "application/json" {
				t.Errorf("%s: content type %q", tt.query, got)
			}
		}
		for _, query := range []string{"transport=websocket", "EIO=4&transport=websocket&sid=nobody"} {
			_, resp, err := websocket.Dial(t.Context(), base+"?"+query, &websocket.DialOptions{HTTPClient: w.client})
			if err == nil || resp == nil || resp.StatusCode != 400 {
				t.Errorf("websocket %s: %v %v", query, resp, err)
			}
		}
		w.expect(w.post(sid, "40"), 200, "ok") // none of that has touched the session
	})
}

func TestConnectTimeout(t *testing.T) {
	run(t, Config{ConnectTimeout: 3 * time.Second}, func(t *testing.T, w *fixture) {
		p := w.dial("")
		start := time.Now()
		ce := p.expectClose(websocket.StatusPolicyViolation)
		if took := time.Since(start); took != 3*time.Second || ce.Reason != "connect timeout" {
			t.Errorf("closed after %v: %q", took, ce.Reason)
		}
		// The same for a polling client that asked for a session and never came back.
		w.open()
		time.Sleep(3 * time.Second) // the bubble's time
		synctest.Wait()
		if n := w.srv.Count(); n != 0 {
			t.Errorf("%d sessions", n)
		}
		// A client that is connected may stay.
		w.connect()
		time.Sleep(10 * time.Second)
		if n := w.srv.Count(); n != 1 {
			t.Errorf("%d sessions", n)
		}
	})
}

func TestMaxSockets(t *testing.T) {
	run(t, Config{MaxSockets: 2}, func(t *testing.T, w *fixture) {
		w.connectPolling()
		p := w.connect()
		a := w.request("GET", "EIO=4&transport=polling", "")
		w.expect(a, 503, `{"code":4,"message":"Service unavailable"}`)
		if a.header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		if n := w.srv.Count(); n != 2 {
			t.Errorf("Count: %d", n)
		}
		_ = p.conn.Close(websocket.StatusNormalClosure, "")
		synctest.Wait()
		w.open() // there is room again
	})
}

func TestOrigin(t *testing.T) {
	srv, err := New(Config{
		OnConnect:      func(*Socket, json.RawMessage) {},
		AllowedOrigins: []string{"https://Vote.example.org:443/", "http://localhost:3000"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = srv.Shutdown(t.Context()) }()
	for origin, admitted := range map[string]bool{
		"":                              true, // not a browser
		"https://result.test":           true, // the server's own
		"http://RESULT.test":            true,
		"https://vote.example.org":      true,
		"http://localhost:3000":         true,
		"http://vote.example.org":       false,
		"http://localhost:3001":         false,
		"https://result.test.evil":      false,
		"https://evil.test":             false,
		"https://evil.test?result.test": false,
		"null":                          false,
		"::":                            false,
	} {
		for _, method := range []string{"GET", "OPTIONS"} {
			r := httptest.NewRequest(method, "http://result.test/socket.io/?EIO=4&transport=polling", nil)
			if origin != "" {
				r.Header.Set("Origin", origin)
			}
			r.Header.Set("Access-Control-Request-Headers", "x-mine")
			rec := httptest.NewRecorder()
			srv.ServeHTTP(rec, r)
			want, wantOrigin := map[string]int{"GET": 200, "OPTIONS": 204}[method], origin
			if !admitted {
				want, wantOrigin = http.StatusForbidden, ""
			}
			if got := rec.Header().Get("Access-Control-Allow-Origin"); rec.Code != want || got != wantOrigin {
				t.Errorf("%s from %q: %d, allowed origin %q", method, origin, rec.Code, got)
			}
			if method == "OPTIONS" && admitted && rec.Header().Get("Access-Control-Allow-Headers") != "x-mine" {
				t.Errorf("preflight from %q: %v", origin, rec.Header())
			}
		}
	}
}

func TestOriginOfWebsocket(t *testing.T) {
	run(t, Config{AllowedOrigins: []string{"https://vote.example.org"}}, func(t *testing.T, w *fixture) {
		for origin, want := range map[string]int{"https://vote.example.org": 101, "http://popeye.test": 101, "https://evil.test": 403} {
			conn, resp, _ := websocket.Dial(t.Context(), base+"?EIO=4&transport=websocket", &websocket.DialOptions{
				HTTPClient: w.client, HTTPHeader: http.Header{"Origin": {origin}},
			})
			if conn != nil {
				_ = conn.CloseNow()
			}
			if resp == nil || resp.StatusCode != want {
				t.Errorf("%s: %v, want %d", origin, resp, want)
			}
		}
	})
}

func TestConfig(t *testing.T) {
	onConnect := func(*Socket, json.RawMessage) {}
	for name, cfg := range map[string]Config{
		"no OnConnect":    {},
		"negative time":   {OnConnect: onConnect, PingInterval: -1},
		"negative limit":  {OnConnect: onConnect, MaxPayload: -1},
		"not an origin":   {OnConnect: onConnect, AllowedOrigins: []string{"vote.example.org"}},
		"origin and path": {OnConnect: onConnect, AllowedOrigins: []string{"https://vote.example.org/x"}},
	} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	all, err := New(Config{OnConnect: onConnect, AllowedOrigins: []string{"*"}})
	if err != nil || !all.origins.Any {
		t.Errorf("*: %v", err)
	}
}
