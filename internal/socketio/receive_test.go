package socketio

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

// TestFlood sends packets of any kind, more than a client may within a PingInterval.
func TestFlood(t *testing.T) {
	const most = 20
	cfg := Config{MaxPackets: most, PingInterval: 10 * time.Second, PingTimeout: 10 * time.Second}
	for name, packet := range map[string]string{
		"an event": `42["say",1]`, "an event without a handler": `42["nothing"]`, "an acknowledgement": `431[]`,
		"another namespace": `40/admin,`, "a pong": "3",
	} {
		t.Run(name, func(t *testing.T) {
			cfg := cfg
			cfg.OnConnect = echo(t)
			run(t, cfg, func(t *testing.T, w *fixture) {
				p, sid := w.connect(), w.connectPolling()
				for range most - 1 { // CONNECT was the first
					p.write(packet)
				}
				w.expect(w.post(sid, strings.Repeat(packet+"\x1e", most-2)+packet), 200, "ok")
				synctest.Wait()
				if n := w.srv.Count(); n != 2 {
					t.Errorf("%d sessions, though none was at its limit", n)
				}
				w.expect(w.post(sid, packet), 400, `{"code":3,"message":"too many packets"}`)
				p.write(packet)
				if ce := p.expectClose(websocket.StatusPolicyViolation); ce.Reason != "too many packets" {
					t.Errorf("reason %q", ce.Reason)
				}
			})
		})
	}
	cfg.OnConnect = echo(t)
	run(t, cfg, func(t *testing.T, w *fixture) {
		p := w.connect()
		for range 100 { // in time, any number
			for range most / 4 {
				p.write(`42["nothing"]`)
			}
			p.expect("2")
			p.write("3")
			time.Sleep(time.Second)
		}
		if n := w.srv.Count(); n != 1 {
			t.Errorf("%d sessions", n)
		}
	})
}
