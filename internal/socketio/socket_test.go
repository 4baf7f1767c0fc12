package socketio

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
)

func TestConnect(t *testing.T) {
	var got []string
	var public string
	run(t, Config{OnConnect: func(k *Socket, auth json.RawMessage) {
		got, public = append(got, string(auth)), k.ID()
		_ = k.Emit(must(t, "message", map[string]string{"text": "Welcome!"}))
		k.EmitLatest("scores", must(t, "scores", `{"a":1}`))
	}}, func(t *testing.T, w *fixture) {
		p := w.dial("")
		sid := w.sid(p.read())
		p.write("40/admin,")
		p.expect(`44/admin,{"message":"Invalid namespace"}`)
		p.write("40/admin")
		p.expect(`44/admin,{"message":"Invalid namespace"}`)
		p.write(`40{"token":"x"}`)
		connected := p.read()
		synctest.Wait()
		if id := connected[len(`40{"sid":"`) : len(connected)-2]; id != public || id == sid || len(id) != 22 {
			t.Errorf("the client's id is %q, the server's %q, the session's %q", id, public, sid)
		}
		p.expect(`42["message",{"text":"Welcome!"}]`, `42["scores","{\"a\":1}"]`)

		// Disconnecting ends the socket, not the session.
		p.write("41")
		p.write("40")
		if s := p.read(); s == connected || !strings.HasPrefix(s, "40") {
			t.Errorf("connected again by %q", s)
		}
		p.expect(`42["message",{"text":"Welcome!"}]`, `42["scores","{\"a\":1}"]`)
		p.write("41")
		if ce := p.expectClose(websocket.StatusPolicyViolation); ce.Reason != "connect timeout" {
			t.Errorf("closed by %q", ce.Reason)
		}
	})
	if diff := cmp.Diff([]string{`{"token":"x"}`, ""}, got); diff != "" {
		t.Errorf("auth (-want +got):\n%s", diff)
	}
}

// TestCallsAreSerial checks that one socket's callbacks come one by one and in order, OnDisconnect last.
func TestCallsAreSerial(t *testing.T) {
	var calls []string // no lock: the race detector checks it too
	run(t, Config{OnConnect: func(k *Socket, _ json.RawMessage) {
		calls = append(calls, "connect")
		k.On("e", func(args []json.RawMessage, _ func(...any)) {
			time.Sleep(time.Second)
			calls = append(calls, string(args[0]))
		})
		k.OnDisconnect(func(why string) { calls = append(calls, why) })
		k.OnDisconnect(func(string) { panic("even so") })
		k.OnDisconnect(func(string) { calls = append(calls, "gone") })
	}}, func(t *testing.T, w *fixture) {
		p := w.connect()
		for i := range 3 {
			p.write(fmt.Sprintf(`42["e",%d]`, i))
		}
		p.write("1")
		p.expectClose(websocket.StatusNormalClosure)
	})
	if diff := cmp.Diff([]string{"connect", "0", "1", "2", "transport close", "gone"}, calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestPanicIsLogged(t *testing.T) {
	run(t, Config{OnConnect: func(*Socket, json.RawMessage) { panic("oh no") }}, func(t *testing.T, w *fixture) {
		p := w.dial("")
		sid := w.sid(p.read())
		p.write("40")
		p.expectClose(websocket.StatusInternalError)
		synctest.Wait()
		log := w.log.String()
		if !strings.Contains(log, "oh no") || !strings.Contains(log, "socket_test.go") {
			t.Errorf("no panic and no stack in the log:\n%s", log)
		}
		if strings.Contains(log, sid) {
			t.Errorf("the session id is in the log:\n%s", log)
		}
	})
}

func TestAck(t *testing.T) {
	var later func(...any)
	run(t, Config{OnConnect: func(k *Socket, _ json.RawMessage) {
		k.On("twice", func(_ []json.RawMessage, ack func(...any)) { ack(1); ack(2) })
		k.On("empty", func(_ []json.RawMessage, ack func(...any)) { ack() })
		k.On("later", func(_ []json.RawMessage, ack func(...any)) { later = ack })
		k.On("broken", func(_ []json.RawMessage, ack func(...any)) { ack(make(chan int)) })
	}}, func(t *testing.T, w *fixture) {
		p := w.connect()
		p.write(`421["later"]`)
		p.write(`422["twice"]`)
		p.write(`42["twice"]`)
		p.write(`423["broken"]`)
		p.write(`424["unknown"]`)
		p.write(`425["empty"]`)
		p.expect(`432[1]`, `435[]`)
		later(map[string]int{"n": 3})
		p.expect(`431[{"n":3}]`)
		p.write("431[]") // an answer to nothing does no harm
		p.write("1")
		p.expectClose(websocket.StatusNormalClosure)
		later() // the client is gone
	})
}

func TestRooms(t *testing.T) {
	run(t, Config{MaxRooms: 2, OnConnect: func(k *Socket, _ json.RawMessage) {
		k.On("join", func(args []json.RawMessage, ack func(...any)) {
			ack(fmt.Sprint(k.Join(string(args[0]))), k.In(string(args[0])))
		})
		k.On("leave", func(args []json.RawMessage, ack func(...any)) {
			k.Leave(string(args[0]))
			ack(k.In(string(args[0])))
		})
	}}, func(t *testing.T, w *fixture) {
		p, q := w.connect(), w.connect()
		p.write(`421["join",1]`)
		p.write(`422["join",2]`)
		p.write(`423["join",2]`)
		p.write(`424["join",3]`)
		p.expect(`431["\u003cnil\u003e",true]`, `432["\u003cnil\u003e",true]`, `433["\u003cnil\u003e",true]`,
			`434["`+ErrTooManyRooms.Error()+`",false]`)
		q.write(`421["join",2]`)
		q.expect(`431["\u003cnil\u003e",true]`)

		w.srv.BroadcastLatest("1", "k", must(t, "one"))
		w.srv.BroadcastLatest("2", "k2", must(t, "two"), must(t, "and", 2))
		w.srv.BroadcastLatest("3", "k", must(t, "three"))
		w.srv.BroadcastLatest("2", "k")
		p.expect(`42["one"]`, `42["two"]`, `42["and",2]`)
		q.expect(`42["two"]`, `42["and",2]`)

		p.write(`425["leave",2]`)
		p.write(`426["leave",3]`)
		p.expect(`435[false]`, `436[false]`)
		w.srv.BroadcastLatest("2", "k", must(t, "two"))
		q.expect(`42["two"]`)
		q.write("41") // leaves all rooms, though the session stays
		synctest.Wait()
		if n := len(w.srv.rooms.members); n != 1 {
			t.Errorf("%d rooms", n)
		}
	})
}

func TestClosedSocket(t *testing.T) {
	var k *Socket
	run(t, Config{OnConnect: func(socket *Socket, _ json.RawMessage) { k = socket }}, func(t *testing.T, w *fixture) {
		p := w.connect()
		p.write("1")
		p.expectClose(websocket.StatusNormalClosure)
		synctest.Wait()
		if err := k.Emit(must(t, "e")); !errors.Is(err, ErrClosed) {
			t.Errorf("Emit: %v", err)
		}
		if err := k.Join("room"); !errors.Is(err, ErrClosed) || k.In("room") {
			t.Errorf("Join: %v", err)
		}
		k.EmitLatest("k", must(t, "e"))
		k.Leave("room")
	})
}

// TestSlowViewer is the promise this package is made for: a viewer that does not read has one pending update, the
// newest, however many there were. The pipe between the two holds nothing, so that every packet is accounted for.
func TestSlowViewer(t *testing.T) {
	const updates = 1000
	update := func(i int) []Packet { return []Packet{must(t, "scores", i), must(t, "tally", i)} }
	onConnect := func(k *Socket, _ json.RawMessage) { _ = k.Join("poll") }

	t.Run("websocket", func(t *testing.T) {
		run(t, Config{OnConnect: onConnect, MaxQueue: 4}, func(t *testing.T, w *fixture) {
			p := w.connect()
			s := w.only()
			for i := range updates {
				w.srv.BroadcastLatest("poll", "poll", update(i)...)
				synctest.Wait() // the server has done all it can
				if n := s.pending(); n > 1 {
					t.Fatalf("%d pending after update %d", n, i)
				}
			}
			// The first was on its way when the viewer got stuck.
			p.expect(`42["scores",0]`, `42["tally",0]`, `42["scores",999]`, `42["tally",999]`)
			p.write(`3`)
			synctest.Wait()
			if n := s.pending(); n != 0 {
				t.Errorf("%d pending in the end", n)
			}
		})
	})
	t.Run("polling", func(t *testing.T) {
		run(t, Config{OnConnect: onConnect, MaxQueue: 4}, func(t *testing.T, w *fixture) {
			sid := w.connectPolling()
			for i := range updates {
				w.srv.BroadcastLatest("poll", "poll", update(i)...)
			}
			if n := w.only().pending(); n != 1 {
				t.Errorf("%d pending", n)
			}
			w.expect(w.poll(sid), 200, "42[\"scores\",999]\x1e42[\"tally\",999]")
		})
	})
}

// TestPacketsAreTheCallers has a caller that goes on using its slice.
func TestPacketsAreTheCallers(t *testing.T) {
	var k *Socket
	run(t, Config{OnConnect: func(socket *Socket, _ json.RawMessage) {
		k = socket
		_ = k.Join("room")
	}}, func(t *testing.T, w *fixture) {
		sid := w.connectPolling()
		packets := []Packet{must(t, "a")}
		w.srv.BroadcastLatest("room", "1", packets...)
		k.EmitLatest("2", packets...)
		packets[0] = must(t, "b")
		w.expect(w.poll(sid), 200, "42[\"a\"]\x1e42[\"a\"]")
	})
}

func (s *session) pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.out.entries)
}

func TestEmitBeforeEmitLatest(t *testing.T) {
	var k *Socket
	run(t, Config{OnConnect: func(socket *Socket, _ json.RawMessage) { k = socket }}, func(t *testing.T, w *fixture) {
		p := w.connect()
		_ = k.Emit(must(t, "blocks"))
		synctest.Wait() // it is on its way now, and nothing overtakes it
		k.EmitLatest("k", must(t, "old"))
		k.EmitLatest("other", must(t, "other"))
		_ = k.Emit(must(t, "message"))
		k.EmitLatest("k", must(t, "new"))
		p.expect(`42["blocks"]`, `42["other"]`, `42["message"]`, `42["new"]`)
	})
}

func TestQueueOverflow(t *testing.T) {
	var k *Socket
	var why string
	onConnect := func(socket *Socket, _ json.RawMessage) {
		k = socket
		k.OnDisconnect(func(s string) { why = s })
		_ = k.Join("room")
	}
	for name, overflow := range map[string]func(*fixture){
		"Emit": func(*fixture) {
			if err := k.Emit(must(t, "e")); !errors.Is(err, ErrSlow) {
				t.Errorf("Emit: %v", err)
			}
			if err := k.Emit(must(t, "e")); !errors.Is(err, ErrClosed) {
				t.Errorf("Emit afterwards: %v", err)
			}
		},
		"EmitLatest": func(*fixture) { k.EmitLatest("k", must(t, "e")) },
		"Broadcast":  func(w *fixture) { w.srv.BroadcastLatest("room", "k", must(t, "e")) },
	} {
		t.Run(name, func(t *testing.T) {
			run(t, Config{OnConnect: onConnect, MaxQueue: 4, WriteTimeout: time.Hour}, func(t *testing.T, w *fixture) {
				w.connect()
				for range 5 { // one of them on its way
					if err := k.Emit(must(t, "e")); err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
				}
				overflow(w)
				synctest.Wait()
				if n := w.srv.Count(); n != 0 || why != "too slow" {
					t.Errorf("%d sessions, reason %q", n, why)
				}
			})
		})
	}
}

func TestWriteTimeout(t *testing.T) {
	var k *Socket
	var why string
	run(t, Config{WriteTimeout: 3 * time.Second, OnConnect: func(socket *Socket, _ json.RawMessage) {
		k = socket
		k.OnDisconnect(func(s string) { why = s })
	}}, func(t *testing.T, w *fixture) {
		p := w.connect()
		time.Sleep(10 * time.Second) // an idle connection is no slow one
		k.EmitLatest("k", must(t, "e"))
		time.Sleep(3*time.Second - time.Nanosecond)
		synctest.Wait()
		if n := w.srv.Count(); n != 1 {
			t.Errorf("%d sessions before the timeout", n)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if n := w.srv.Count(); n != 0 || why != "write timeout" {
			t.Errorf("%d sessions, reason %q", n, why)
		}
		if _, _, err := p.conn.Read(t.Context()); err == nil {
			t.Error("the connection is still open")
		}
	})
}
