package definition

import (
	"strings"

	"popeye/vote"
)

// Edit is a change of a definition: nil fields stay as they are.
type Edit struct {
	Question *string      `json:"question,omitempty"`
	Kind     *vote.Kind   `json:"kind,omitempty"`
	Options  []OptionText `json:"options,omitempty"`
	Min      *vote.Limit  `json:"min,omitempty"`
	Max      *vote.Limit  `json:"max,omitempty"`

	OpensAt  Moment `json:"opens_at,omitzero"`
	ClosesAt Moment `json:"closes_at,omitzero"`

	vote.Choices
}

// OnlySchedule reports whether e changes nothing but when a poll opens and
// closes.
func (e Edit) OnlySchedule() bool {
	return e.Question == nil && e.Kind == nil && e.Options == nil && e.Min == nil && e.Max == nil &&
		e.Choices.None()
}

// Apply returns p changed by e. In a draft everything may change. While the poll is
// open its words may be corrected (a typing error in a label), but not what
// ballots mean: kind, ids, their order, the limits and how they are counted stay, and
// no option takes a label that another has or had. Afterwards only the schedule may
// change, which it always may, except that an open poll has no time to open, what has
// withdrawn, and whether the poll is archived. An error wraps ErrInvalid, and ErrFinal
// if it is too late for any change of that field.
func (e Edit) Apply(p vote.Poll) (vote.Poll, error) {
	q, err := e.schedule(p)
	if err != nil {
		return p, err
	}
	if e.Question != nil {
		q.Question = strings.TrimSpace(*e.Question)
	}
	if e.Options != nil {
		q.Options = NewOptions(e.Options)
	}
	if e.Kind != nil {
		q.Kind = *e.Kind
	}
	if q.Kind != p.Kind { // limits of another kind mean nothing here
		q.Min, q.Max = 0, 0
		setLimits(&q, e.Min, e.Max)
		q.Rule, q.EqualRanks, q.Quorum = vote.DefaultSettings(q.Kind).Rule, false, 0
	} else {
		setMax(&q, p)
		limit(&q, e.Min, e.Max)
	}
	e.Choices.Apply(&q.Settings)
	if err := p.CheckMeaning(q); err != nil {
		return p, err
	}
	err = q.Validate()
	if err == nil && e.Question != nil {
		err = validateQuestion(q.Question)
	}
	if err == nil && e.Options != nil {
		err = validateOptions(q.Options)
	}
	return q, err
}

// schedule returns p with the times of e.
func (e Edit) schedule(p vote.Poll) (vote.Poll, error) {
	if p.Status == vote.Open && !e.OpensAt.At.IsZero() {
		return p, vote.Refuse("edit.opens_at", nil)
	}
	if e.OpensAt.Given {
		p.OpensAt = e.OpensAt.At
	}
	if e.ClosesAt.Given {
		p.ClosesAt = e.ClosesAt.At
	}
	return p, nil
}
