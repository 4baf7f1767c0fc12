package socketio

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
)

var (
	// ErrClosed says that the socket has been closed.
	ErrClosed = errors.New("socketio: socket is closed")
	// ErrSlow says that the client does not keep up: its queue was full, and it has been closed.
	ErrSlow = errors.New("socketio: queue is full")
	// ErrTooManyRooms says that the socket is in MaxRooms rooms already.
	ErrTooManyRooms = errors.New("socketio: too many rooms")
)

// Server is an http.Handler that speaks Socket.IO. Mount it at the path where clients look, usually /socket.io/.
type Server struct {
	cfg     Config
	origins origins
	rooms   rooms
	writers writers

	wg sync.WaitGroup // one for each session that is not yet torn down, and one for each goroutine that serves any

	mu       sync.Mutex
	sessions map[string]*session // by id; guarded by mu
	arrivals arrivals            // those of sessions that have not arrived; guarded by mu
	stopping bool                // guarded by mu
}

var _ http.Handler = (*Server)(nil)

// New checks the configuration. It starts nothing: goroutines and timers come with sessions.
func New(cfg Config) (*Server, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	allowed, err := parseOrigins(cfg.AllowedOrigins)
	if err != nil {
		return nil, err
	}
	s := &Server{
		cfg:      cfg,
		origins:  allowed,
		rooms:    rooms{members: make(map[string]map[*Socket]struct{})},
		sessions: make(map[string]*session),
		arrivals: newArrivals(cfg.MaxPending, cfg.MaxPendingPerAddress),
	}
	s.writers.most, s.writers.start = runtime.GOMAXPROCS(0), s.wg.Go
	return s, nil
}

// Count returns the number of open sessions that have arrived, which MaxSockets limits.
func (s *Server) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.countLocked()
}

func (s *Server) countLocked() int { return len(s.sessions) - s.arrivals.len() }

// BroadcastLatest does EmitLatest on all sockets in the room. The packets are shared, not copied.
//
// Of two concurrent calls, or of one and an EmitLatest to a socket that joins, either may count as the newer. A caller
// for whom that matters holds one lock while it determines what is newest and hands it over.
func (s *Server) BroadcastLatest(room, key string, packets ...Packet) {
	if len(packets) == 0 {
		return
	}
	p := newParcel(slices.Clone(packets)...) // the caller may reuse its slice
	s.rooms.each(room, func(k *Socket) { k.session.sendLatest(key, p) })
}

// Shutdown closes all sessions, so that clients look for another server, and waits until OnDisconnect has been called
// for each and all goroutines have ended; a client that does not answer may take 10 seconds. New sessions are refused
// from then on. When ctx ends first, its error is returned. A handler must not call it: it would wait for itself.
//
// Call it before http.Server.Shutdown, which knows nothing of websockets and waits for each pending poll.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.stopping = true
	var open []*session
	for _, sess := range s.sessions {
		open = append(open, sess)
	}
	s.mu.Unlock()

	for _, sess := range open {
		sess.close(reasonShutdown)
	}
	ended := make(chan struct{})
	go func() {
		s.wg.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// open makes a session and registers it. upgrades are the transports that the client may change to; one that is on a
// websocket, and has none, has arrived.
func (s *Server) open(r *http.Request, upgrades []string) (*session, *refusal) {
	known := s.cfg.Know(r) // it may take a while
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping || s.countLocked() >= s.cfg.MaxSockets {
		return nil, refusedUnavailable
	}
	sess := newSession(s, upgrades)
	sess.known = known
	s.sessions[sess.id] = sess
	if len(upgrades) > 0 {
		if oldest := s.arrivals.add(sess, s.cfg.Source(r)); oldest != nil {
			delete(s.sessions, oldest.id)
			oldest.close(reasonCrowded)
		}
	}
	s.wg.Add(1) // until its teardown
	return sess, nil
}

func (s *Server) find(id string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[id]
}

func (s *Server) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sess := s.sessions[id]; sess != nil {
		s.arrivals.remove(sess)
		delete(s.sessions, id)
	}
}

// settle counts a session as arrived, if there is a place left.
func (s *Server) settle(sess *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.arrivals.has(sess) {
		return
	}
	if s.countLocked() >= s.cfg.MaxSockets {
		sess.close(reasonFull)
		return
	}
	s.arrivals.remove(sess)
}

// refusal is an answer that says no, in the form of Engine.IO. A nil one means that the request has been served.
type refusal struct {
	status  int
	Code    int    `json:"code"`
	Message string `json:"message"`
}

var (
	refusedTransport   = &refusal{http.StatusBadRequest, 0, "Transport unknown"}
	refusedSession     = &refusal{http.StatusBadRequest, 1, "Session ID unknown"}
	refusedHandshake   = &refusal{http.StatusBadRequest, 2, "Bad handshake method"}
	refusedRequest     = &refusal{http.StatusBadRequest, 3, "Bad request"}
	refusedOrigin      = &refusal{http.StatusForbidden, 4, "Forbidden"}
	refusedVersion     = &refusal{http.StatusBadRequest, 5, "Unsupported protocol version"}
	refusedUnavailable = &refusal{http.StatusServiceUnavailable, 4, "Service unavailable"}
)

func (no *refusal) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	if no.status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "5")
	}
	w.WriteHeader(no.status)
	_ = json.NewEncoder(w).Encode(no) // the client may be gone
}

// ServeHTTP answers every request of the protocol.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if !s.origins.admit(w, r) {
		refusedOrigin.write(w)
		return
	}
	if r.Method == http.MethodOptions {
		preflight(w, r)
		return
	}
	if no := s.route(w, r); no != nil {
		no.write(w)
	}
}

// route finds who serves the request. A refusal means that nothing has been written yet.
func (s *Server) route(w http.ResponseWriter, r *http.Request) *refusal {
	query := r.URL.Query()
	transport, id := query.Get("transport"), query.Get("sid")
	isWebsocket := transport == "websocket"
	switch {
	case !isWebsocket && transport != "polling":
		return refusedTransport
	case query.Get("EIO") != "4":
		return refusedVersion
	case id == "" && r.Method != http.MethodGet:
		return refusedHandshake
	case isWebsocket && !strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		return refusedRequest
	case id == "" && isWebsocket:
		return s.openWebsocket(w, r)
	case id == "":
		return s.openPolling(w, r)
	}
	sess := s.find(id)
	switch {
	case sess == nil:
		return refusedSession
	case isWebsocket:
		return s.upgrade(w, r, sess)
	case r.Method == http.MethodGet:
		return sess.servePoll(w, r)
	case r.Method == http.MethodPost:
		return sess.servePost(w, r)
	}
	return refusedRequest
}
