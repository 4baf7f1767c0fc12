package store

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"time"

	"popeye/vote"
	"popeye/vote/event"
)

// MaxAudit bounds the records that Audit returns at once.
const MaxAudit = 200

// Record is one line of the audit trail. It holds no secret.
type Record struct {
	ID   int64     `json:"id"` // grows
	At   time.Time `json:"at"` // by the store's clock
	Who  string    `json:"who"`
	From string    `json:"from"` // the address that the request came from, as known
	What string    `json:"what"`
	Poll string    `json:"poll,omitempty"`
	// Event is the code of the event that it is about.
	Event string `json:"event,omitempty"`
	// Before and After are what was changed, as JSON objects: whole for a poll that
	// came or went, else what differs.
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// Audit keeps what organisers did. Nothing in it is ever changed or removed, and
// the database refuses to. Safe for concurrent use.
//
// A method that changes something under a context of Acting adds the record in
// the same transaction, so that there is no change without its record and no
// record without its change.
type Audit interface {
	// RecordAct adds what changed nothing in the store, as a sign-in that was
	// refused. The store fills in ID and At.
	RecordAct(ctx context.Context, r Record) error

	// Audit returns the records of a poll, by its slug, or of an event, by its Name, or
	// all for "", newest first: at most limit of
	// them, and at most MaxAudit, with an ID below before; 0 for the newest.
	Audit(ctx context.Context, slug string, before int64, limit int) ([]Record, error)
}

// Sessions keeps who has signed in. A session is known by a key that is made from
// a secret, which the store never sees. Safe for concurrent use.
type Sessions interface {
	// BeginSession begins a session that ends by itself at that age, by the store's
	// clock.
	BeginSession(ctx context.Context, key []byte, age time.Duration) error

	// InSession reports whether a session has begun and not ended.
	InSession(ctx context.Context, key []byte) (bool, error)

	// EndSession ends a session, for every process at once. One that has ended
	// already is no error.
	EndSession(ctx context.Context, key []byte) error
}

// Act is what somebody is about to do.
type Act struct{ Who, From, What string }

type actKey struct{}

// Acting returns a context in which a is done.
func Acting(ctx context.Context, a Act) context.Context { return context.WithValue(ctx, actKey{}, a) }

// Doing returns a context in which the same one does what.
func Doing(ctx context.Context, what string) context.Context {
	a, _ := ActOf(ctx)
	a.What = what
	return Acting(ctx, a)
}

// ActOf returns what is done in ctx; false if no organiser does it.
func ActOf(ctx context.Context) (Act, bool) {
	a, ok := ctx.Value(actKey{}).(Act)
	return a, ok
}

// Record returns the record of an act that made after of before; nil is a poll
// that was not there, or is not there any more.
func (a Act) Record(before, after *vote.Poll) Record {
	r := Record{Who: a.Who, From: a.From, What: a.What}
	was, is := facts(before), facts(after)
	switch {
	case before == nil && after == nil:
		return r
	case before == nil:
		if r.Poll = after.Slug; a.What != "duplicate" && a.What != "round" {
			r.What = "create"
		}
	case after == nil:
		r.Poll = before.Slug
	default:
		r.Poll = after.Slug
		if a.What == "open" && after.Reopens(*before) {
			r.What = "reopen"
		}
		keepDifferent(was, is)
	}
	r.Before, r.After = asJSON(was), asJSON(is)
	return r
}

// RecordEvent is Record for an event.
func (a Act) RecordEvent(before, after *event.Event) Record {
	r := Record{Who: a.Who, From: a.From, What: a.What}
	was, is := eventFacts(before), eventFacts(after)
	switch {
	case before == nil && after == nil:
		return r
	case before == nil:
		r.What, r.Event = "create", after.Code
	case after == nil:
		r.Event = before.Code
	default:
		r.Event = after.Code
		keepDifferent(was, is)
	}
	r.Before, r.After = asJSON(was), asJSON(is)
	return r
}

// keepDifferent leaves the facts that differ.
func keepDifferent(was, is map[string]any) {
	for fact, value := range maps.Clone(was) {
		if reflect.DeepEqual(value, is[fact]) {
			delete(was, fact)
			delete(is, fact)
		}
	}
}

// Subject is what a record is about, in one column: a poll's slug, or an event's Name.
func (r Record) Subject() string {
	if r.Event != "" {
		return event.Name(r.Event)
	}
	return r.Poll
}

// About fills in what a record is about, from its Subject.
func (r *Record) About(subject string) {
	if code, ok := event.CutName(subject); ok {
		r.Event = code
		return
	}
	r.Poll = subject
}

// facts returns what an organiser decides about a poll.
func facts(p *vote.Poll) map[string]any {
	if p == nil {
		return nil
	}
	return factsBut(p, "slug", "code", "revision", "created_at", "changed_at", "corrections", "reopenings")
}

// eventFacts returns what an organiser decides about an event.
func eventFacts(e *event.Event) map[string]any {
	if e == nil {
		return nil
	}
	return factsBut(e, "code", "revision", "created_at", "changed_at")
}

// factsBut returns v's fields in JSON, without those that are the store's own.
func factsBut(v any, ours ...string) map[string]any {
	words, _ := json.Marshal(v) // plain data: it can't fail
	var all map[string]any
	_ = json.Unmarshal(words, &all)
	for _, name := range ours {
		delete(all, name)
	}
	return all
}

func asJSON(facts map[string]any) json.RawMessage {
	if facts == nil {
		return nil
	}
	words, _ := json.Marshal(facts)
	return words
}
