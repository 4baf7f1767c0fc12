package socketio

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
)

func TestShutdown(t *testing.T) {
	var mu sync.Mutex
	var reasons []string // guarded by mu
	run(t, Config{OnConnect: func(k *Socket, _ json.RawMessage) {
		k.OnDisconnect(func(why string) {
			mu.Lock()
			defer mu.Unlock()
			reasons = append(reasons, why)
		})
	}}, func(t *testing.T, w *fixture) {
		ws := w.connect()
		closed := make(chan websocket.CloseError, 1)
		go func() { closed <- ws.expectClose(websocket.StatusGoingAway) }()
		synctest.Wait()
		sid := w.connectPolling()
		pending := w.startPoll(sid)
		idle := w.open()

		start := time.Now()
		if err := w.srv.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("took %v though all clients answered", took)
		}
		<-closed
		w.expect(<-pending, 200, "1")
		w.expect(w.poll(idle), 400, `{"code":1,"message":"Session ID unknown"}`)
		w.expect(w.request("GET", "EIO=4&transport=polling", ""), 503, `{"code":4,"message":"Service unavailable"}`)
	})
	if diff := cmp.Diff([]string{"server shutdown", "server shutdown"}, reasons); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
}

// TestShutdownIsBounded has clients that do not answer and a handler that does not return.
func TestShutdownIsBounded(t *testing.T) {
	run(t, Config{}, func(t *testing.T, w *fixture) {
		w.connect()
		w.connect()
		start := time.Now()
		if err := w.srv.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("took %v", took)
		}
	})
	var leave chan bool // made in the bubble
	run(t, Config{OnConnect: func(*Socket, json.RawMessage) { <-leave }}, func(t *testing.T, w *fixture) {
		leave = make(chan bool)
		p := w.dial("")
		p.read()
		p.write("40")
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := w.srv.Shutdown(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Shutdown: %v", err)
		}
		close(leave)
	})
}

// TestCrowd does everything at once, for the race detector.
func TestCrowd(t *testing.T) {
	run(t, Config{MaxQueue: 1000, OnConnect: func(k *Socket, _ json.RawMessage) {
		_ = k.Join("room")
		k.On("say", func(_ []json.RawMessage, ack func(...any)) { ack() })
		k.On("move", func([]json.RawMessage, func(...any)) { k.Leave("room"); _ = k.Join("room") })
	}}, func(t *testing.T, w *fixture) {
		for i := range 30 {
			p := w.connect()
			go func() {
				for {
					if _, _, err := p.conn.Read(t.Context()); err != nil {
						return
					}
				}
			}()
			go func() {
				for range 20 {
					for _, s := range []string{`421["say"]`, `42["move"]`} {
						if p.conn.Write(t.Context(), websocket.MessageText, []byte(s)) != nil {
							return
						}
					}
				}
				if i%3 == 0 {
					_ = p.conn.CloseNow()
				}
			}()
		}
		for i := range 100 {
			go w.srv.BroadcastLatest("room", "k", must(t, "e", i))
		}
		synctest.Wait()
		if n := w.srv.Count(); n != 20 {
			t.Errorf("%d sessions", n)
		}
	})
}
