package published

import (
	"fmt"
	"slices"
	"sync"

	"popeye/vote"
)

// Definitions are the polls that were read, decoded and checked. A vote needs its poll,
// and to decode that anew would cost as much as the rest of the vote. The zero value is
// ready; safe for concurrent use.
type Definitions struct {
	bySlug sync.Map // slug -> *decoded
}

// decoded is a poll with what it was decoded from. It is never changed.
type decoded struct {
	raw  string
	poll vote.Poll
}

// Read returns the poll of a slug as Redis holds it. One that makes no sense is an error.
func (d *Definitions) Read(slug, raw string) (vote.Poll, error) {
	if known, ok := d.bySlug.Load(slug); ok && known.(*decoded).raw == raw {
		p := known.(*decoded).poll
		p.Options = slices.Clone(p.Options)
		return p, nil
	}
	p, err := decode([]byte(raw))
	if err == nil {
		err = p.Validate()
	}
	if err == nil && p.Slug != slug {
		err = fmt.Errorf("it is the definition of %q", p.Slug)
	}
	if err != nil {
		return vote.Poll{}, err
	}
	d.bySlug.Store(slug, &decoded{raw, p})
	p.Options = slices.Clone(p.Options)
	return p, nil
}

// Forget lets go of a poll that is no more.
func (d *Definitions) Forget(slug string) { d.bySlug.Delete(slug) }
