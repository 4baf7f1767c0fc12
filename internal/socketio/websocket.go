package socketio

import (
	"errors"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"popeye/internal/socketio/wsconn"
)

// openWebsocket opens a session that is on a websocket from the start.
func (s *Server) openWebsocket(w http.ResponseWriter, r *http.Request) *refusal {
	sess, no := s.open(r, []string{})
	if no != nil {
		return no
	}
	conn, err := s.accept(w, r)
	if err != nil {
		sess.close(reasonTransportError)
		return nil
	}
	if !sess.startReading(conn, sess.run) {
		_ = conn.CloseNow()
	}
	return nil
}

// upgrade lets a websocket take over a polling session.
func (s *Server) upgrade(w http.ResponseWriter, r *http.Request, sess *session) *refusal {
	conn, err := s.accept(w, r)
	if err != nil {
		return nil
	}
	if !sess.startReading(conn, sess.runUpgrade) {
		_ = conn.Close(websocket.StatusPolicyViolation, "the session can't be upgraded")
	}
	return nil
}

// accept makes the request a websocket. On an error it has answered. The HTTP handler returns after that, which frees
// what net/http holds for a request; from then on the session owns the connection.
func (s *Server) accept(w http.ResponseWriter, r *http.Request) (*wsconn.Conn, error) {
	conn, err := wsconn.Accept(w, r) // ServeHTTP has checked the origin
	if err != nil {
		s.cfg.Logger.Debug("websocket refused", "error", err)
		return nil, err
	}
	conn.SetReadLimit(s.cfg.MaxPayload)
	return conn, nil
}

// startReading gives the session its websocket and starts the goroutine that reads from it. It reports false when the
// session has one, or has ended. From here on, closing the session closes conn.
func (s *session) startReading(conn *wsconn.Conn, read func(*wsconn.Conn)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended != nil || s.conn != nil {
		return false
	}
	s.conn = conn
	s.srv.wg.Go(func() { read(conn) })
	return true
}

// run makes conn what carries the session, and reads from it to the end. It is the read goroutine.
func (s *session) run(conn *wsconn.Conn) {
	if !s.takeOver() {
		return
	}
	s.settleIfArrived()
	s.close(s.read(conn))
}

// takeOver moves the session from polling to its websocket. A poll that still waits is let go.
func (s *session) takeOver() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended != nil {
		return false
	}
	s.carrier = onWebsocket
	s.absent.Stop()
	s.wakeLocked()
	return true
}

// runUpgrade probes a websocket while the session goes on polling, and then moves the session to it. When the probe
// fails, the session goes on as if nothing had happened.
func (s *session) runUpgrade(conn *wsconn.Conn) {
	timeout := time.AfterFunc(s.srv.cfg.UpgradeTimeout, func() { _ = conn.CloseNow() })
	ok := s.probe(conn)
	timeout.Stop()
	if ok {
		s.run(conn)
		return
	}
	s.dropProbe()
	_ = conn.Close(websocket.StatusProtocolError, "upgrade failed")
}

// probe goes through the upgrade: ping, pong, and the client's word that its last poll has returned.
func (s *session) probe(conn *wsconn.Conn) bool {
	if !expect(conn, packetPing, "probe") {
		return false
	}
	if conn.Write(probeAnswer.frame) != nil {
		return false
	}
	s.mu.Lock()
	s.carrier = probing
	s.wakeLocked()
	s.mu.Unlock()
	return expect(conn, packetUpgrade, "")
}

func (s *session) dropProbe() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.carrier, s.conn = polling, nil
	s.expectPollLocked()
}

// expect reads one packet and reports whether it is the one expected.
func expect(conn *wsconn.Conn, kind byte, data string) bool {
	p, err := readPacket(conn)
	return err == nil && p.kind == kind && string(p.data) == data
}

// read handles the packets of the client until the session is to end, and returns the reason. It has no timeout: that
// is the heartbeat's business, and closing the session unblocks it.
func (s *session) read(conn *wsconn.Conn) *reason {
	for {
		p, err := readPacket(conn)
		switch {
		case errors.Is(err, errMalformed):
			return reasonProtocol
		case errors.Is(err, websocket.ErrMessageTooBig):
			return reasonTooLarge
		case websocket.CloseStatus(err) != -1:
			return reasonTransportClose
		case err != nil:
			return reasonTransportError
		}
		if why := s.receiveElsewhere(p); why != nil {
			return why
		}
	}
}

// receiveElsewhere does receiveAll in a goroutine of its own, and waits for it. The read goroutine waits for most of its
// life, and a stack that has grown for one packet hardly shrinks: 8 kB for each viewer, in place of 4.
func (s *session) receiveElsewhere(p packet) *reason {
	received := make(chan *reason, 1)
	go func() { received <- s.receiveAll(p) }()
	return <-received
}

func readPacket(conn *wsconn.Conn) (packet, error) {
	data, isText, err := conn.Read()
	if err != nil {
		return packet{}, err
	}
	if !isText {
		return packet{kind: packetMessage, binary: true}, nil
	}
	return decodePacket(data)
}
