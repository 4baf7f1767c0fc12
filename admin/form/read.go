package form

import (
	"slices"
	"strconv"
	"strings"

	"popeye/vote"
	"popeye/vote/definition"
)

// Asked is a poll as a form asks for it. Fields are read in the order of the table.
type Asked struct {
	definition.Definition
	was *vote.Poll // that is edited; nil for a new one
}

// setOptions reads a list of options. An option of a poll that is edited keeps its id:
// in a draft by its label, later by its place.
func setOptions(text string, d *Asked) error {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			label, note := readLine(line)
			d.Options = append(d.Options, definition.OptionText{Label: label, Note: note})
		}
	}
	if n := len(d.Options); n > vote.MaxOptions {
		return vote.Refuse("admin.ask.too_many", vote.Args{"Count": n, "Max": vote.MaxOptions, "Excess": n - vote.MaxOptions})
	}
	if d.was == nil {
		return nil
	}
	if d.was.Status != vote.Draft {
		for i := range d.Options[:min(len(d.Options), len(d.was.Options))] {
			d.Options[i].ID = d.was.Options[i].ID
		}
		return nil
	}
	used := map[string]bool{}
	for i, o := range d.Options {
		if j := slices.IndexFunc(d.was.Options, func(w vote.Option) bool { return w.Label == o.Label }); j >= 0 {
			d.Options[i].ID = d.was.Options[j].ID
			used[d.Options[i].ID] = true
		}
	}
	next := 0
	for i := range d.Options {
		for ; d.Options[i].ID == ""; next++ {
			if id := vote.OptionID(next); !used[id] {
				d.Options[i].ID = id
			}
		}
	}
	return nil
}

// time reads a time of the schedule. One that is left as it was shown stays: the field
// shows no fractions of a second, and not which of two equal clock times is meant.
func (d *Asked) time(name, text string) (definition.Moment, error) {
	zone, err := vote.LoadZone(*d.TimeZone)
	if err != nil {
		return definition.Moment{}, err
	}
	if d.was != nil && *d.TimeZone == d.was.TimeZone {
		at := d.was.OpensAt
		if name == "closes_at" {
			at = d.was.ClosesAt
		}
		if text == ShowTime(at, zone) {
			return definition.Moment{}, nil
		}
	}
	return typedTime(text, zone)
}

// Edit is what the form asks to change.
func (d *Asked) Edit() definition.Edit {
	e := definition.Edit{Question: &d.Question, Options: d.Options, Min: d.Min, Max: d.Max, OpensAt: d.OpensAt, ClosesAt: d.ClosesAt, Choices: d.Choices}
	if d.Kind != "" {
		e.Kind = &d.Kind
	}
	return e
}

// typedNumber reads a whole number; nothing is the usual one.
func typedNumber(text string, usual int) (*vote.Limit, error) {
	n, err := usual, error(nil)
	if text = strings.TrimSpace(text); text != "" {
		n, err = strconv.Atoi(text)
	}
	if err != nil || n > 1_000_000_000 || n < 0 {
		return nil, vote.Refuse("admin.ask.number", vote.Args{"Value": text[:min(len(text), 40)]})
	}
	return new(vote.Limit(n)), nil
}

func unless(n, usual int) string {
	if n == usual {
		return ""
	}
	return strconv.Itoa(n)
}

func ticked(yes bool) string {
	if yes {
		return "yes"
	}
	return ""
}

// limit reads the least or the most that a voter gives. Nothing is what is usual for
// the kind: a poll that is edited has to be told.
func (d *Asked) limit(text string, least bool) (*vote.Limit, error) {
	if strings.TrimSpace(text) != "" || d.was == nil || d.Kind != d.was.Kind {
		if strings.TrimSpace(text) == "" {
			return nil, nil //nolint:nilnil // it was not written at all
		}
		return typedNumber(text, 0)
	}
	low, high := usualLimits(d.Kind, len(d.Options))
	if least {
		high = low
	}
	if high == 0 && !least { // a kind without limits
		return nil, nil //nolint:nilnil // as above
	}
	return new(vote.Limit(high)), nil
}

// usualLimits are the limits of a poll whose organiser names none.
func usualLimits(kind vote.Kind, options int) (low, high int) {
	p, _ := definition.NewPoll(definition.Definition{Kind: kind, Options: make([]definition.OptionText, options)}) // refused, but with its limits
	return p.Min, p.Max
}
