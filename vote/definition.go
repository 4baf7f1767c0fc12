package vote

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

	"popeye/vote/lookalike"
)

// Definition is a poll as an organiser writes it: short, with the rest left
// to sensible defaults. NewPoll completes it.
type Definition struct {
	ID       string       `json:"id,omitempty"`   // of the request: sent again with the same words, it makes no second poll
	Slug     string       `json:"slug,omitempty"` // NewPoll wants one; internal/slugify makes it from the question
	Question string       `json:"question"`
	Kind     Kind         `json:"kind,omitempty"` // Single when empty
	Options  []OptionText `json:"options"`
	Min      *Limit       `json:"min,omitempty"`    // multiple: 1; score: 0
	Max      *Limit       `json:"max,omitempty"`    // multiple: all options; score: 5
	Status   Status       `json:"status,omitempty"` // Draft when empty; Open opens it at once

	OpensAt  Moment `json:"opens_at,omitzero"`
	ClosesAt Moment `json:"closes_at,omitzero"`

	Choices
}

// OptionText is an option as an organiser writes it: a plain label, or an
// object {"id","label"}.
type OptionText Option

// UnmarshalJSON reads either form. An unknown field is an error, whatever the
// decoder around it allows: it does not reach in here.
func (o *OptionText) UnmarshalJSON(raw []byte) error {
	var label string
	if json.Unmarshal(raw, &label) == nil {
		*o = OptionText{Label: label}
		return nil
	}
	var option Option
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&option); err != nil {
		return invalid("definition.option", nil)
	}
	*o = OptionText(option)
	return nil
}

// Limit is a whole number as an organiser writes it. JSON has one kind of
// number: 5.0 is 5.
type Limit int

// UnmarshalJSON reads a number within what any limit may be; Validate knows more.
func (l *Limit) UnmarshalJSON(raw []byte) error {
	var n float64
	if err := json.Unmarshal(raw, &n); err != nil || n != math.Trunc(n) || math.Abs(n) > math.MaxInt32 {
		return invalid("definition.limit", Args{"Value": clip(string(raw))})
	}
	*l = Limit(n)
	return nil
}

// Moment is a time as an organiser writes it: RFC 3339 with any offset, or null
// or "" for never. The zero Moment was not written at all.
type Moment struct {
	Given bool
	At    time.Time // UTC, to the microsecond; zero for never
}

// At returns the Moment of t, which is never if t is zero.
func At(t time.Time) Moment { return Moment{true, t.UTC().Truncate(time.Microsecond)} }

// ParseMoment reads what an organiser wrote; "" is never.
func ParseMoment(text string) (Moment, error) {
	var t time.Time
	if text == "" {
		return At(t), nil
	}
	if err := t.UnmarshalText([]byte(text)); err != nil {
		return Moment{}, invalid("definition.time", Args{"Value": clip(text)})
	}
	return At(t), nil
}

// UnmarshalJSON reads a time, null or "".
func (m *Moment) UnmarshalJSON(raw []byte) (err error) {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	*m, err = ParseMoment(text)
	return err
}

// MarshalJSON writes what UnmarshalJSON reads.
func (m Moment) MarshalJSON() ([]byte, error) {
	if m.At.IsZero() {
		return []byte("null"), nil
	}
	return m.At.MarshalJSON()
}

// NewPoll completes and checks a definition. Options without an id get a, b,
// c ... z, aa, ab ... by their place. An error is an *Error.
func NewPoll(d Definition) (Poll, error) {
	p := Poll{
		Slug: d.Slug, Question: strings.TrimSpace(d.Question), Kind: d.Kind, Status: d.Status,
		OpensAt: d.OpensAt.At, ClosesAt: d.ClosesAt.At,
	}
	if p.Kind == "" {
		p.Kind = Single
	}
	if p.Status == "" {
		p.Status = Draft
	}
	if p.Status != Draft && p.Status != Open {
		return Poll{}, invalid("definition.status", Args{"Status": clip(string(p.Status))})
	}
	if p.Status == Open && !p.OpensAt.IsZero() {
		return Poll{}, invalid("definition.open_and_opens_at", nil)
	}
	p.Options = NewOptions(d.Options)
	p.setLimits(d.Min, d.Max)
	p.Settings = DefaultSettings(p.Kind)
	p.LotSeed = newLotSeed()
	d.Choices.apply(&p.Settings)
	if err := p.Validate(); err != nil {
		return p, err
	}
	return p, cmp.Or(validateQuestion(p.Question), validateLabels(p.Options))
}

// NewOptions gives an id to each option that has none.
func NewOptions(texts []OptionText) []Option {
	options := make([]Option, len(texts))
	for i, t := range texts {
		options[i] = Option{ID: t.ID, Label: strings.TrimSpace(t.Label)}
		if options[i].ID == "" {
			options[i].ID = OptionID(i)
		}
	}
	return options
}

// setLimits fills Min and Max by the kind. Limits given for kinds without any
// stay, for Validate to refuse; so does a kind that there is not.
func (p *Poll) setLimits(low, high *Limit) {
	if rules, err := p.rules(); err == nil {
		p.Min, p.Max = rules.defaults(len(p.Options))
	}
	p.limit(low, high)
}

// setMax lets the limit "all options" go on meaning that when options come or go.
func (p *Poll) setMax(old Poll) {
	rules, err := p.rules()
	if err != nil {
		return
	}
	if _, high := rules.defaults(len(old.Options)); old.Max == high {
		_, p.Max = rules.defaults(len(p.Options))
	}
}

// limit sets those limits that are given.
func (p *Poll) limit(low, high *Limit) {
	if low != nil {
		p.Min = int(*low)
	}
	if high != nil {
		p.Max = int(*high)
	}
}

// OptionID returns the default id of the option at index i: a ... z, aa, ab ...
func OptionID(i int) string {
	id := ""
	for i++; i > 0; i = (i - 1) / 26 {
		id = string(rune('a'+(i-1)%26)) + id
	}
	return id
}

// Default returns the poll that exists without an organiser: single choice,
// open, with options a, b, c ... in the order of labels.
func Default(question string, labels []string) (Poll, error) {
	texts := make([]OptionText, len(labels))
	for i, l := range labels {
		texts[i].Label = l
	}
	return NewPoll(Definition{Slug: DefaultSlug, Question: question, Options: texts, Status: Open})
}

// Edit is a change of a definition: nil fields stay as they are.
type Edit struct {
	Question *string      `json:"question,omitempty"`
	Kind     *Kind        `json:"kind,omitempty"`
	Options  []OptionText `json:"options,omitempty"`
	Min      *Limit       `json:"min,omitempty"`
	Max      *Limit       `json:"max,omitempty"`

	OpensAt  Moment `json:"opens_at,omitzero"`
	ClosesAt Moment `json:"closes_at,omitzero"`

	Choices
}

// OnlySchedule reports whether e changes nothing but when a poll opens and
// closes.
func (e Edit) OnlySchedule() bool {
	return e.Question == nil && e.Kind == nil && e.Options == nil && e.Min == nil && e.Max == nil &&
		e.Choices.none()
}

// Edit returns p changed by e. In a draft everything may change. While the poll is
// open its words may be corrected (a typing error in a label), but not what
// ballots mean: kind, ids, their order, the limits and how they are counted stay, and
// no option takes a label that another has or had. Afterwards only the schedule may
// change, which it always may, except that an open poll has no time to open, what has
// withdrawn, and whether the poll is archived. An error wraps ErrInvalid, and ErrFinal
// if it is too late for any change of that field.
func (p Poll) Edit(e Edit) (Poll, error) {
	q, err := p.schedule(e)
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
		q.setLimits(e.Min, e.Max)
		q.Rule, q.EqualRanks, q.Quorum = DefaultSettings(q.Kind).Rule, false, 0
	} else {
		q.setMax(p)
		q.limit(e.Min, e.Max)
	}
	e.Choices.apply(&q.Settings)
	if err := p.checkMeaning(q); err != nil {
		return p, err
	}
	err = q.Validate()
	if err == nil && e.Question != nil {
		err = validateQuestion(q.Question)
	}
	if err == nil && e.Options != nil {
		err = validateLabels(q.Options)
	}
	return q, err
}

// schedule returns p with the times of e.
func (p Poll) schedule(e Edit) (Poll, error) {
	if p.Status == Open && !e.OpensAt.At.IsZero() {
		return p, invalid("edit.opens_at", nil)
	}
	if e.OpensAt.Given {
		p.OpensAt = e.OpensAt.At
	}
	if e.ClosesAt.Given {
		p.ClosesAt = e.ClosesAt.At
	}
	return p, nil
}

// meaning returns the first field in which p and q differ and under which a ballot
// means or decides something, by its name in JSON; "" if a ballot of p means the same
// in q.
func meaning(p, q Poll) string {
	ids := func(o, other Option) bool { return o.ID == other.ID }
	switch {
	case p.Kind != q.Kind:
		return "kind"
	case !slices.EqualFunc(p.Options, q.Options, ids):
		return "options"
	case p.Min != q.Min:
		return "min"
	case p.Max != q.Max:
		return "max"
	}
	return p.counting(q.Settings)
}

// What an organiser writes is held to more than Validate asks, which also judges
// polls that were made before: each text must show something, and no two options
// may look the same.

// validateQuestion checks an organiser's question.
func validateQuestion(question string) error {
	if lookalike.Blank(question) {
		return invalid("question.blank", nil)
	}
	return nil
}

// validateLabels checks an organiser's options.
func validateLabels(options []Option) error {
	first := make(map[string]int, len(options))
	for i, o := range options {
		if lookalike.Blank(o.Label) {
			return invalid("label.blank", Args{"Number": i + 1})
		}
		look := lookalike.Appearance(o.Label)
		if n, taken := first[look]; taken {
			return invalid("label.same_look", Args{"First": n + 1, "Second": i + 1, "Label": clip(lookalike.Shown(o.Label))})
		}
		first[look] = i
	}
	return nil
}
