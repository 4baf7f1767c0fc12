package socketio

import "slices"

// outbox holds what waits to be sent to one client, oldest first. It is plain data, guarded by its session's mu.
//
// What it promises:
//   - plain entries keep their order, and none is lost;
//   - a key has at most one entry, which holds the newest update;
//   - an update is never sent before a plain entry that was pushed earlier than it;
//   - it never holds more than limit entries.
type outbox struct {
	entries []entry
	limit   int
	ping    bool // a ping waits: it overtakes, being about the connection and not the conversation
}

// entry is one plain packet, or all packets of the newest update of a key.
type entry struct {
	*parcel
	key   string
	keyed bool
}

// parcel is packets that are sent together. It may be shared with other sockets: nobody changes it.
type parcel struct {
	packets []Packet
	frames  []byte // of all packets, in one piece
}

func newParcel(packets ...Packet) *parcel {
	if len(packets) == 1 {
		return &parcel{packets, packets[0].frame}
	}
	p := &parcel{packets: packets}
	for _, packet := range packets {
		p.frames = append(p.frames, packet.frame...)
	}
	return p
}

// push appends a plain packet. It reports false when the outbox is full.
func (o *outbox) push(p Packet) bool {
	return o.add(entry{parcel: newParcel(p)})
}

// replace puts an update in the place of an older one of the same key. It reports false when the outbox is full.
func (o *outbox) replace(key string, p *parcel) bool {
	update := entry{parcel: p, key: key, keyed: true}
	plainBehind := false
	for i := len(o.entries) - 1; i >= 0; i-- {
		switch e := &o.entries[i]; {
		case !e.keyed:
			plainBehind = true
		case e.key != key:
		case plainBehind:
			// What was pushed since goes first.
			o.entries = slices.Delete(o.entries, i, i+1)
			return o.add(update)
		default:
			// Keeping the place is what keeps two busy keys from starving one another.
			*e = update
			return true
		}
	}
	return o.add(update)
}

func (o *outbox) add(e entry) bool {
	if len(o.entries) >= o.limit {
		return false
	}
	o.entries = append(o.entries, e)
	return true
}

func (o *outbox) isEmpty() bool { return !o.ping && len(o.entries) == 0 }

// next takes what is to be sent first; nil when nothing waits.
func (o *outbox) next() *parcel {
	if o.ping {
		o.ping = false
		return pingParcel
	}
	if len(o.entries) == 0 {
		return nil
	}
	first := o.entries[0].parcel
	o.entries = slices.Delete(o.entries, 0, 1) // also lets go of the packets
	return first
}

// all takes everything, in order; nil when nothing waits.
func (o *outbox) all() []Packet {
	var all []Packet
	for p := o.next(); p != nil; p = o.next() {
		all = append(all, p.packets...)
	}
	return all
}
