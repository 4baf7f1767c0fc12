package socketio

import (
	"container/list"
	"net/netip"
)

// arrivals are sessions that have not arrived: no more than a handshake is known of them. It is plain data, guarded by
// the server's mu.
type arrivals struct {
	most, mostOfOne int

	waiting *list.List // of newcomers, the oldest first
	places  map[*session]*list.Element
	from    map[netip.Prefix]int // by address; one without any has no entry
}

type newcomer struct {
	session *session
	source  netip.Prefix
}

func newArrivals(most, mostOfOne int) arrivals {
	return arrivals{
		most: most, mostOfOne: mostOfOne,
		waiting: list.New(), places: map[*session]*list.Element{}, from: map[netip.Prefix]int{},
	}
}

func (a *arrivals) len() int { return a.waiting.Len() }

func (a *arrivals) has(s *session) bool { return a.places[s] != nil }

// add adds a session, and returns the one that has to make room, nil for none: of an address with too many its own
// oldest, else the oldest of all.
func (a *arrivals) add(s *session, source netip.Prefix) (oldest *session) {
	switch {
	case source.IsValid() && a.from[source] >= a.mostOfOne:
		oldest = a.oldestOf(source)
	case a.len() >= a.most:
		oldest = a.waiting.Front().Value.(newcomer).session
	}
	if oldest != nil {
		a.remove(oldest)
	}
	a.places[s] = a.waiting.PushBack(newcomer{s, source})
	a.from[source]++
	return oldest
}

// oldestOf is found soon: an address that has too many has many of the oldest.
func (a *arrivals) oldestOf(source netip.Prefix) *session {
	for e := a.waiting.Front(); e != nil; e = e.Next() {
		if n := e.Value.(newcomer); n.source == source {
			return n.session
		}
	}
	return nil
}

func (a *arrivals) remove(s *session) {
	e := a.places[s]
	if e == nil {
		return
	}
	source := a.waiting.Remove(e).(newcomer).source
	delete(a.places, s)
	if a.from[source]--; a.from[source] == 0 {
		delete(a.from, source)
	}
}
