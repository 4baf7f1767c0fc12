package wsconn

import (
	"context"
	"net"
	"syscall"

	"github.com/coder/websocket"
)

// wire is the connection below a websocket. Frames of messages come from TryWrite and Write, control frames from
// package websocket by wire.Write; whole keeps each in one piece.
type wire struct {
	net.Conn
	raw syscall.RawConn // nil where writes always wait

	// whole holds a token until what is being written is out, or the connection at its end. It is no mutex, for who
	// waits for it may wait long.
	whole   chan struct{}
	closing bool    // a close frame has gone out, and nothing may follow it; guarded by whole
	attempt attempt // guarded by whole
	tried   func(fd uintptr) bool
}

func newWire(conn net.Conn) *wire {
	w := &wire{Conn: conn, whole: make(chan struct{}, 1)}
	w.tried = w.try // once: each time it would be an allocation
	// TLS has no SyscallConn, since what it writes is not what goes out.
	if c, ok := conn.(syscall.Conn); ok && canTry {
		if raw, err := c.SyscallConn(); err == nil {
			w.raw = raw
		}
	}
	return w
}

func (w *wire) lock()   { w.whole <- struct{}{} }
func (w *wire) unlock() { <-w.whole }

func (w *wire) tryLock() bool {
	select {
	case w.whole <- struct{}{}:
		return true
	default:
		return false
	}
}

// Write writes a control frame, which package websocket hands over in one piece.
func (w *wire) Write(control []byte) (int, error) {
	w.lock()
	defer w.unlock()
	if w.closing {
		return 0, net.ErrClosed
	}
	w.closing = control[0]&opMask == opClose
	return w.Conn.Write(control)
}

// attempt is one try to write: what is left, and why it failed.
type attempt struct {
	rest []byte
	err  error
}

// TryWrite writes frames as far as that goes without waiting for the client. If something is left it returns finish,
// which waits until that is written too: call it once, in any case. Several frames may be given in a row.
func (c *Conn) TryWrite(frames []byte) (finish func() error, err error) {
	w := c.wire
	if w.raw == nil || !w.tryLock() {
		return func() error { return c.Write(frames) }, nil
	}
	if w.closing {
		w.unlock()
		return nil, net.ErrClosed
	}
	w.attempt = attempt{rest: frames}
	if err = w.raw.Write(w.tried); err == nil {
		err = w.attempt.err
	}
	rest := w.attempt.rest
	w.attempt = attempt{}
	if err != nil || len(rest) == 0 {
		w.unlock()
		return nil, err
	}
	return func() error {
		defer w.unlock()
		_, err := w.Conn.Write(rest)
		return err
	}, nil
}

// Write writes frames. It waits for the client; closing the connection ends that.
func (c *Conn) Write(frames []byte) error {
	w := c.wire
	w.lock()
	defer w.unlock()
	if w.closing {
		return net.ErrClosed
	}
	_, err := w.Conn.Write(frames)
	return err
}

// Read reads a message and reports whether it is one of text. It waits until the connection is closed.
func (c *Conn) Read() (message []byte, text bool, err error) {
	kind, message, err := c.Conn.Read(context.Background())
	return message, kind == websocket.MessageText, err
}
