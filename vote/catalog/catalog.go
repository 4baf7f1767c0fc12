// Package catalog is what is known of all polls and events together. What enters is what a
// store holds; what leaves is that state or a change of it, by which the worker brings
// definitions out to those who take votes.
package catalog

import (
	"popeye/vote"
	"popeye/vote/event"
)

// Version names one state of the catalog. The zero value is that of no catalog.
type Version struct {
	// Revision is that of the newest change, deletions included: of two versions
	// the one with the greater revision is the newer.
	Revision int64
	// Mark is random, and new with each revision. A store that was restored from a
	// backup gives revisions again: by the mark they are told apart. "" is not known.
	Mark string
}

// State is every poll and every event there is, as of one moment.
type State struct {
	Revision int64
	Mark     string
	Polls    []vote.Poll
	Events   []event.Event
}

// Version names the catalog's state.
func (c State) Version() Version { return Version{c.Revision, c.Mark} }

// Whole is the change that leads from nothing to the catalog.
func (c State) Whole() Change {
	return Change{To: c.Version(), Polls: c.Polls, Events: c.Events}
}

// Change leads from one version of the catalog to another: what the worker
// reads from the store and publishes to the queue.
type Change struct {
	From    Version // zero: the change is the whole catalog, and replaces any
	To      Version
	Polls   []vote.Poll // those made or changed since From, as they are in To
	Deleted []string    // names that a poll may have had in From, and none has in To

	Events        []event.Event // those made or changed, likewise
	DeletedEvents []string      // codes that an event may have had in From, and none has in To
}

// Whole reports whether the change leads from nothing.
func (c Change) Whole() bool { return c.From == Version{} }

// NameDeleted fills in what was deleted: of these names, those that neither a poll nor an
// event of the change has.
func (c *Change) NameDeleted(names []string) {
	there := make(map[string]bool, len(c.Polls)+len(c.Events))
	for _, p := range c.Polls {
		there[p.Slug] = true
	}
	for _, e := range c.Events {
		there[e.Name()] = true
	}
	for _, name := range names {
		if there[name] {
			continue
		}
		if code, ok := event.CutName(name); ok {
			c.DeletedEvents = append(c.DeletedEvents, code)
		} else {
			c.Deleted = append(c.Deleted, name)
		}
	}
}
