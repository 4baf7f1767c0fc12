// Package wsconn is a server's end of a websocket, made for writing the same to very many: an HTTP request comes in at
// Accept, and so do frames, which are made once (Frame) and shared by all connections; bytes for the client leave.
//
// Reading, pings and the closing handshake are package websocket's. It would copy each message into a buffer of each
// connection; here a frame goes from where it was made to the kernel, without a copy, and no connection keeps buffers
// for more than its control frames.
//
//   - wsconn.go: Frame, Accept
//   - write.go: TryWrite and Write; try_unix.go, try_other.go: how not to wait
package wsconn

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"net"
	"net/http"

	"github.com/coder/websocket"
)

const (
	finalText = 0x81 // a whole message of text
	opClose   = 0x08
	opMask    = 0x0f

	// A frame from a client is short as a rule. A longer one is read past the buffer.
	readBuffer = 128
	// controlBuffer holds any control frame, so that each leaves in one piece: a header of 2 bytes and at most 125.
	controlBuffer = 128
)

// Frame returns a message of text as it goes on the wire. The text is the tail of the frame.
func Frame(text string) (frame []byte) {
	n := len(text)
	frame = make([]byte, 0, n+10)
	frame = append(frame, finalText)
	switch {
	case n < 126:
		frame = append(frame, byte(n))
	case n <= math.MaxUint16:
		frame = binary.BigEndian.AppendUint16(append(frame, 126), uint16(n))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, 127), uint64(n))
	}
	return append(frame, text...)
}

// Conn is a websocket. Its Write is this package's; all else is that of websocket.Conn.
type Conn struct {
	*websocket.Conn
	wire *wire
}

// Accept makes the request a websocket, whatever its origin: the caller has looked at that. On an error it has
// answered.
func Accept(w http.ResponseWriter, r *http.Request) (*Conn, error) {
	h := &hijacker{ResponseWriter: w}
	conn, err := websocket.Accept(h, r, &websocket.AcceptOptions{
		InsecureSkipVerify: true,
		CompressionMode:    websocket.CompressionDisabled,
	})
	if err != nil {
		return nil, err
	}
	return &Conn{Conn: conn, wire: h.wire}, nil
}

// hijacker hands package websocket a connection that we can write to beside it, and small buffers: net/http's two of
// 4 KiB would be most of what an idle viewer costs.
type hijacker struct {
	http.ResponseWriter
	wire *wire
}

// Hijack implements http.Hijacker.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.wire = newWire(conn)
	early, err := rw.Peek(rw.Reader.Buffered()) // a client in a hurry has sent more than the request
	if err != nil {
		return nil, nil, err
	}
	r := bufio.NewReaderSize(h.wire, max(readBuffer, len(early)))
	if len(early) > 0 {
		r.Reset(io.MultiReader(bytes.NewReader(bytes.Clone(early)), h.wire))
		if _, err := r.Peek(len(early)); err != nil {
			return nil, nil, err
		}
	}
	return h.wire, bufio.NewReadWriter(r, bufio.NewWriterSize(h.wire, controlBuffer)), nil
}
