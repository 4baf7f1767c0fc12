package wsconn

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve returns the address of a server, and where its websockets come out.
func serve(t *testing.T) (addr string, accepted <-chan *Conn) {
	t.Helper()
	conns := make(chan *Conn, 1)
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := Accept(w, r); err == nil {
			conns <- c
		}
	}))
	t.Cleanup(ts.Close)
	return strings.TrimPrefix(ts.URL, "http://"), conns
}

// pair returns both ends of a websocket.
func pair(t *testing.T) (*Conn, *websocket.Conn) {
	t.Helper()
	addr, accepted := serve(t)
	client, _, err := websocket.Dial(t.Context(), "ws://"+addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	client.SetReadLimit(-1)
	server := <-accepted
	t.Cleanup(func() { _ = client.CloseNow(); _ = server.CloseNow() })
	return server, client
}

func TestFramesOfEveryLength(t *testing.T) {
	server, client := pair(t)
	for _, n := range []int{0, 1, 125, 126, 127, 65535, 65536, 200_000} {
		text := strings.Repeat("x", n)
		written := make(chan error, 1)
		go func() { written <- server.Write(Frame(text)) }()
		kind, got, err := client.Read(t.Context())
		if err != nil || kind != websocket.MessageText || string(got) != text {
			t.Errorf("%d bytes: %v %d bytes, %v", n, kind, len(got), err)
		}
		if err := <-written; err != nil {
			t.Error(err)
		}
	}
}

// fill writes to a client that does not read until TryWrite would have to wait, and returns the rest.
func fill(t *testing.T, c *Conn) (n int, finish func() error) {
	t.Helper()
	for finish == nil {
		var err error
		if finish, err = c.TryWrite(Frame(fmt.Sprintf("%d:%s", n, strings.Repeat("x", 50_000)))); err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n, finish
}

// A frame that is out in part holds up what comes behind it, and nothing gets into it: neither the answer to a ping nor
// the next frame.
func TestTryWriteKeepsFramesWholeAndInOrder(t *testing.T) {
	server, client := pair(t)
	n, finish := fill(t, server)
	behind, err := server.TryWrite(Frame("behind"))
	if err != nil || behind == nil {
		t.Fatalf("a frame got past one that is half written (%v)", err)
	}
	written := make(chan error, 2)
	go func() { written <- finish() }()
	go func() { written <- behind() }()
	go func() { _, _, _ = server.Read() }() // answers the ping, until the connection ends
	ponged := make(chan error, 1)
	go func() { ponged <- client.Ping(t.Context()) }()

	seen := map[string]bool{}
	for range n + 1 {
		_, got, err := client.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		head, rest, _ := strings.Cut(string(got), ":")
		if head != "behind" && len(rest) != 50_000 {
			t.Errorf("frame %s has %d bytes", head, len(rest))
		}
		if want := fmt.Sprint(len(seen)); head != want && head != "behind" {
			t.Errorf("frame %s came when %s was due", head, want)
		}
		seen[head] = true
	}
	for range 2 {
		if err := <-written; err != nil {
			t.Error(err)
		}
	}
	go func() { _, _, _ = client.Read(t.Context()) }() // the pong
	if err := <-ponged; err != nil || !seen["behind"] {
		t.Errorf("ping: %v; frames: %d", err, len(seen))
	}
}

func TestClosingEndsAWriteThatWaits(t *testing.T) {
	server, _ := pair(t)
	_, finish := fill(t, server)
	written := make(chan error, 1)
	go func() { written <- finish() }()
	if err := server.CloseNow(); err != nil {
		t.Fatal(err)
	}
	if err := <-written; !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
	if finish, err := server.TryWrite(Frame("x")); err == nil && (finish == nil || finish() == nil) {
		t.Error("a closed connection was written to")
	}
}

func TestNothingFollowsACloseFrame(t *testing.T) {
	server, client := pair(t)
	closed := make(chan error, 1)
	go func() { closed <- server.Close(websocket.StatusGoingAway, "bye") }()
	conn := server.wire
	for closing := false; !closing; { // until the close frame is out; the client has not answered yet
		conn.lock()
		closing = conn.closing
		conn.unlock()
	}
	if err := server.Write(Frame("late")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Write: %v", err)
	}
	if finish, err := server.TryWrite(Frame("late")); err == nil && (finish == nil || finish() == nil) {
		t.Error("TryWrite wrote after the close frame")
	}
	if _, _, err := client.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("the client got %v", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// A client may send its first frame together with the request.
func TestWhatComesWithTheRequestIsRead(t *testing.T) {
	addr, accepted := serve(t)
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	early := strings.Repeat("e", 3000) // longer than our buffer
	var b strings.Builder
	fmt.Fprintf(&b, "GET / HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", addr)
	b.Write([]byte{finalText, 0x80 | 126, byte(len(early) >> 8), byte(len(early) & 0xff), 0, 0, 0, 0}) // masked with zeros
	b.WriteString(early)
	b.Write([]byte{finalText, 0x80 | 2, 0, 0, 0, 0, 'o', 'k'})
	if _, err := io.WriteString(conn, b.String()); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v %v", resp, err)
	}
	server := <-accepted
	defer func() { _ = server.CloseNow() }()
	for _, want := range []string{early, "ok"} {
		if got, text, err := server.Read(); err != nil || !text || string(got) != want {
			t.Fatalf("got %d bytes, %v, %v", len(got), text, err)
		}
	}
}
