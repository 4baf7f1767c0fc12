package form

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
	"popeye/vote"
)

// field is one thing that an organiser writes of a poll. A field of a poll is a row in
// fields, and its messages: every form, what is read of it, what is kept over a
// mistake, and where a mistake is told follow from that.
type field struct {
	name    string                            // in the form, and in the poll's JSON
	label   string                            // the code of its message
	hint    string                            // the code of what is said below it; "" for nothing
	fold    string                            // the code of the message on the fold that it is in; "" if it is always open
	later   bool                              // it may change while the poll is open
	tick    bool                              // it is yes or no
	several bool                              // it has several controls, under a legend
	kinds   []vote.Kind                       // which it is for; nil for all
	codes   []string                          // what the codes of errors begin with that are about it
	input   func(c control) g.Node            // what a person fills in
	value   func(p vote.Poll) string          // what that shows of a poll
	set     func(text string, d *Asked) error // reads it
}

// noteHelp says how an option is described.
const noteHelp = "admin.ask.note_help"

const (
	foldLimits   = "admin.fold.limits"
	foldResults  = "admin.fold.results"
	foldCount    = "admin.fold.count"
	foldSchedule = "admin.fold.schedule"
	foldEmbed    = "admin.fold.embed"
)

// fields is the table of fields, in the order of the form.
var fields = []field{
	{
		name: "question", label: "admin.ask.question", later: true, codes: []string{"question."},
		input: func(c control) g.Node {
			return h.Input(c.name(), h.Dir("auto"), h.MaxLength(strconv.Itoa(vote.MaxQuestion)), h.Required(), h.Value(c.value), c.wrong())
		},
		value: func(p vote.Poll) string { return p.Question },
		set:   func(text string, d *Asked) error { d.Question = text; return nil },
	},
	{
		name: "options", label: "admin.ask.options", hint: noteHelp, later: true, codes: []string{"options.", "option.", "label.", "note.", "edit.label_used", "edit.note_used", "edit.meaning", "admin.ask.too_many"},
		input: func(c control) g.Node {
			return h.Textarea(c.name(), h.Dir("auto"), h.Rows("4"), h.Required(), c.wrong(), g.Text(c.value))
		},
		value: func(p vote.Poll) string { return lines(p.Options) },
		set:   setOptions,
	},
	{
		name: "kind", label: "admin.ask.kind", several: true, codes: []string{"poll.kind"},
		input: kindInput,
		value: func(p vote.Poll) string { return string(p.Kind) },
		set:   func(text string, d *Asked) error { d.Kind = vote.Kind(text); return nil },
	},
	{
		name: "min", label: "admin.ask.min", fold: foldLimits, codes: []string{"poll.no_limits", "poll.multiple.limits", "poll.score.limits"},
		kinds: []vote.Kind{vote.Multiple, vote.Score},
		input: func(c control) g.Node { return c.number("0", "") },
		value: func(p vote.Poll) string { low, _ := usualLimits(p.Kind, len(p.Options)); return unless(p.Min, low) },
		set:   func(text string, d *Asked) (err error) { d.Min, err = d.limit(text, true); return err },
	},
	{
		name: "max", label: "admin.ask.max", fold: foldLimits, kinds: []vote.Kind{vote.Multiple, vote.Score},
		input: func(c control) g.Node { return c.number("1", "") },
		value: func(p vote.Poll) string { _, high := usualLimits(p.Kind, len(p.Options)); return unless(p.Max, high) },
		set:   func(text string, d *Asked) (err error) { d.Max, err = d.limit(text, false); return err },
	},
	{
		name: "visibility", label: "admin.ask.visibility", fold: foldResults, later: true, codes: []string{"poll.visibility"},
		input: func(c control) g.Node {
			return h.Select(c.name(), c.wrong(), g.Map(vote.Visibilities, func(v vote.Visibility) g.Node {
				return h.Option(h.Value(string(v)), g.If(string(v) == c.value, h.Selected()), g.Text(c.say.Text(Visibilities[v], nil)))
			}))
		},
		value: func(p vote.Poll) string { return string(p.Visibility) },
		set: func(text string, d *Asked) error {
			if v := vote.Visibility(text); v != "" {
				d.Visibility = &v
			}
			return nil
		},
	},
	{
		name: "hide_voters", label: "admin.ask.hide_voters", fold: foldResults, later: true, tick: true,
		input: control.tick,
		value: func(p vote.Poll) string { return ticked(p.HideVoters) },
		set:   func(text string, d *Asked) error { d.HideVoters = new(text != ""); return nil },
	},
	{
		name: "listed", label: "admin.ask.listed", fold: foldResults, later: true, tick: true,
		input: control.tick,
		value: func(p vote.Poll) string { return ticked(p.Listed) },
		set:   func(text string, d *Asked) error { d.Listed = new(text != ""); return nil },
	},
	{
		name: "rule", label: "admin.ask.rule", fold: foldCount, codes: []string{"poll.rule"},
		input: ruleInput,
		value: func(p vote.Poll) string {
			if p.Rule == vote.DefaultSettings(p.Kind).Rule {
				return "" // and stays the kind's own if another kind is chosen
			}
			return p.Rule
		},
		set: func(text string, d *Asked) error {
			if text == "" {
				text = vote.DefaultSettings(d.Kind).Rule
			}
			d.Rule = &text
			return nil
		},
	},
	{
		name: "seats", label: "admin.ask.seats", fold: foldCount, codes: []string{"poll.seats", "poll.rule_one_seat"},
		input: func(c control) g.Node { return c.number("1", strconv.Itoa(vote.MaxOptions-1)) },
		value: func(p vote.Poll) string { return unless(max(1, p.Seats), 1) },
		set:   func(text string, d *Asked) (err error) { d.Seats, err = typedNumber(text, 1); return err },
	},
	{
		name: "quorum", label: "admin.ask.quorum", fold: foldCount, kinds: []vote.Kind{vote.Score}, codes: []string{"poll.quorum"},
		input: func(c control) g.Node { return c.number("0", "") },
		value: func(p vote.Poll) string { return unless(int(p.Quorum), 0) },
		set:   func(text string, d *Asked) (err error) { d.Quorum, err = typedNumber(text, 0); return err },
	},
	{
		name: "equal_ranks", label: "admin.ask.equal_ranks", fold: foldCount, tick: true, kinds: []vote.Kind{vote.Ranked}, codes: []string{"poll.equal_ranks", "poll.rule_equal_ranks"},
		input: control.tick,
		value: func(p vote.Poll) string { return ticked(p.EqualRanks) },
		set:   func(text string, d *Asked) error { d.EqualRanks = new(text != ""); return nil },
	},
	{
		name: "abstain", label: "admin.ask.abstain", fold: foldCount, tick: true, codes: []string{"poll.abstain"},
		input: control.tick,
		value: func(p vote.Poll) string { return ticked(p.Abstain) },
		set:   func(text string, d *Asked) error { d.Abstain = new(text != ""); return nil },
	},
	{
		name: "time_zone", label: "admin.time.zone", fold: foldSchedule, codes: []string{"poll.time_zone"},
		input: zoneInput,
		value: func(p vote.Poll) string { return p.TimeZone },
		set: func(text string, d *Asked) error {
			d.TimeZone = new(strings.TrimSpace(text))
			_, err := vote.LoadZone(*d.TimeZone)
			return err
		},
	},
	{
		name: "opens_at", label: "admin.time.opens", fold: foldSchedule, codes: []string{"definition.open_and_opens_at"},
		input: control.time,
		value: func(p vote.Poll) string { return ShowTime(p.OpensAt, p.Zone()) },
		set:   func(text string, d *Asked) (err error) { d.OpensAt, err = d.time("opens_at", text); return err },
	},
	{
		name: "closes_at", label: "admin.time.closes", fold: foldSchedule, codes: []string{"schedule."},
		input: control.time,
		value: func(p vote.Poll) string { return ShowTime(p.ClosesAt, p.Zone()) },
		set:   func(text string, d *Asked) (err error) { d.ClosesAt, err = d.time("closes_at", text); return err },
	},
	{
		name: "embed", label: "admin.ask.embed", fold: foldEmbed, later: true, codes: []string{"poll.embed"},
		input: func(c control) g.Node {
			return h.Textarea(c.name(), h.Rows("2"), h.Placeholder("https://example.org"), c.wrong(), g.Text(c.value))
		},
		value: func(p vote.Poll) string { return strings.Join(p.Embed, "\n") },
		set: func(text string, d *Asked) error {
			d.Embed = append([]string{}, strings.Fields(text)...)
			return nil
		},
	},
}

// rowOf returns a row of the table.
func rowOf(name string) field {
	return fields[slices.IndexFunc(fields, func(f field) bool { return f.name == name })]
}

func lines(options []vote.Option) string {
	all := make([]string, len(options))
	for i, o := range options {
		all[i] = writeLine(o)
	}
	return strings.Join(all, "\n")
}

// FieldOf returns the name of the field that an error is about; "" if it is about none
// alone.
func FieldOf(err error) string {
	if known, ok := errors.AsType[*Error](err); ok {
		return known.Field
	}
	var coded i18n.Coded
	if !errors.As(err, &coded) {
		return ""
	}
	code, args := coded.Message()
	for _, f := range fields {
		if args["Field"] == f.name {
			return f.name
		}
	}
	found, length := "", 0
	for _, f := range fields { // the longest beginning knows best
		for _, c := range f.codes {
			if strings.HasPrefix(code, c) && len(c) > length {
				found, length = f.name, len(c)
			}
		}
	}
	return found
}
