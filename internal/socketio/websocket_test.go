package socketio

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

func TestWebsocketRoundTrip(t *testing.T) {
	run(t, Config{OnConnect: echo(t)}, func(t *testing.T, w *fixture) {
		p := w.connect()
		p.write(`42["say","€",{"a":[1]}]`)
		p.expect(`42["heard","€",{"a":[1]}]`)
		p.write(`427["say",1]`)
		p.expect(`42["heard",1]`, `437[1,"thanks"]`)
		long := strings.Repeat("€", 100_000)
		p.write(`42["say","` + long + `"]`)
		p.expect(`42["heard","` + long + `"]`)
	})
}

// TestWebsocketClosed sends what must end a session, and looks at the close code.
func TestWebsocketClosed(t *testing.T) {
	connect := func(k *Socket, _ json.RawMessage) {
		k.On("panic", func([]json.RawMessage, func(...any)) { panic("oh") })
	}
	for name, tt := range map[string]struct {
		kind    websocket.MessageType
		message string
		status  websocket.StatusCode
		reason  string
	}{
		"no packet":         {websocket.MessageText, "abc", 1002, "protocol error"},
		"empty":             {websocket.MessageText, "", 1002, "protocol error"},
		"not utf-8":         {websocket.MessageText, "42[\"\xff\"]", 1002, "protocol error"},
		"upgrade":           {websocket.MessageText, "5", 1002, "protocol error"},
		"second connect":    {websocket.MessageText, "40", 1002, "protocol error"},
		"binary":            {websocket.MessageBinary, "abc", 1003, "binary events are not supported"},
		"binary event":      {websocket.MessageText, `451-["a",{}]`, 1003, "binary events are not supported"},
		"too large":         {websocket.MessageText, "4" + strings.Repeat("x", 2000), 1009, ""},
		"a handler's panic": {websocket.MessageText, `42["panic"]`, 1011, "internal error"},
		"close packet":      {websocket.MessageText, "1", 1000, "transport close"},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, Config{MaxPayload: 2000, OnConnect: connect}, func(t *testing.T, w *fixture) {
				p, other := w.connect(), w.connect()
				if err := p.conn.Write(t.Context(), tt.kind, []byte(tt.message)); err != nil {
					t.Fatal(err)
				}
				ce := p.expectClose(tt.status)
				if tt.reason != "" && ce.Reason != tt.reason {
					t.Errorf("reason %q", ce.Reason)
				}
				synctest.Wait()
				other.write("3") // the others are not concerned
				if n := w.srv.Count(); n != 1 {
					t.Errorf("%d sessions", n)
				}
			})
		})
	}
}

func TestWebsocketClosedByClient(t *testing.T) {
	for want, hangUp := range map[string]func(*peer){
		"transport close": func(p *peer) { _ = p.conn.Close(websocket.StatusNormalClosure, "") },
		"transport error": func(p *peer) { _ = p.conn.CloseNow() },
	} {
		var got []string
		run(t, Config{OnConnect: func(k *Socket, _ json.RawMessage) {
			k.OnDisconnect(func(why string) { got = append(got, why) })
		}}, func(t *testing.T, w *fixture) {
			p := w.connect()
			hangUp(p)
			synctest.Wait()
			if n := w.srv.Count(); n != 0 {
				t.Errorf("%d sessions", n)
			}
		})
		if len(got) != 1 || got[0] != want {
			t.Errorf("reasons %q, want %q", got, want)
		}
	}
}

// TestHalfAWebsocket asks for a websocket without the key that belongs to it.
func TestHalfAWebsocket(t *testing.T) {
	run(t, Config{}, func(t *testing.T, w *fixture) {
		sid := w.connectPolling()
		for _, query := range []string{"EIO=4&transport=websocket", "EIO=4&transport=websocket&sid=" + sid} {
			header := http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}}
			a, err := w.do(t.Context(), "GET", query, "", header)
			if err != nil || a.status != 400 {
				t.Errorf("%d %v", a.status, err)
			}
		}
		synctest.Wait()
		if n := w.srv.Count(); n != 1 {
			t.Errorf("%d sessions, only the polling one was to stay", n)
		}
		w.expect(w.post(sid, "3"), 200, "ok")
	})
}

func TestUpgrade(t *testing.T) {
	run(t, Config{OnConnect: echo(t)}, func(t *testing.T, w *fixture) {
		sid := w.connectPolling()
		pending := w.startPoll(sid)
		p := w.dial(sid)
		p.write("2probe")
		p.expect("3probe")
		w.expect(<-pending, 200, "6")

		// Until the client says that it has changed over, polling is what counts.
		w.expect(w.poll(sid), 200, "6")
		w.expect(w.post(sid, `42["say",1]`), 200, "ok")
		w.expect(w.poll(sid), 200, `42["heard",1]`)
		w.expect(w.post(sid, `42["say",2]`), 200, "ok")

		p.write("5")
		p.expect(`42["heard",2]`) // what had not been polled
		p.write(`429["say",3]`)
		p.expect(`42["heard",3]`, `439[1,"thanks"]`)

		// The session is the websocket's now, and for good.
		time.Sleep(20 * time.Second) // longer than UpgradeTimeout
		w.expect(w.poll(sid), 400, `{"code":3,"message":"Bad request"}`)
		w.expect(w.post(sid, `42["say",4]`), 400, `{"code":3,"message":"Bad request"}`)
		w.dial(sid).expectClose(websocket.StatusPolicyViolation)
		p.write(`42["say",5]`)
		p.expect(`42["heard",5]`)
	})
}

// TestUpgradeReleasesLastPoll upgrades without waiting for the poll, as a client may that is in a hurry. What is sent
// from then on must come over the websocket and not get lost in the poll.
func TestUpgradeReleasesLastPoll(t *testing.T) {
	run(t, Config{OnConnect: echo(t)}, func(t *testing.T, w *fixture) {
		sid := w.connectPolling()
		p := w.dial(sid)
		p.write("2probe")
		p.expect("3probe")
		synctest.Wait()
		s := w.only()
		s.mu.Lock()
		s.carrier = polling // so that the poll waits until the very end
		s.mu.Unlock()
		pending := w.startPoll(sid)
		start := time.Now()
		p.write("5")
		w.expect(<-pending, 200, "6")
		p.write(`42["say",1]`)
		p.expect(`42["heard",1]`)
		if took := time.Since(start); took != 0 {
			t.Errorf("took %v", took)
		}
	})
}

func TestUpgradeFails(t *testing.T) {
	for name, try := range map[string]func(*peer){
		"no probe":       func(p *peer) { p.write(`40`); p.expectClose(websocket.StatusProtocolError) },
		"no upgrade":     func(p *peer) { p.write("2probe"); p.expect("3probe"); p.write("4"); p.expectClose(1002) },
		"binary":         func(p *peer) { _ = p.conn.Write(p.w.t.Context(), websocket.MessageBinary, []byte("2probe")) },
		"closed":         func(p *peer) { _ = p.conn.Close(websocket.StatusNormalClosure, "") },
		"cut":            func(p *peer) { p.write("2probe"); p.expect("3probe"); _ = p.conn.CloseNow() },
		"never finished": func(p *peer) { p.write("2probe"); p.expect("3probe"); time.Sleep(10 * time.Second) },
		"second probe": func(p *peer) {
			synctest.Wait() // until the first one has the session
			other := p.w.dial(p.w.only().id)
			other.expectClose(websocket.StatusPolicyViolation)
			_ = p.conn.CloseNow()
		},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, Config{OnConnect: echo(t)}, func(t *testing.T, w *fixture) {
				sid := w.connectPolling()
				try(w.dial(sid))
				synctest.Wait()
				// The session goes on, polling, and another websocket may try.
				pending := w.startPoll(sid)
				w.expect(w.post(sid, `42["say",1]`), 200, "ok")
				w.expect(<-pending, 200, `42["heard",1]`)
				p := w.dial(sid)
				p.write("2probe")
				p.expect("3probe")
				p.write("5")
				p.write(`42["say",2]`)
				p.expect(`42["heard",2]`)
			})
		})
	}
}

// TestCloseWhileProbing closes a session that is neither here nor there.
func TestCloseWhileProbing(t *testing.T) {
	run(t, Config{}, func(t *testing.T, w *fixture) {
		sid := w.connectPolling()
		p := w.dial(sid)
		p.write("2probe")
		p.expect("3probe")
		w.expect(w.post(sid, "1"), 200, "ok")
		p.expectClose(websocket.StatusNormalClosure)
	})
}

func TestHeartbeat(t *testing.T) {
	cfg := Config{PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second}
	run(t, cfg, func(t *testing.T, w *fixture) {
		start := time.Now()
		elapsed := func(want time.Duration) {
			t.Helper()
			if got := time.Since(start); got != want {
				t.Errorf("after %v, want %v", got, want)
			}
		}
		p := w.connect()
		p.expect("2")
		elapsed(25 * time.Second)
		time.Sleep(19 * time.Second) // late, but in time
		p.write("3")
		p.expect("2")
		elapsed(25*time.Second + 19*time.Second + 25*time.Second) // the interval counts from the pong
		p.write("3")
		time.Sleep(5 * time.Second)
		p.write("3") // a pong that nobody asked for changes nothing
		p.expect("2")
		ce := p.expectClose(websocket.StatusPolicyViolation)
		elapsed(25*time.Second + 19*time.Second + 25*time.Second + 25*time.Second + 20*time.Second)
		if ce.Reason != "ping timeout" {
			t.Errorf("reason %q", ce.Reason)
		}
	})
}

func TestHeartbeatPolling(t *testing.T) {
	cfg := Config{PingInterval: 25 * time.Second, PingTimeout: 20 * time.Second}
	run(t, cfg, func(t *testing.T, w *fixture) {
		sid := w.connectPolling()
		for range 3 {
			w.expect(w.poll(sid), 200, "2") // outlasts the timeouts of the http.Server
			w.expect(w.post(sid, "3"), 200, "ok")
		}
		// A client that never comes back is forgotten.
		time.Sleep(5*time.Second - time.Nanosecond)
		synctest.Wait()
		if n := w.srv.Count(); n != 1 {
			t.Errorf("%d sessions before the timeout", n)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if n := w.srv.Count(); n != 0 {
			t.Errorf("%d sessions after the timeout", n)
		}
		w.expect(w.poll(sid), 400, `{"code":1,"message":"Session ID unknown"}`)
	})
}

// TestHTTP2 polls over HTTP/2, where a server's timeout ends a request even while its handler waits. It is the one
// test here with a clock and connections of the real world, which testing/synctest can't have.
func TestHTTP2(t *testing.T) {
	srv, err := New(Config{
		OnConnect:    func(*Socket, json.RawMessage) {},
		Logger:       slog.New(slog.DiscardHandler),
		PingInterval: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewUnstartedServer(srv)
	ts.EnableHTTP2 = true
	ts.Config.ReadTimeout, ts.Config.WriteTimeout = 500*time.Millisecond, 500*time.Millisecond
	ts.StartTLS()
	defer ts.Close()
	defer func() { _ = srv.Shutdown(t.Context()) }()

	get := func(query string) string {
		resp, err := ts.Client().Get(ts.URL + "/socket.io/?" + query)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil || resp.ProtoMajor != 2 {
			t.Fatalf("%s: %v", resp.Proto, err)
		}
		return string(b)
	}
	w := &fixture{t: t}
	sid := w.sid(get("EIO=4&transport=polling"))
	if got := get(pollingQuery(sid)); got != "2" {
		t.Errorf("got %q, want the ping", got)
	}
}
