package live

import (
	"encoding/json"
	"time"

	"golang.org/x/time/rate"

	"popeye/internal/i18n"
	"popeye/internal/socketio"
	"popeye/result/audience"
	"popeye/vote"
)

// FirstWait bounds how long a viewer's subscription waits to learn whether the
// poll exists. The figures come whenever there are any.
const FirstWait = time.Second

// viewer is one Socket.IO connection. Its handlers, the end included, are
// called one at a time.
type viewer struct {
	socket *socketio.Socket
	hub    *hub
	opener
	follows map[string]follow // by slug, and classic
	asks    *rate.Limiter
}

// opener is what is known of whoever opened a connection.
type opener struct {
	organiser bool // an organiser's browser or program
	say       *i18n.Printer
}

// follow is a poll that a viewer follows, from a room of those who may see the same.
type follow struct {
	feed *feed
	room string
}

// classic is the place in follows of the poll that nobody asked for.
const classic = ""

// welcome greets a connection: first `message`, then the default poll's
// `scores`, as the classic page expects.
func (l *Live) welcome(k *socketio.Socket, _ json.RawMessage) {
	v := &viewer{socket: k, hub: l.hub, follows: map[string]follow{}, asks: newAsks()}
	v.opener, _ = k.Known().(opener) // always, see New
	k.OnDisconnect(func(string) { v.end() })
	k.On("subscribe", v.subscribe)
	_ = k.Emit(mustEncode("message", map[string]string{"text": "Welcome!"})) // fails only if k is gone
	if f, err := v.follow(classic, vote.DefaultSlug); err == nil {
		_ = v.enter(classic, f, classicRoom, audience.Anyone) // the same
	}
}

// subscription is what a viewer asks for.
type subscription struct {
	Channel string `json:"channel"`
	Pass    string `json:"pass"` // shows that the viewer has voted; "" for nothing
	Room    bool   `json:"room"` // wants no more than a room may see, also as an organiser
}

// subscribe joins a poll: from then on the viewer gets its `scores` and
// `tally`. The acknowledgement, if asked for, says whether there is such a poll.
func (v *viewer) subscribe(args []json.RawMessage, ack func(...any)) {
	if !v.asks.Allow() {
		v.refuse(ack, tooOften)
		return
	}
	var want subscription
	if len(args) == 0 || json.Unmarshal(args[0], &want) != nil || vote.ValidateSlug(want.Channel) != nil {
		ack(v.tell(problem{"malformed", "result.subscribe.malformed"}))
		return
	}
	if v.isFull(want.Channel) {
		v.refuse(ack, tooMany)
		return
	}
	f, err := v.follow(want.Channel, want.Channel)
	if err != nil {
		v.refuse(ack, tooFull)
		return
	}
	select {
	case <-f.first:
	case <-time.After(FirstWait):
	}
	if f.isGone() { // whoever asked in vain keeps what it had
		v.leave(f.slug)
		ack(v.tell(problem{"no_poll", "result.subscribe.no_poll"}))
		return
	}
	v.leave(classic)
	asker := f.asker(v.organiser && !want.Room, want.Pass)
	if v.enter(f.slug, f, f.room(asker), asker) != nil {
		return // the connection has ended
	}
	ack(map[string]string{"status": "subscribed", "channel": want.Channel})
}

// isFull reports whether the viewer follows as many polls as it may, and not
// that one.
func (v *viewer) isFull(slug string) bool {
	if v.follows[slug].feed != nil {
		return false
	}
	polls := len(v.follows)
	if v.follows[classic].feed != nil {
		polls-- // nobody asked for it, and it ends with the first subscription
	}
	return polls >= MaxSubscriptions
}

// refuse says no because of a limit: also to those who ask for no
// acknowledgement, by the event `refused`.
func (v *viewer) refuse(ack func(...any), why problem) {
	said := v.tell(why)
	ack(said)
	v.socket.EmitLatest("refused", mustEncode("refused", said))
}

// problem is why a viewer gets nothing: a code for programs, and a message of
// internal/i18n.
type problem struct{ code, message string }

// tell says it in the viewer's language.
func (v *viewer) tell(p problem) map[string]any {
	return map[string]any{"error": map[string]string{"code": p.code, "message": v.say.Text(p.message, nil)}}
}

// follow makes the viewer count as one of a poll's, which keeps its feed alive. place
// is the poll's slug, or classic.
func (v *viewer) follow(place, slug string) (*feed, error) {
	if f := v.follows[place].feed; f != nil {
		return f, nil
	}
	f, err := v.hub.follow(slug)
	if err == nil {
		v.follows[place] = follow{feed: f}
	}
	return f, err
}

// enter lets the viewer into one of the rooms of a poll that it follows, and out of
// another.
func (v *viewer) enter(place string, f *feed, room string, a audience.Asker) error {
	if was := v.follows[place].room; was != "" && was != room {
		v.socket.Leave(was)
	}
	v.follows[place] = follow{f, room}
	return f.admit(v.socket, room, a)
}

func (v *viewer) leave(place string) {
	if f := v.follows[place]; f.feed != nil {
		v.socket.Leave(f.room)
		v.hub.leave(f.feed)
		delete(v.follows, place)
	}
}

// end is called once, when the connection has ended.
func (v *viewer) end() {
	for _, f := range v.follows {
		v.hub.leave(f.feed)
	}
	clear(v.follows)
}
