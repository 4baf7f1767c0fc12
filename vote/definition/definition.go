package definition

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"

	"popeye/vote"
)

// Definition is a poll as an organiser writes it: short, with the rest left
// to sensible defaults. NewPoll completes it.
type Definition struct {
	ID       string       `json:"id,omitempty"`   // of the request: sent again with the same words, it makes no second poll
	Slug     string       `json:"slug,omitempty"` // NewPoll wants one; internal/slugify makes it from the question
	Question string       `json:"question"`
	Kind     vote.Kind    `json:"kind,omitempty"` // Single when empty
	Options  []OptionText `json:"options"`
	Min      *vote.Limit  `json:"min,omitempty"`    // multiple: 1; score: 0
	Max      *vote.Limit  `json:"max,omitempty"`    // multiple: all options; score: 5
	Status   vote.Status  `json:"status,omitempty"` // Draft when empty; Open opens it at once

	OpensAt  Moment `json:"opens_at,omitzero"`
	ClosesAt Moment `json:"closes_at,omitzero"`

	vote.Choices
}

// OptionText is an option as an organiser writes it: a plain label, or an
// object {"id","label","note"}.
type OptionText vote.Option

// UnmarshalJSON reads either form. An unknown field is an error, whatever the
// decoder around it allows: it does not reach in here.
func (o *OptionText) UnmarshalJSON(raw []byte) error {
	var label string
	if json.Unmarshal(raw, &label) == nil {
		*o = OptionText{Label: label}
		return nil
	}
	var option vote.Option
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&option); err != nil {
		return vote.Refuse("definition.option", nil)
	}
	*o = OptionText(option)
	return nil
}

// NewPoll completes and checks a definition. Options without an id get a, b,
// c ... z, aa, ab ... by their place. An error is an *Error.
func NewPoll(d Definition) (vote.Poll, error) {
	p := vote.Poll{
		Slug: d.Slug, Question: strings.TrimSpace(d.Question), Kind: d.Kind, Status: d.Status,
		OpensAt: d.OpensAt.At, ClosesAt: d.ClosesAt.At,
	}
	if p.Kind == "" {
		p.Kind = vote.Single
	}
	if p.Status == "" {
		p.Status = vote.Draft
	}
	if p.Status != vote.Draft && p.Status != vote.Open {
		return vote.Poll{}, vote.Refuse("definition.status", vote.Args{"Status": vote.Clip(string(p.Status))})
	}
	if p.Status == vote.Open && !p.OpensAt.IsZero() {
		return vote.Poll{}, vote.Refuse("definition.open_and_opens_at", nil)
	}
	p.Options = NewOptions(d.Options)
	setLimits(&p, d.Min, d.Max)
	p.Settings = vote.DefaultSettings(p.Kind).Anew()
	d.Choices.Apply(&p.Settings)
	if err := p.Validate(); err != nil {
		return p, err
	}
	return p, cmp.Or(validateQuestion(p.Question), validateOptions(p.Options))
}

// NewOptions gives an id to each option that has none.
func NewOptions(texts []OptionText) []vote.Option {
	options := make([]vote.Option, len(texts))
	for i, t := range texts {
		options[i] = vote.Option{ID: t.ID, Label: strings.TrimSpace(t.Label), Note: strings.TrimSpace(t.Note)}
		if options[i].ID == "" {
			options[i].ID = vote.OptionID(i)
		}
	}
	return options
}

// Default returns the poll that exists without an organiser: single choice,
// open, with options a, b, c ... in the order of labels.
func Default(question string, labels []string) (vote.Poll, error) {
	texts := make([]OptionText, len(labels))
	for i, l := range labels {
		texts[i].Label = l
	}
	return NewPoll(Definition{Slug: vote.DefaultSlug, Question: question, Options: texts, Status: vote.Open})
}

// setLimits fills Min and Max by the kind. Limits given for kinds without any
// stay, for Validate to refuse.
func setLimits(p *vote.Poll, low, high *vote.Limit) {
	p.Min, p.Max = vote.DefaultLimits(p.Kind, len(p.Options))
	limit(p, low, high)
}

// setMax lets the limit "all options" go on meaning that when options come or go.
func setMax(p *vote.Poll, old vote.Poll) {
	if _, high := vote.DefaultLimits(p.Kind, len(old.Options)); old.Max == high {
		_, p.Max = vote.DefaultLimits(p.Kind, len(p.Options))
	}
}

// limit sets those limits that are given.
func limit(p *vote.Poll, low, high *vote.Limit) {
	if low != nil {
		p.Min = int(*low)
	}
	if high != nil {
		p.Max = int(*high)
	}
}
