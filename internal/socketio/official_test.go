package socketio

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"popeye/internal/testenv"
)

// TestOfficialClient has the official client go through everything an application does with it, over each transport,
// and through a restart of the server.
func TestOfficialClient(t *testing.T) {
	modules := testenv.NodeModules(t, filepath.Join("testdata", "official"))
	for mode, transport := range map[string]string{"polling": "polling", "websocket": "websocket", "upgrade": "websocket"} {
		t.Run(mode, func(t *testing.T) {
			// Not the test's context: that ends before the cleanup, in which the client is to leave by itself.
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			t.Cleanup(cancel)
			server := startOfficial(t, "127.0.0.1:0")
			client := startClient(t, ctx, modules, server.addr, mode)

			client.converse(transport)
			server.srv.BroadcastLatest("lunch", "tally", must(t, "tally", map[string]any{"poll": "Mittag 🥪"}))
			client.expect("tally", `{"poll":"Mittag 🥪"}`)

			server.stop()
			// A client that was between two polls only learns of it by its next one.
			client.expect("disconnect", `"transport close"`, `"transport error"`)
			server = startOfficial(t, server.addr)
			client.converse(transport)
			server.srv.BroadcastLatest("lunch", "tally", must(t, "tally", 2))
			client.expect("tally", `2`)

			client.leave()
			client.expect("disconnect", `"io client disconnect"`)
			select {
			case why := <-server.left:
				if why != "client disconnect" {
					t.Errorf("the server saw %q", why)
				}
			case <-ctx.Done():
				t.Error("the server did not see the client leave")
			}
			server.stop()
		})
	}
}

// official is a server with an application such as the client expects.
type official struct {
	t    *testing.T
	srv  *Server
	http *http.Server
	addr string
	left chan string
	done chan struct{}
}

func startOfficial(t *testing.T, addr string) *official {
	t.Helper()
	o := &official{t: t, left: make(chan string, 10), done: make(chan struct{})}
	srv, err := New(Config{OnConnect: o.connect, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", srv)
	o.srv, o.http, o.addr = srv, &http.Server{Handler: mux}, l.Addr().String()
	go func() {
		defer close(o.done)
		_ = o.http.Serve(l)
	}()
	return o
}

func (o *official) connect(k *Socket, _ json.RawMessage) {
	_ = k.Emit(must(o.t, "message", map[string]string{"text": "Welcome!"}))
	k.EmitLatest("scores", must(o.t, "scores", `{"a":1}`))
	k.On("subscribe", func(args []json.RawMessage, ack func(...any)) {
		var req struct{ Channel string }
		err := json.Unmarshal(args[0], &req)
		ack(err == nil && k.Join(req.Channel) == nil)
	})
	k.On("echo", func(args []json.RawMessage, ack func(...any)) {
		_ = k.Emit(must(o.t, "big", args[0]))
		ack(args) // one argument: a list
	})
	k.OnDisconnect(func(why string) { o.left <- why })
}

func (o *official) stop() {
	ctx, cancel := context.WithTimeout(o.t.Context(), 20*time.Second)
	defer cancel()
	if err := o.srv.Shutdown(ctx); err != nil {
		o.t.Errorf("Shutdown: %v", err)
	}
	if err := o.http.Shutdown(ctx); err != nil {
		o.t.Errorf("http: %v", err)
	}
	<-o.done
}

// script is a running client.mjs.
type script struct {
	t     *testing.T
	lines *bufio.Scanner
	stdin io.Closer
	errs  *bytes.Buffer // read it after the lines have ended
}

func startClient(t *testing.T, ctx context.Context, modules, addr, mode string) *script {
	t.Helper()
	cmd := exec.CommandContext(ctx, "node", filepath.Join("testdata", "official", "client.mjs"), "http://"+addr, mode)
	cmd.Env = append(os.Environ(), "CLIENT_MODULES="+modules)
	c := &script{t: t, errs: new(bytes.Buffer)}
	cmd.Stderr = c.errs
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.lines, c.stdin = bufio.NewScanner(stdout), stdin
	t.Cleanup(func() {
		c.leave()
		if err := cmd.Wait(); err != nil {
			t.Errorf("client: %v\n%s", err, c.errs)
		}
	})
	return c
}

func (c *script) leave() { _ = c.stdin.Close() }

// converse expects what the client says about each connection.
func (c *script) converse(transport string) {
	c.t.Helper()
	c.expect("ready", `["`+transport+`","connect","message Welcome!","scores {\"a\":1}"]`)
	c.expect("ack", "true")
	c.expect("big", "true")
	c.expect("echo", "true")
}

// expect reads one line, about what, with one of the details.
func (c *script) expect(what string, details ...string) {
	c.t.Helper()
	if !c.lines.Scan() {
		c.t.Fatalf("the client has ended, %s %s was expected\n%s", what, details, c.errs)
	}
	for _, detail := range details {
		if c.lines.Text() == fmt.Sprintf(`{"what":%q,"detail":%s}`, what, detail) {
			return
		}
	}
	c.t.Fatalf("the client says %s, want %s %s", c.lines.Text(), what, details)
}

// TestOfficialClientOnASlowLine has it connect through a line on which every byte takes 200 ms each way, as on a bad
// mobile one: it must get in long before it is given up.
func TestOfficialClientOnASlowLine(t *testing.T) {
	const oneWay = 200 * time.Millisecond
	modules := testenv.NodeModules(t, filepath.Join("testdata", "official"))
	for mode, transport := range map[string]string{"polling": "polling", "upgrade": "websocket"} {
		t.Run(mode, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			t.Cleanup(cancel)
			server := startOfficial(t, "127.0.0.1:0")
			line := slowLine(t, server.addr, oneWay)
			client := startClient(t, ctx, modules, line, mode)
			client.converse(transport)
			server.srv.BroadcastLatest("lunch", "tally", must(t, "tally", 1))
			client.expect("tally", `1`)
			client.leave()
			client.expect("disconnect", `"io client disconnect"`)
			server.stop()
		})
	}
}

// slowLine passes connections on to addr, later, and returns where it listens.
func slowLine(t *testing.T, addr string, oneWay time.Duration) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var lines sync.WaitGroup
	lines.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", addr)
			if err != nil {
				_ = near.Close()
				continue
			}
			lines.Go(func() { delayed(near, far, oneWay) })
			lines.Go(func() { delayed(far, near, oneWay) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); lines.Wait() })
	return l.Addr().String()
}

// delayed copies until from ends, each piece after the delay, in order.
func delayed(to, from net.Conn, delay time.Duration) {
	type piece struct {
		bytes []byte
		due   time.Time
	}
	under := make(chan piece, 10_000)
	go func() {
		defer close(under)
		for {
			b := make([]byte, 16<<10)
			n, err := from.Read(b)
			under <- piece{b[:n], time.Now().Add(delay)}
			if err != nil {
				return
			}
		}
	}()
	for p := range under {
		<-time.After(time.Until(p.due))
		_, _ = to.Write(p.bytes) // who is gone needs nothing
	}
	_ = to.Close()
}
