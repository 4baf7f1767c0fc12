// Package arrivals keeps those who knocked and have not come in. What enters is newcomers, each
// from an address; what leaves is who has to make room for the next.
package arrivals

import (
	"container/list"
	"net/netip"
)

// Arrivals are sessions that have not arrived: no more than a handshake is known of them. It is plain data, for one
// goroutine at a time.
type Arrivals[S comparable] struct {
	most, mostOfOne int

	waiting *list.List // of newcomers, the oldest first
	places  map[S]*list.Element
	from    map[netip.Prefix]int // by address; one without any has no entry
}

type newcomer[S comparable] struct {
	session S
	source  netip.Prefix
}

// New returns an empty one, with room for so many, and for so many of one address.
func New[S comparable](most, mostOfOne int) Arrivals[S] {
	return Arrivals[S]{
		most: most, mostOfOne: mostOfOne,
		waiting: list.New(), places: map[S]*list.Element{}, from: map[netip.Prefix]int{},
	}
}

// Len is how many there are.
func (a *Arrivals[S]) Len() int { return a.waiting.Len() }

// Of is how many there are of an address.
func (a *Arrivals[S]) Of(source netip.Prefix) int { return a.from[source] }

// Has reports whether a session is one of them.
func (a *Arrivals[S]) Has(s S) bool { return a.places[s] != nil }

// Add adds a session, and returns the one that has to make room, if there is none left: of an address with too many its
// own oldest, else the oldest of all.
func (a *Arrivals[S]) Add(s S, source netip.Prefix) (oldest S, full bool) {
	switch {
	case source.IsValid() && a.from[source] >= a.mostOfOne:
		oldest, full = a.oldestOf(source)
	case a.Len() >= a.most:
		oldest, full = a.waiting.Front().Value.(newcomer[S]).session, true
	}
	if full {
		a.Remove(oldest)
	}
	a.places[s] = a.waiting.PushBack(newcomer[S]{s, source})
	a.from[source]++
	return oldest, full
}

// oldestOf is found soon: an address that has too many has many of the oldest.
func (a *Arrivals[S]) oldestOf(source netip.Prefix) (oldest S, found bool) {
	for e := a.waiting.Front(); e != nil; e = e.Next() {
		if n := e.Value.(newcomer[S]); n.source == source {
			return n.session, true
		}
	}
	return oldest, false
}

// Remove takes a session out, if it is there.
func (a *Arrivals[S]) Remove(s S) {
	e := a.places[s]
	if e == nil {
		return
	}
	source := a.waiting.Remove(e).(newcomer[S]).source
	delete(a.places, s)
	if a.from[source]--; a.from[source] == 0 {
		delete(a.from, source)
	}
}
