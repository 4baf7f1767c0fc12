package socketio

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// echo answers each event "say" with an event "heard" that has the same arguments.
func echo(t *testing.T) func(*Socket, json.RawMessage) {
	return func(k *Socket, _ json.RawMessage) {
		k.On("say", func(args []json.RawMessage, ack func(...any)) {
			var list []any
			for _, a := range args {
				list = append(list, a)
			}
			if err := k.Emit(must(t, "heard", list...)); err != nil {
				t.Errorf("Emit: %v", err)
			}
			ack(len(args), "thanks")
		})
	}
}

func TestPollingRoundTrip(t *testing.T) {
	run(t, Config{OnConnect: echo(t)}, func(t *testing.T, w *fixture) {
		sid := w.connectPolling()
		pending := w.startPoll(sid)
		w.expect(w.post(sid, `42["say","€",{"a":[1]}]`), 200, "ok")
		w.expect(<-pending, 200, `42["heard","€",{"a":[1]}]`)

		// Several packets either way; what waits is sent at once, in order.
		w.expect(w.post(sid, "421[\"say\"]\x1e42[\"unknown\"]\x1e4222[\"say\",1]"), 200, "ok")
		w.expect(w.poll(sid), 200, "42[\"heard\"]\x1e431[0,\"thanks\"]\x1e42[\"heard\",1]\x1e4322[1,\"thanks\"]")
	})
}

func TestPollingCloseReleasesPoll(t *testing.T) {
	run(t, Config{}, func(t *testing.T, w *fixture) {
		sid := w.connectPolling()
		pending := w.startPoll(sid)
		w.expect(w.post(sid, "1"), 200, "ok")
		w.expect(<-pending, 200, "6")
		w.expect(w.poll(sid), 400, `{"code":1,"message":"Session ID unknown"}`)
	})
}

func TestPollingOverlap(t *testing.T) {
	run(t, Config{}, func(t *testing.T, w *fixture) {
		sid := w.connectPolling()
		first := w.startPoll(sid)
		w.expect(w.poll(sid), 400, `{"code":3,"message":"Bad request"}`)
		w.expect(<-first, 200, "1")
		w.expect(w.poll(sid), 400, `{"code":1,"message":"Session ID unknown"}`)
	})
}

func TestPostOverlap(t *testing.T) {
	var entered, leave chan bool // made in the bubble
	connect := func(k *Socket, _ json.RawMessage) {
		k.On("wait", func([]json.RawMessage, func(...any)) {
			close(entered)
			<-leave
		})
	}
	run(t, Config{OnConnect: connect}, func(t *testing.T, w *fixture) {
		entered, leave = make(chan bool), make(chan bool)
		sid := w.connectPolling()
		first := make(chan answer)
		go func() { first <- w.post(sid, `42["wait"]`) }()
		<-entered
		w.expect(w.post(sid, `3`), 400, `{"code":3,"message":"Bad request"}`)
		close(leave)
		w.expect(<-first, 200, "ok")
		w.expect(w.poll(sid), 400, `{"code":1,"message":"Session ID unknown"}`)
	})
}

func TestPollAbandoned(t *testing.T) {
	reasons := make(chan string, 1)
	run(t, Config{OnConnect: func(k *Socket, _ json.RawMessage) {
		k.OnDisconnect(func(why string) { reasons <- why })
	}}, func(t *testing.T, w *fixture) {
		sid := w.connectPolling()
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _, _ = w.do(ctx, "GET", pollingQuery(sid), "", nil) }()
		synctest.Wait()
		cancel()
		synctest.Wait()
		if n := w.srv.Count(); n != 0 {
			t.Errorf("%d sessions", n)
		}
	})
	if why := <-reasons; why != "transport close" {
		t.Errorf("reason %q", why)
	}
}

// TestPostRefused sends what must end a session. The answer says why, and the poll is let go.
func TestPostRefused(t *testing.T) {
	connect := func(k *Socket, _ json.RawMessage) {
		k.On("panic", func([]json.RawMessage, func(...any)) { panic("secret") })
	}
	for name, tt := range map[string]struct {
		payload, message string
		status           int
	}{
		"no packet":           {"abc", "protocol error", 400},
		"empty":               {"", "protocol error", 400},
		"ping from a client":  {"2", "protocol error", 400},
		"upgrade":             {"5", "protocol error", 400},
		"event of no name":    {"42[]", "protocol error", 400},
		"second connect":      {"40", "protocol error", 400},
		"another namespace":   {`42/admin,["a"]`, "protocol error", 400},
		"connect error":       {"44{}", "protocol error", 400},
		"too many packets":    {strings.Repeat("3\x1e", maxPerPayload) + "3", "protocol error", 400},
		"binary":              {"bAQID", "binary events are not supported", 400},
		"binary event":        {`451-["a",{"_placeholder":true,"num":0}]` + "\x1ebAQID", "binary events are not supported", 400},
		"too large":           {"4" + strings.Repeat("x", 3000), "payload too large", 413},
		"a handler's panic":   {`42["panic"]`, "internal error", 500},
		"after a good packet": {"3\x1e2", "protocol error", 400},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, Config{MaxPayload: 3000, OnConnect: connect}, func(t *testing.T, w *fixture) {
				sid := w.connectPolling()
				pending := w.startPoll(sid)
				a := w.post(sid, tt.payload)
				w.expect(a, tt.status, `{"code":3,"message":"`+tt.message+`"}`)
				w.expect(<-pending, 200, "1")
				w.expect(w.post(sid, "3"), 400, `{"code":1,"message":"Session ID unknown"}`)
			})
		})
	}
}

// TestPostStalls has a client that announces a body and does not send it.
func TestPostStalls(t *testing.T) {
	run(t, Config{WriteTimeout: 5 * time.Second}, func(t *testing.T, w *fixture) {
		sid := w.connectPolling()
		start := time.Now()
		conn := w.raw("POST /socket.io/?" + pollingQuery(sid) + " HTTP/1.1\r\nHost: popeye.test\r\nContent-Length: 100\r\n\r\n42[")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if took := time.Since(start); took != 5*time.Second || resp.StatusCode != 400 {
			t.Errorf("%s after %v", resp.Status, took)
		}
		w.expect(w.poll(sid), 400, `{"code":1,"message":"Session ID unknown"}`)
	})
}

// TestPollStalls has a client that asks for what is there and does not read it.
func TestPollStalls(t *testing.T) {
	run(t, Config{WriteTimeout: 5 * time.Second, OnConnect: echo(t)}, func(t *testing.T, w *fixture) {
		sid := w.connectPolling()
		w.expect(w.post(sid, `42["say","`+strings.Repeat("x", 10_000)+`"]`), 200, "ok")
		w.raw("GET /socket.io/?" + pollingQuery(sid) + " HTTP/1.1\r\nHost: popeye.test\r\n\r\n")
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
	})
}

// TestNotConnected sends, on a new session, what may only follow CONNECT.
func TestNotConnected(t *testing.T) {
	for _, payload := range []string{`42["a"]`, "41", "43[]", "40[]", "4abc"} {
		run(t, Config{}, func(t *testing.T, w *fixture) {
			w.expect(w.post(w.open(), payload), 400, `{"code":3,"message":"protocol error"}`)
		})
	}
}
