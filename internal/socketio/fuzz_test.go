package socketio

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"
)

// What the server of the fuzz targets allows, so little that a client reaches it.
const (
	fuzzedPayload = 4096
	fuzzedQueue   = 8
	fuzzedRooms   = 3
	fuzzedPackets = 100
	// fuzzedMemory is what one client may cost from its first byte to its last: the HTTP server, both ends of the pipe
	// and the session included.
	fuzzedMemory = 4 << 20
)

// attack runs a test in a fixture whose application joins rooms and answers as clients ask, and takes nothing that is
// not within the limits.
func attack(t *testing.T, test func(t *testing.T, w *fixture)) {
	t.Helper()
	handled := 0 // handlers of one client run one after the other
	connect := func(k *Socket, auth json.RawMessage) {
		sound(t, "auth", auth)
		k.On("join", func(args []json.RawMessage, ack func(...any)) {
			handled++
			sound(t, "join", args...)
			joined := true
			for _, room := range args {
				joined = k.Join(string(room)) == nil && joined
			}
			ack(joined)
		})
		k.On("say", func(args []json.RawMessage, ack func(...any)) {
			handled++
			sound(t, "say", args...)
			_ = k.Emit(must(t, "heard", len(args))) // a full queue closes the client
			k.EmitLatest("count", must(t, "count", len(args)))
			ack(len(args))
		})
	}
	before := allocated()
	cfg := Config{OnConnect: connect, MaxPayload: fuzzedPayload, MaxQueue: fuzzedQueue, MaxRooms: fuzzedRooms, MaxPackets: fuzzedPackets}
	run(t, cfg, func(t *testing.T, w *fixture) {
		test(t, w)
		synctest.Wait()
		w.withinLimits()
		if handled > fuzzedPackets {
			t.Errorf("%d events of one client were handled at once", handled)
		}
		if s := w.log.String(); strings.Contains(s, "panic") {
			t.Errorf("a client made this happen:\n%s", s)
		}
		time.Sleep(time.Second) // net/http lingers over a request that it has not read to the end
	})
	if got := allocated() - before; got > fuzzedMemory {
		t.Errorf("one client made the server allocate %d bytes", got)
	}
}

// allocated counts the bytes that were ever allocated.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// sound fails unless what a handler gets is JSON, and no more than a client may send at once.
func sound(t *testing.T, event string, args ...json.RawMessage) {
	size := 0
	for _, a := range args {
		size += len(a)
		if a != nil && (!json.Valid(a) || !utf8.Valid(a)) {
			t.Errorf("%s came with %q", event, a)
		}
	}
	if size > fuzzedPayload {
		t.Errorf("%s came with %d bytes", event, size)
	}
}

// withinLimits looks at what the server keeps for the client.
func (w *fixture) withinLimits() {
	w.t.Helper()
	w.srv.mu.Lock()
	defer w.srv.mu.Unlock()
	for _, s := range w.srv.sessions {
		s.mu.Lock()
		if len(s.out.entries) > fuzzedQueue {
			w.t.Errorf("%d packets wait", len(s.out.entries))
		}
		s.mu.Unlock()
	}
	w.srv.rooms.mu.RLock()
	defer w.srv.rooms.mu.RUnlock()
	if n := len(w.srv.rooms.members); n > fuzzedRooms {
		w.t.Errorf("one client is in %d rooms", n)
	}
}

// FuzzPost sends anything as the body of a POST, to a client that has connected and to one that has not. It is answered
// as the protocol says, and whoever is refused has lost the session.
func FuzzPost(f *testing.F) {
	for _, s := range []string{
		"", "40", "41", "1", "3", `42["say"]`, `421["say",1]`, "42[\"say\"]\x1e42[\"join\",1]", `42["join",1,2,3,4]`, "bAQID", "44{}", "4\xff",
		`40{"token":"x"}`, `40/admin,{}`, "2probe", "5", "6", "\x1e",
	} {
		f.Add(true, uint16(0), []byte(s))
		f.Add(false, uint16(0), []byte(s))
	}
	f.Add(true, uint16(999), []byte("3\x1e"))
	f.Add(true, uint16(40), []byte("42[\"say\"]\x1e"))
	f.Fuzz(func(t *testing.T, connected bool, more uint16, body []byte) {
		payload := string(body) + strings.Repeat(string(body), int(more)%1024)
		attack(t, func(t *testing.T, w *fixture) {
			sid := w.open()
			if connected {
				w.expect(w.post(sid, "40"), 200, "ok")
				w.poll(sid)
			}
			w.answersPost(sid, payload)
		})
	})
}

func (w *fixture) answersPost(sid, payload string) {
	w.t.Helper()
	a := w.post(sid, payload)
	switch {
	case a.status == http.StatusOK && a.body == "ok" && len(payload) <= fuzzedPayload:
		return
	case a.status == http.StatusBadRequest && len(payload) <= fuzzedPayload:
	case a.status == http.StatusRequestEntityTooLarge && len(payload) > fuzzedPayload:
	default:
		w.t.Errorf("%d bytes were answered %d %q", len(payload), a.status, a.body)
	}
	var why struct {
		Code    int
		Message string
	}
	if err := json.Unmarshal([]byte(a.body), &why); err != nil || why.Code != refusedRequest.Code || why.Message == "" {
		w.t.Errorf("the refusal is %q: %v", a.body, err)
	}
	w.expect(w.post(sid, "3"), http.StatusBadRequest, `{"code":1,"message":"Session ID unknown"}`)
}

// FuzzWebsocket sends anything through a websocket, frames and rubbish, and then hangs up. What comes back is frames
// with packets.
func FuzzWebsocket(f *testing.F) {
	for _, s := range []string{
		frame(true, 1, "40") + frame(true, 1, `42["join",1,2,3,4]`) + frame(true, 1, `427["say","x"]`) + frame(true, 1, "3"),
		frame(true, 1, "40") + strings.Repeat(frame(true, 1, `420["say"]`), 20),
		frame(true, 1, "40") + frame(true, 2, "\x01\x02"), frame(false, 1, "4") + frame(true, 9, "ping") + frame(true, 0, "0"),
		frame(true, 8, "\x03\xe8"), frame(true, 8, "\x00"), frame(true, 1, "4\xff"), frame(true, 3, ""), frame(true, 0, "40"), "",
		"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00", "\x81\x0240", "GET / HTTP/1.1\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		attack(t, func(t *testing.T, w *fixture) {
			conn, answers := w.rawWebsocket()
			received := make(chan string, 1)
			go func() { // drained all the while: the pipe holds nothing
				all, _ := io.ReadAll(answers)
				received <- string(all)
			}()
			_, _ = conn.Write(sent) // fails when the server has seen enough
			synctest.Wait()
			w.withinLimits()
			_ = conn.Close()
			readFrames(t, <-received)
		})
	})
}

// rawWebsocket opens a session on a websocket, and leaves all that comes after the handshake to the caller.
func (w *fixture) rawWebsocket() (net.Conn, io.Reader) {
	w.t.Helper()
	conn := w.raw("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: popeye.test\r\nConnection: Upgrade\r\n" +
		"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
	answers := bufio.NewReader(conn)
	resp, err := http.ReadResponse(answers, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		w.t.Fatalf("the handshake was answered %v, %v", resp, err)
	}
	return conn, answers
}

// frame is a client's: masked with zeros, which leave the payload as it is.
func frame(final bool, opcode byte, payload string) string {
	if final {
		opcode |= 0x80
	}
	if n := len(payload); n > 125 {
		return string(append([]byte{opcode, 0x80 | 126}, binary.BigEndian.AppendUint16(nil, uint16(n))...)) + "\x00\x00\x00\x00" + payload
	}
	return string([]byte{opcode, 0x80 | byte(len(payload)), 0, 0, 0, 0}) + payload
}

// readFrames checks what the server has sent: whole frames without a mask, the last one perhaps cut off, with packets
// as text.
func readFrames(t *testing.T, all string) {
	t.Helper()
	for rest := all; len(rest) >= 2; {
		opcode, n := rest[0], int(rest[1])
		rest = rest[2:]
		if n == 126 && len(rest) >= 2 {
			n, rest = int(binary.BigEndian.Uint16([]byte(rest[:2]))), rest[2:]
		}
		if n > len(rest) {
			return
		}
		payload := rest[:n]
		rest = rest[n:]
		if err := checkFrame(opcode, payload); err != nil {
			t.Errorf("%v in %q", err, all)
		}
	}
}

func checkFrame(opcode byte, payload string) error {
	switch opcode {
	case 0x81:
		if _, err := decodePacket([]byte(payload)); err != nil {
			return fmt.Errorf("packet %q: %w", payload, err)
		}
	case 0x88, 0x8a: // close, pong
	default:
		return fmt.Errorf("frame of type %#x", opcode)
	}
	return nil
}
