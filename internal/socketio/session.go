package socketio

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"popeye/internal/socketio/wsconn"
)

// session is one Engine.IO session: the connection of one client, whatever carries it. It outlives single requests
// and the change from polling to websocket; it does not outlive the server.
//
// It has no goroutine of its own while polling, one while on a websocket (read), one more while that takes nothing
// without waiting (writeSlowly), and one short one at its end (teardown). Its timers only take mu.
//
// Locks are taken in this order: inbound, then Server.mu or rooms.mu, then mu.
type session struct {
	srv *Server
	id  string // the secret by which requests find the session: never logged, never shown to the application

	// inbound is held while packets of the client are handled, and so makes all calls of handlers serial.
	inbound sync.Mutex
	known   any           // of whoever opened it; set once, before the first packet
	socket  *Socket       // guarded by inbound; nil before CONNECT and after DISCONNECT
	packets *rate.Limiter // of the client

	done chan struct{} // closed when the session is

	mu        sync.Mutex // guards all that follows
	ended     *reason    // set once, together with the closing of done
	out       outbox
	carrier   carrier
	conn      *wsconn.Conn  // nil while polling; set from the moment that a websocket asks to take over
	writing   bool          // to the websocket: the writers have the session, or writeSlowly does
	pollWake  chan struct{} // of the poll that waits; nil when none does
	posting   bool          // a POST is being read or handled
	pinged    bool          // a ping is out, and the heartbeat timer now measures PingTimeout
	heartbeat *time.Timer
	connect   *time.Timer // runs while there is no socket
	connected bool        // there was a socket once
	absent    *time.Timer // runs while the client has neither a poll nor a websocket in hand
}

// carrier is what carries the packets to the client at the moment.
type carrier int

const (
	polling     carrier = iota
	probing             // polling still, but no poll is kept waiting: the client upgrades when its last one has returned
	onWebsocket         // a websocket, for good
)

// wakeDepth is the buffer of a wake channel. One signal says it all: whoever wakes looks at everything.
const wakeDepth = 1

// newSession makes a session with its timers running and its handshake waiting to be sent. upgrades is not nil, for
// clients expect a list.
func newSession(srv *Server, upgrades []string) *session {
	s := &session{
		srv:  srv,
		id:   newID(),
		done: make(chan struct{}),
		out:  outbox{limit: srv.cfg.MaxQueue},
		// so many at once, and as many again within each PingInterval
		packets: rate.NewLimiter(rate.Every(srv.cfg.PingInterval/time.Duration(srv.cfg.MaxPackets)), srv.cfg.MaxPackets),
	}
	s.mu.Lock() // the timers may fire before their fields are set
	defer s.mu.Unlock()
	s.out.push(openPacket(s.id, upgrades, srv.cfg))
	s.heartbeat = time.AfterFunc(srv.cfg.PingInterval, s.beat)
	s.connect = time.AfterFunc(srv.cfg.ConnectTimeout, s.connectTimedOut)
	s.absent = time.AfterFunc(srv.cfg.PollTimeout, s.pollTimedOut)
	if len(upgrades) == 0 {
		s.absent.Stop() // a websocket brings it
	}
	return s
}

// newID returns 128 random bits.
func newID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// openPacket encodes the handshake.
func openPacket(id string, upgrades []string, cfg Config) Packet {
	handshake, err := json.Marshal(struct {
		SID          string   `json:"sid"`
		Upgrades     []string `json:"upgrades"`
		PingInterval int64    `json:"pingInterval"`
		PingTimeout  int64    `json:"pingTimeout"`
		MaxPayload   int64    `json:"maxPayload"`
	}{id, upgrades, cfg.PingInterval.Milliseconds(), cfg.PingTimeout.Milliseconds(), cfg.MaxPayload})
	if err != nil {
		panic(err) // strings and numbers
	}
	return control(packetOpen, string(handshake))
}

// send queues a plain packet. A client that has let its queue fill up is closed.
func (s *session) send(p Packet) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended != nil {
		return ErrClosed
	}
	if !s.out.push(p) {
		s.closeLocked(reasonSlow)
		return ErrSlow
	}
	s.wakeLocked()
	return nil
}

// sendLatest queues an update in the place of an unsent older one.
func (s *session) sendLatest(key string, p *parcel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended != nil {
		return
	}
	if !s.out.replace(key, p) {
		s.closeLocked(reasonSlow)
		return
	}
	s.wakeLocked()
}

// wakeLocked tells whoever writes to the client that the outbox or the carrier has changed: while an upgrade completes,
// a last poll still waits beside the websocket, and neither may miss it.
func (s *session) wakeLocked() {
	select {
	case s.pollWake <- struct{}{}:
	default: // nobody there (nil), or told already
	}
	if s.carrier == onWebsocket && !s.writing && !s.out.isEmpty() {
		s.writing = true
		s.srv.writers.add(s)
	}
}

// beat is called by the heartbeat timer: after PingInterval it sends a ping, after PingTimeout more it gives up.
func (s *session) beat() {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended != nil:
	case s.pinged:
		s.closeLocked(reasonPingTimeout)
	default:
		s.pinged, s.out.ping = true, true
		s.heartbeat.Reset(s.srv.cfg.PingTimeout)
		s.wakeLocked()
	}
}

// pong is the client's answer to a ping: the next interval begins.
func (s *session) pong() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended == nil && s.pinged {
		s.pinged = false
		s.heartbeat.Reset(s.srv.cfg.PingInterval)
	}
}

func (s *session) connectTimedOut() { s.close(reasonConnectTimeout) }

// expectConnect says whether the client is to send a CONNECT packet within ConnectTimeout, or has done so.
func (s *session) expectConnect(expect bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended != nil:
	case expect:
		s.connect.Reset(s.srv.cfg.ConnectTimeout)
	default:
		s.connected = true
		s.connect.Stop()
	}
}

// expectPollLocked says that the client has no poll in hand now, and is to bring one.
func (s *session) expectPollLocked() {
	if s.ended == nil && s.carrier != onWebsocket {
		s.absent.Reset(s.srv.cfg.PollTimeout)
	}
}

func (s *session) pollTimedOut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pollWake == nil && s.conn == nil { // else it came a moment ago, or the client is about to upgrade
		s.closeLocked(reasonPollTimeout)
	}
}

// settleIfArrived makes the session one that counts: connected, and with something that carries packets to it.
func (s *session) settleIfArrived() {
	s.mu.Lock()
	arrived := s.ended == nil && s.connected && (s.pollWake != nil || s.carrier == onWebsocket)
	s.mu.Unlock()
	if arrived {
		s.srv.settle(s)
	}
}

// close ends the session; the first reason counts. It never waits, so it may be called from anywhere.
func (s *session) close(why *reason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closeLocked(why)
}

func (s *session) closeLocked(why *reason) {
	if s.ended != nil {
		return
	}
	s.ended = why
	s.heartbeat.Stop()
	s.connect.Stop()
	s.absent.Stop()
	s.out = outbox{}
	close(s.done)
	go s.teardown(why, s.conn)
}

// teardown does the slow part of closing. Server.wg has counted it since the session was opened.
func (s *session) teardown(why *reason, conn *wsconn.Conn) {
	defer s.srv.wg.Done()
	s.srv.forget(s.id)
	if conn != nil {
		// Beside the rest, as each may have to wait: this for the client's answer, that for a handler.
		s.srv.wg.Go(func() { hangUp(conn, why) })
	}
	s.inbound.Lock()
	defer s.inbound.Unlock()
	s.leave(why)
	s.srv.cfg.Logger.Debug("session closed", "reason", why.text)
}

// hangUp closes the connection and so ends its goroutines. The client may already have closed it.
func hangUp(conn *wsconn.Conn, why *reason) {
	if why.status == 0 {
		_ = conn.CloseNow()
		return
	}
	_ = conn.Close(why.status, why.text)
}

// leave ends the Socket.IO socket, if there is one. inbound is held.
func (s *session) leave(why *reason) {
	if k := s.socket; k != nil {
		s.socket = nil
		k.disconnected(why.text)
	}
}
