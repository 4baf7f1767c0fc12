package result

import (
	"encoding/json"
	"sync"
	"time"

	"popeye/internal/socketio"
	"popeye/vote"
)

// firstWait bounds how long a viewer's subscription waits to learn whether the
// poll exists. The figures come whenever there are any.
const firstWait = time.Second

// viewer is one Socket.IO connection. Its handlers are called one at a time;
// mu is for the end, which may come from elsewhere.
type viewer struct {
	socket *socketio.Socket
	hub    *hub

	mu      sync.Mutex
	ended   bool
	follows map[string]*feed // by room
}

// welcome greets a connection: first `message`, then the default poll's
// `scores`, as the classic page expects.
func (s *Station) welcome(k *socketio.Socket, _ json.RawMessage) {
	v := &viewer{socket: k, hub: s.hub, follows: map[string]*feed{}}
	k.OnDisconnect(func(string) { v.end() })
	k.On("subscribe", v.subscribe)
	_ = k.Emit(mustEncode("message", map[string]string{"text": "Welcome!"})) // fails only if k is gone
	if f, err := v.join(classicRoom, vote.DefaultSlug); err == nil {
		f.greet(k, true)
	}
}

// subscription is what a viewer asks for.
type subscription struct {
	Channel string `json:"channel"`
}

// subscribe joins a poll: from then on the viewer gets its `scores` and
// `tally`. The acknowledgement, if asked for, says whether there is such a poll.
func (v *viewer) subscribe(args []json.RawMessage, ack func(...any)) {
	if ack == nil {
		ack = func(...any) {}
	}
	var want subscription
	if len(args) == 0 || json.Unmarshal(args[0], &want) != nil || vote.ValidateSlug(want.Channel) != nil {
		ack(problem("malformed", `Subscribe with {"channel": "<name of a poll>"}.`))
		return
	}
	v.leave(classicRoom)
	f, err := v.join("poll:"+want.Channel, want.Channel)
	if err != nil {
		ack(problem("too_many", "This connection follows too many polls."))
		return
	}
	select {
	case <-f.first:
	case <-time.After(firstWait):
	}
	f.greet(v.socket, false)
	if f.isGone() {
		v.leave(f.room())
		ack(problem("no_poll", "There is no such poll."))
		return
	}
	ack(map[string]string{"status": "subscribed", "channel": want.Channel})
}

func problem(code, message string) map[string]any {
	return map[string]any{"error": map[string]string{"code": code, "message": message}}
}

// join makes the viewer a follower of a poll, in a room.
func (v *viewer) join(room, slug string) (*feed, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if f := v.follows[room]; f != nil {
		return f, nil
	}
	f, err := v.hub.follow(slug)
	if err != nil {
		return nil, err
	}
	if v.ended {
		v.hub.leave(f)
		return f, nil
	}
	if err := v.socket.Join(room); err != nil {
		v.hub.leave(f)
		return nil, err
	}
	v.follows[room] = f
	return f, nil
}

func (v *viewer) leave(room string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if f := v.follows[room]; f != nil {
		v.socket.Leave(room)
		v.hub.leave(f)
		delete(v.follows, room)
	}
}

// end is called once, when the connection has ended.
func (v *viewer) end() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.ended = true
	for _, f := range v.follows {
		v.hub.leave(f)
	}
	clear(v.follows)
}
