package socketio

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// openPolling opens a session over HTTP long-polling. The handshake is what its first poll brings.
func (s *Server) openPolling(w http.ResponseWriter, r *http.Request) *refusal {
	sess, no := s.open(r, []string{"websocket"})
	if no != nil {
		return no
	}
	return sess.servePoll(w, r)
}

// servePoll answers a GET as soon as there is something to send.
func (s *session) servePoll(w http.ResponseWriter, r *http.Request) *refusal {
	wake := make(chan struct{}, wakeDepth)
	if no := s.beginPoll(wake); no != nil {
		return no
	}
	s.settleIfArrived()
	setDeadlines(w, 0, 0)
	packets := s.awaitPackets(r.Context(), wake)
	if packets == nil {
		return nil // nobody to answer
	}
	setDeadlines(w, 0, s.srv.cfg.WriteTimeout)
	if err := writeText(w, encodePayload(packets)); err != nil {
		s.close(reasonTransportError) // what was taken from the outbox is lost
	}
	return nil
}

// setDeadlines replaces the timeouts of the http.Server, which a poll or a slow handler may well outlast (HTTP/2 ends a
// request at its deadline even while the handler waits). 0 is none. A ResponseWriter without deadlines needs none.
func setDeadlines(w http.ResponseWriter, read, write time.Duration) {
	at := func(timeout time.Duration) time.Time {
		if timeout == 0 {
			return time.Time{}
		}
		return time.Now().Add(timeout)
	}
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(at(read))
	_ = c.SetWriteDeadline(at(write))
}

// beginPoll makes this poll the one that waits. There may be only one: of two, nobody could say in which order their
// packets arrive.
func (s *session) beginPoll(wake chan struct{}) *refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended != nil:
		return refusedSession
	case s.carrier == onWebsocket:
		return refusedRequest
	case s.pollWake != nil:
		s.closeLocked(reasonOverlap)
		return refusedRequest
	}
	s.pollWake = wake
	s.absent.Stop()
	return nil
}

// awaitPackets waits for something to answer the poll with. It returns nil when the client has gone away.
func (s *session) awaitPackets(ctx context.Context, wake <-chan struct{}) []Packet {
	for {
		if packets := s.pollPackets(); packets != nil {
			return packets
		}
		select {
		case <-wake:
		case <-s.done:
		case <-ctx.Done():
			s.close(reasonTransportClose)
			return nil
		}
	}
}

// pollPackets returns what the poll is to be answered with, and ends it; nil while it has to wait.
func (s *session) pollPackets() []Packet {
	s.mu.Lock()
	defer s.mu.Unlock()
	var packets []Packet
	switch {
	case s.ended == reasonTransportClose:
		packets = noopPackets // the client has closed: it only wants its poll back
	case s.ended != nil:
		packets = closePackets
	case s.carrier == onWebsocket:
		packets = noopPackets // the outbox is the write goroutine's now
	default:
		packets = s.out.all()
		if packets == nil && s.carrier == probing {
			packets = noopPackets // the client upgrades once its poll has returned
		}
	}
	if packets != nil {
		// Before the response is written: the client may send its next poll before this handler runs again.
		s.pollWake = nil
		s.expectPollLocked()
	}
	return packets
}

// servePost handles the packets of a POST, in order, and then answers.
func (s *session) servePost(w http.ResponseWriter, r *http.Request) *refusal {
	if no := s.beginPost(); no != nil {
		return no
	}
	why := s.receivePost(w, r)
	s.endPost() // before the answer, after which the next POST may come at once
	if why != nil {
		s.close(why)
		if why != reasonTransportClose {
			return why.refusal()
		}
	}
	_ = writeText(w, []byte("ok")) // the packets are handled, whether the client learns of it or not
	return nil
}

// beginPost claims the session for this POST. As with polls, two at once would have no order.
func (s *session) beginPost() *refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.ended != nil:
		return refusedSession
	case s.carrier == onWebsocket:
		return refusedRequest
	case s.posting:
		s.closeLocked(reasonOverlap)
		return refusedRequest
	}
	s.posting = true
	return nil
}

func (s *session) endPost() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posting = false
}

// receivePost reads and handles the packets. A reason means that the session is to be closed.
func (s *session) receivePost(w http.ResponseWriter, r *http.Request) *reason {
	setDeadlines(w, s.srv.cfg.WriteTimeout, 0)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.srv.cfg.MaxPayload))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return reasonTooLarge
	case err != nil:
		return reasonTransportError // the deadline stays, for net/http tries to read the rest
	}
	setDeadlines(w, 0, 0) // a handler may take its time
	packets, err := decodePayload(body)
	if err != nil {
		return reasonProtocol
	}
	return s.receiveAll(packets...)
}

// refusal is the answer to the POST that made the session end.
func (why *reason) refusal() *refusal {
	no := &refusal{http.StatusBadRequest, refusedRequest.Code, why.text}
	switch why {
	case reasonTooLarge:
		no.status = http.StatusRequestEntityTooLarge
	case reasonPanic:
		no.status = http.StatusInternalServerError
	}
	return no
}

func writeText(w http.ResponseWriter, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=UTF-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, err := w.Write(body)
	return err
}
