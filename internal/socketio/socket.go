package socketio

import (
	"encoding/json"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
)

// Handler handles one event. args are the event's arguments, each as JSON. ack answers the client and may be called
// once, also later and from another goroutine; it does nothing when the client asked for no answer. A Handler that
// blocks holds up all further packets of its own client, and of no other.
type Handler func(args []json.RawMessage, ack func(args ...any))

// Socket is one connected client. All its methods may be called from any goroutine, also after it has been closed,
// and none of them waits for the client.
//
// OnConnect, the handlers and OnDisconnect of one socket are called one after the other, in the order in which the
// client's packets came. When one of them panics, the panic is logged and the socket is closed.
type Socket struct {
	session *session
	id      string
	gone    atomic.Bool // set before the socket is taken out of its rooms

	rooms []string // guarded by the mu of Server.rooms

	mu           sync.Mutex
	handlers     map[string]Handler // guarded by mu
	onDisconnect []func(string)     // guarded by mu
}

// ID returns the public name of the socket, the one that the client knows as socket.id. It gives no access to the
// connection.
func (k *Socket) ID() string { return k.id }

// Known returns what Config.Know returned for the request that opened the session.
func (k *Socket) Known() any { return k.session.known }

// On sets the handler of an event. Events without one are ignored.
func (k *Socket) On(event string, h Handler) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.handlers == nil {
		k.handlers = make(map[string]Handler)
	}
	k.handlers[event] = h
}

// OnDisconnect adds a function to be called when the socket has been closed, after the last handler has returned. If
// added in OnConnect it is called exactly once, whatever happens. reason is one of a small fixed set.
func (k *Socket) OnDisconnect(f func(reason string)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.onDisconnect = append(k.onDisconnect, f)
}

// Emit queues a packet. Packets are delivered in the order of Emit, none is left out. A client that lets MaxQueue of
// them pile up is closed, with ErrSlow; afterwards Emit returns ErrClosed.
func (k *Socket) Emit(p Packet) error {
	if k.gone.Load() {
		return ErrClosed
	}
	return k.session.send(p)
}

// EmitLatest queues an update: packets that replace, together, those of an earlier update of the same key that have
// not been sent yet. So a slow client has at most one update of each key pending, always the newest. An update never
// arrives before what was given to Emit earlier; it may arrive after what was given to Emit later. A closed socket
// ignores it.
func (k *Socket) EmitLatest(key string, packets ...Packet) {
	if k.gone.Load() || len(packets) == 0 {
		return
	}
	k.session.sendLatest(key, newParcel(slices.Clone(packets)...)) // the caller may reuse its slice
}

// Join makes the socket a member of a room. It returns ErrTooManyRooms or ErrClosed. A closed socket leaves all rooms.
func (k *Socket) Join(room string) error {
	return k.session.srv.rooms.join(k, room, k.session.srv.cfg.MaxRooms)
}

// Leave ends a membership, if there is one.
func (k *Socket) Leave(room string) { k.session.srv.rooms.leave(k, room) }

// In reports whether the socket is in the room.
func (k *Socket) In(room string) bool { return k.session.srv.rooms.has(k, room) }

// receiveEvent calls the handler of an event. The session's inbound is held. A reason means that the session is to
// be closed.
func (k *Socket) receiveEvent(data []byte, ackID string) *reason {
	name, args, err := decodeEvent(data)
	if err != nil {
		return reasonProtocol
	}
	k.mu.Lock()
	h := k.handlers[name]
	k.mu.Unlock()
	if h != nil && !k.protect(name, func() { h(args, k.acknowledger(ackID)) }) {
		return reasonPanic
	}
	return nil
}

// acknowledger returns the function that answers the event with this ack id.
func (k *Socket) acknowledger(id string) func(args ...any) {
	if id == "" {
		return func(...any) {}
	}
	var once sync.Once
	return func(args ...any) {
		once.Do(func() {
			p, err := encodeAck(id, args)
			if err != nil {
				k.session.srv.cfg.Logger.Error("socket acknowledgement", "error", err)
				return
			}
			_ = k.Emit(p) // nobody waits for it any more when the socket is closed
		})
	}
}

// disconnected takes the socket out of its rooms and calls OnDisconnect. The session's inbound is held.
func (k *Socket) disconnected(reason string) {
	k.gone.Store(true)
	k.session.srv.rooms.leaveAll(k)
	k.mu.Lock()
	callbacks := k.onDisconnect
	k.mu.Unlock()
	for _, f := range callbacks {
		k.protect("OnDisconnect", func() { f(reason) })
	}
}

// protect calls a function of the application and reports whether it returned without a panic.
func (k *Socket) protect(name string, f func()) (ok bool) {
	defer func() {
		if v := recover(); v != nil {
			k.session.srv.cfg.Logger.Error("socket handler panicked", "handler", name, "panic", v,
				"stack", string(debug.Stack()))
		}
	}()
	f()
	return true
}
