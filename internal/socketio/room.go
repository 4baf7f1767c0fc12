package socketio

import (
	"slices"
	"sync"
)

// rooms knows who is in which room. A room exists as long as it has members.
type rooms struct {
	mu      sync.RWMutex                    // also guards Socket.rooms
	members map[string]map[*Socket]struct{} // no empty ones
}

func (r *rooms) join(k *Socket, room string, limit int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case k.gone.Load():
		return ErrClosed // looked at under mu: leaveAll either sees this membership or has been before
	case slices.Contains(k.rooms, room):
		return nil
	case len(k.rooms) >= limit:
		return ErrTooManyRooms
	}
	if r.members[room] == nil {
		r.members[room] = make(map[*Socket]struct{})
	}
	r.members[room][k] = struct{}{}
	k.rooms = append(k.rooms, room)
	return nil
}

func (r *rooms) leave(k *Socket, room string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.Index(k.rooms, room); i >= 0 {
		k.rooms = slices.Delete(k.rooms, i, i+1)
		r.removeLocked(k, room)
	}
}

func (r *rooms) leaveAll(k *Socket) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, room := range k.rooms {
		r.removeLocked(k, room)
	}
	k.rooms = nil
}

func (r *rooms) removeLocked(k *Socket, room string) {
	delete(r.members[room], k)
	if len(r.members[room]) == 0 {
		delete(r.members, room)
	}
}

func (r *rooms) has(k *Socket, room string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Contains(k.rooms, room)
}

// each calls f for all members, in no particular order. Nobody joins or leaves meanwhile, so f must be quick and must
// not do so itself.
func (r *rooms) each(room string, f func(*Socket)) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for k := range r.members[room] {
		f(k)
	}
}
