package socketio

import (
	"runtime"
	"sync"
	"time"

	"popeye/internal/socketio/wsconn"
)

// sliceOfWrites is how many clients a writer writes to before it lets others have the processor: whoever votes while
// ten thousand are told of an update waits for a slice, and not for all of them.
const sliceOfWrites = 16

// writers write to websockets what waits in their outboxes: as many goroutines as there are processors, and none while
// nothing waits. Sessions are served in the order in which they came, one entry each, so nobody who has much to get
// holds up others. Nor does a client that takes nothing: writers never wait for one.
type writers struct {
	most  int
	start func(func())

	mu      sync.Mutex
	waiting []*session // from first on, the oldest first; the same session never twice
	first   int
	busy    int // goroutines
}

// add takes a session in that has something in its outbox. Its mu is held, and it has not ended.
func (w *writers) add(s *session) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting = append(w.waiting, s)
	if w.busy < w.most {
		w.busy++
		w.start(w.run)
	}
}

func (w *writers) run() {
	var slice [sliceOfWrites]*session
	for {
		n := w.take(&slice)
		if n == 0 {
			return
		}
		for _, s := range slice[:n] {
			s.write()
		}
		clear(slice[:n])
		runtime.Gosched()
	}
}

// take takes the next sessions, and leaves some for other writers. With 0 the writer is not counted any more.
func (w *writers) take(slice *[sliceOfWrites]*session) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	left := len(w.waiting) - w.first
	n := copy(slice[:min(len(slice), (left+w.busy-1)/w.busy)], w.waiting[w.first:])
	clear(w.waiting[w.first : w.first+n])
	if w.first += n; w.first == len(w.waiting) {
		w.waiting, w.first = w.waiting[:0], 0
	}
	if n == 0 {
		w.busy--
	}
	return n
}

// write sends the next entry of the outbox: one at a time, so that all others can still be replaced by newer ones
// while this one is on its way. It never waits.
func (s *session) write() {
	conn, p := s.nextParcel()
	if p == nil {
		return
	}
	switch finish, err := conn.TryWrite(p.frames); {
	case err != nil:
		s.close(reasonTransportError)
	case finish != nil:
		s.srv.wg.Go(func() { s.writeSlowly(finish) })
	default:
		s.writeOn()
	}
}

// writeSlowly writes what is left of an entry.
func (s *session) writeSlowly(finish func() error) {
	timeout := time.AfterFunc(s.srv.cfg.WriteTimeout, func() { s.close(reasonWriteTimeout) })
	defer timeout.Stop()
	if finish() != nil {
		s.close(reasonTransportError)
		return
	}
	s.writeOn()
}

// nextParcel takes the next entry of the outbox; nil when nothing waits.
func (s *session) nextParcel() (*wsconn.Conn, *parcel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.out.next()
	s.writing = p != nil
	return s.conn, p
}

// writeOn gives the session back to the writers if there is more to write.
func (s *session) writeOn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing = false
	s.wakeLocked()
}
