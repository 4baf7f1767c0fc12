package socketio

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
)

const viewers = 1000

func newServer(b *testing.B) *Server {
	b.Helper()
	srv, err := New(Config{
		Logger:    slog.New(slog.DiscardHandler),
		OnConnect: func(k *Socket, _ json.RawMessage) { _ = k.Join("room") },
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = srv.Shutdown(b.Context()) })
	return srv
}

// BenchmarkBroadcast is one update to 1,000 sockets.
func BenchmarkBroadcast(b *testing.B) {
	// Queued: what the caller of BroadcastLatest waits for. No socket reads, so each update replaces the last one.
	b.Run("queued", func(b *testing.B) {
		srv := newServer(b)
		for range viewers {
			sess, _ := srv.open(new(http.Request), []string{})
			sess.receiveAll(packet{kind: packetMessage, data: []byte{messageConnect}})
		}
		b.ReportAllocs()
		for b.Loop() {
			srv.BroadcastLatest("room", "scores", must(b, "scores", `{"a":12,"b":7,"c":0,"d":3}`))
		}
	})
	// Delivered: until each of 1,000 websockets on the loopback has read it.
	b.Run("delivered", func(b *testing.B) {
		srv := newServer(b)
		update := must(b, "scores", `{"a":12,"b":7,"c":0,"d":3}`)
		var reading, delivered sync.WaitGroup
		vs := connectViewers(b, srv, viewers)
		b.Cleanup(func() {
			for _, v := range vs {
				_ = v.conn.Close()
			}
			reading.Wait()
		})
		for _, v := range vs {
			reading.Go(func() {
				frame := make([]byte, 2+len(update.wire)) // as long as that, a frame has a header of two bytes
				for {
					if _, err := io.ReadFull(v.br, frame); err != nil {
						return
					}
					delivered.Done()
				}
			})
		}
		b.ReportAllocs()
		for b.Loop() {
			delivered.Add(viewers)
			srv.BroadcastLatest("room", "scores", update)
			delivered.Wait()
		}
	})
}

// BenchmarkMemory reports the memory that one connected, idle viewer takes, on the server's side (and a client's TCP
// connection, which is small).
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		srv := newServer(b)
		before := memory()
		vs := connectViewers(b, srv, viewers)
		for _, v := range vs {
			v.br = nil // the client's buffer is not the server's memory
		}
		b.ReportMetric(float64(memory()-before)/viewers, "B/viewer")
		for _, v := range vs {
			_ = v.conn.Close()
		}
	}
}

func memory() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// viewer is a websocket client that costs next to nothing, so that what is measured is the server.
type viewer struct {
	conn net.Conn
	br   *bufio.Reader
}

func connectViewers(b *testing.B, srv *Server, n int) []*viewer {
	b.Helper()
	ts := httptest.NewServer(srv)
	b.Cleanup(ts.Close)
	vs := make([]*viewer, n)
	for i := range vs {
		v, err := connectViewer(strings.TrimPrefix(ts.URL, "http://"))
		if err != nil {
			b.Fatal(err)
		}
		vs[i] = v
	}
	return vs
}

func connectViewer(addr string) (*viewer, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	v := &viewer{conn, bufio.NewReaderSize(conn, 512)}
	_, err = fmt.Fprintf(conn, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\n"+
		"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", addr)
	if err != nil {
		return nil, err
	}
	resp, err := http.ReadResponse(v.br, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		return nil, fmt.Errorf("handshake: %v %w", resp, err)
	}
	if err := v.skip(); err != nil { // the open packet
		return nil, err
	}
	// CONNECT, masked with zeros.
	if _, err := conn.Write([]byte{0x81, 0x80 | 2, 0, 0, 0, 0, packetMessage, messageConnect}); err != nil {
		return nil, err
	}
	return v, v.skip()
}

// skip reads a short frame.
func (v *viewer) skip() error {
	var header [2]byte
	if _, err := io.ReadFull(v.br, header[:]); err != nil {
		return err
	}
	n := int64(header[1])
	if n == 126 {
		if _, err := io.ReadFull(v.br, header[:]); err != nil {
			return err
		}
		n = int64(header[0])<<8 | int64(header[1])
	}
	_, err := io.CopyN(io.Discard, v.br, n)
	return err
}
