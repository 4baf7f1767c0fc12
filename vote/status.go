package vote

import (
	"fmt"
	"slices"
)

// Status says where a poll stands in its life.
type Status string

// A poll is a draft until it opens. Closing shuts the gate at once; the poll
// is closed only when every vote that was accepted before is stored, so the
// figures of a closed poll are final. A closed poll may open again.
const (
	Draft   Status = "draft"
	Open    Status = "open"
	Closing Status = "closing"
	Closed  Status = "closed"
)

// next lists what may follow each status.
var next = map[Status][]Status{
	Draft:   {Open},
	Open:    {Closing},
	Closing: {Closed, Open},
	Closed:  {Open},
}

func (s Status) valid() bool { _, ok := next[s]; return ok }

// To returns the status after a change from s to t. To stay is no change and
// never an error; an error wraps ErrInvalid.
func (s Status) To(t Status) (Status, error) {
	if s == t || slices.Contains(next[s], t) {
		return t, nil
	}
	return s, fmt.Errorf("%w: a poll that is %s can not become %s", ErrInvalid, s, t)
}

// Stores reports whether a vote that was accepted may still be stored: a vote
// cast while the poll was open may arrive while it is closing.
func (s Status) Stores() bool { return s == Open || s == Closing }
