package admin

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/count"
	"popeye/internal/i18n"
	"popeye/vote"
	"popeye/vote/definition"
)

// field is one thing that an organiser writes of a poll. A field of a poll is a row in
// fields, and its messages: every form, what is read of it, what is kept over a
// mistake, and where a mistake is told follow from that.
type field struct {
	name  string                            // in the form, and in the poll's JSON
	label string                            // the code of its message
	fold  string                            // the code of the message on the fold that it is in; "" if it is always open
	later bool                              // it may change while the poll is open
	tick  bool                              // it is yes or no
	codes []string                          // what the codes of errors begin with that are about it
	input func(c control) g.Node            // what a person fills in
	value func(p vote.Poll) string          // what that shows of a poll
	set   func(text string, d *asked) error // reads it
}

// asked is a poll as a form asks for it. Fields are read in the order of the table.
type asked struct {
	definition.Definition
	was *vote.Poll // that is edited; nil for a new one
}

const (
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
		set:   func(text string, d *asked) error { d.Question = text; return nil },
	},
	{
		name: "options", label: "admin.ask.options", later: true, codes: []string{"options.", "option.", "label.", "edit.label_used", "edit.meaning", "admin.ask.too_many"},
		input: func(c control) g.Node {
			return h.Textarea(c.name(), h.Dir("auto"), h.Rows("4"), h.Required(), c.wrong(), g.Text(c.value))
		},
		value: func(p vote.Poll) string { return strings.Join(labels(p.Options), "\n") },
		set:   setOptions,
	},
	{
		name: "kind", label: "admin.ask.kind", codes: []string{"poll.kind"},
		input: func(c control) g.Node {
			return h.Select(c.name(), c.wrong(), g.Map(vote.Kinds, func(k vote.Kind) g.Node {
				return h.Option(h.Value(string(k)), g.If(string(k) == c.value, h.Selected()), g.Text(c.say.Text(actions[k], nil)))
			}))
		},
		value: func(p vote.Poll) string { return string(p.Kind) },
		set:   func(text string, d *asked) error { d.Kind = vote.Kind(text); return nil },
	},
	{
		name: "visibility", label: "admin.ask.visibility", later: true, codes: []string{"poll.visibility"},
		input: func(c control) g.Node {
			return h.Select(c.name(), c.wrong(), g.Map(vote.Visibilities, func(v vote.Visibility) g.Node {
				return h.Option(h.Value(string(v)), g.If(string(v) == c.value, h.Selected()), g.Text(c.say.Text(visibilities[v], nil)))
			}))
		},
		value: func(p vote.Poll) string { return string(p.Visibility) },
		set: func(text string, d *asked) error {
			if v := vote.Visibility(text); v != "" {
				d.Visibility = &v
			}
			return nil
		},
	},
	{
		name: "hide_voters", label: "admin.ask.hide_voters", later: true, tick: true,
		input: control.tick,
		value: func(p vote.Poll) string { return ticked(p.HideVoters) },
		set:   func(text string, d *asked) error { d.HideVoters = new(text != ""); return nil },
	},
	{
		name: "listed", label: "admin.ask.listed", later: true, tick: true,
		input: control.tick,
		value: func(p vote.Poll) string { return ticked(p.Listed) },
		set:   func(text string, d *asked) error { d.Listed = new(text != ""); return nil },
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
		set: func(text string, d *asked) error {
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
		set:   func(text string, d *asked) (err error) { d.Seats, err = typedNumber(text, 1); return err },
	},
	{
		name: "quorum", label: "admin.ask.quorum", fold: foldCount, codes: []string{"poll.quorum"},
		input: func(c control) g.Node { return c.number("0", "") },
		value: func(p vote.Poll) string { return unless(int(p.Quorum), 0) },
		set:   func(text string, d *asked) (err error) { d.Quorum, err = typedNumber(text, 0); return err },
	},
	{
		name: "equal_ranks", label: "admin.ask.equal_ranks", fold: foldCount, tick: true, codes: []string{"poll.equal_ranks", "poll.rule_equal_ranks"},
		input: control.tick,
		value: func(p vote.Poll) string { return ticked(p.EqualRanks) },
		set:   func(text string, d *asked) error { d.EqualRanks = new(text != ""); return nil },
	},
	{
		name: "abstain", label: "admin.ask.abstain", fold: foldCount, tick: true, codes: []string{"poll.abstain"},
		input: control.tick,
		value: func(p vote.Poll) string { return ticked(p.Abstain) },
		set:   func(text string, d *asked) error { d.Abstain = new(text != ""); return nil },
	},
	{
		name: "time_zone", label: "admin.time.zone", fold: foldSchedule, codes: []string{"poll.time_zone"},
		input: zoneInput,
		value: func(p vote.Poll) string { return p.TimeZone },
		set: func(text string, d *asked) error {
			d.TimeZone = new(strings.TrimSpace(text))
			_, err := vote.LoadZone(*d.TimeZone)
			return err
		},
	},
	{
		name: "opens_at", label: "admin.time.opens", fold: foldSchedule, codes: []string{"definition.open_and_opens_at"},
		input: control.time,
		value: func(p vote.Poll) string { return showTime(p.OpensAt, p.Zone()) },
		set:   func(text string, d *asked) (err error) { d.OpensAt, err = d.time("opens_at", text); return err },
	},
	{
		name: "closes_at", label: "admin.time.closes", fold: foldSchedule, codes: []string{"schedule."},
		input: control.time,
		value: func(p vote.Poll) string { return showTime(p.ClosesAt, p.Zone()) },
		set:   func(text string, d *asked) (err error) { d.ClosesAt, err = d.time("closes_at", text); return err },
	},
	{
		name: "embed", label: "admin.ask.embed", fold: foldEmbed, later: true, codes: []string{"poll.embed"},
		input: func(c control) g.Node {
			return h.Textarea(c.name(), h.Rows("2"), h.Placeholder("https://example.org"), c.wrong(), g.Text(c.value))
		},
		value: func(p vote.Poll) string { return strings.Join(p.Embed, "\n") },
		set: func(text string, d *asked) error {
			d.Embed = append([]string{}, strings.Fields(text)...)
			return nil
		},
	},
}

// setOptions reads a list of labels. An option of a poll that is edited keeps its id:
// in a draft by its label, later by its place.
func setOptions(text string, d *asked) error {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			d.Options = append(d.Options, definition.OptionText{Label: line})
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
func (d *asked) time(name, text string) (definition.Moment, error) {
	zone, err := vote.LoadZone(*d.TimeZone)
	if err != nil {
		return definition.Moment{}, err
	}
	if d.was != nil && *d.TimeZone == d.was.TimeZone {
		at := d.was.OpensAt
		if name == "closes_at" {
			at = d.was.ClosesAt
		}
		if text == showTime(at, zone) {
			return definition.Moment{}, nil
		}
	}
	return typedTime(text, zone)
}

// edit is what the form asks to change.
func (d *asked) edit() definition.Edit {
	e := definition.Edit{Question: &d.Question, Options: d.Options, OpensAt: d.OpensAt, ClosesAt: d.ClosesAt, Choices: d.Choices}
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

// rowOf returns a row of the table.
func rowOf(name string) field {
	return fields[slices.IndexFunc(fields, func(f field) bool { return f.name == name })]
}

func labels(options []vote.Option) (all []string) {
	for _, o := range options {
		all = append(all, o.Label)
	}
	return all
}

// fieldOf returns the name of the field that an error is about; "" if it is about none
// alone.
func fieldOf(err error) string {
	if known, ok := errors.AsType[*fieldError](err); ok {
		return known.field
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

// ruleInput offers the rules of each kind under its name. static/fields.js leaves those
// of the kind that is chosen; the server says what does not fit.
func ruleInput(c control) g.Node {
	return h.Select(c.name(), c.wrong(), h.Option(h.Value(""), g.Text(c.say.Text("admin.ask.rule_usual", nil))),
		g.Map(vote.Kinds, func(k vote.Kind) g.Node {
			return h.OptGroup(g.Attr("label", c.say.Text(actions[k], nil)), h.Data("kind", string(k)), g.Map(count.Names(k), func(name string) g.Node {
				return h.Option(h.Value(name), g.If(name == c.value, h.Selected()), g.Text(ruleName(c.say, name)))
			}))
		}))
}

// ruleName returns what people call a rule, with its name.
func ruleName(say *i18n.Printer, name string) string {
	rule, err := count.Lookup(name)
	if err != nil {
		return name
	}
	return say.Text(rule.Message, nil) + " (" + name + ")"
}

// zones are offered where a zone is asked for; any other of IANA's list may be typed.
var zones = strings.Fields(`
	Africa/Cairo Africa/Casablanca Africa/Johannesburg Africa/Lagos Africa/Nairobi Africa/Tunis
	America/Argentina/Buenos_Aires America/Bogota America/Chicago America/Denver America/Halifax America/Lima
	America/Los_Angeles America/Mexico_City America/New_York America/Santiago America/Sao_Paulo America/Toronto
	Asia/Bangkok Asia/Dhaka Asia/Dubai Asia/Hong_Kong Asia/Jakarta Asia/Jerusalem Asia/Karachi Asia/Kolkata
	Asia/Manila Asia/Riyadh Asia/Seoul Asia/Shanghai Asia/Singapore Asia/Tehran Asia/Tokyo
	Atlantic/Azores Atlantic/Reykjavik Australia/Adelaide Australia/Brisbane Australia/Perth Australia/Sydney
	Europe/Amsterdam Europe/Athens Europe/Berlin Europe/Brussels Europe/Bucharest Europe/Dublin Europe/Helsinki
	Europe/Istanbul Europe/Kyiv Europe/Lisbon Europe/London Europe/Madrid Europe/Moscow Europe/Paris Europe/Prague
	Europe/Rome Europe/Stockholm Europe/Vienna Europe/Warsaw Europe/Zurich Pacific/Auckland Pacific/Honolulu UTC`)

func zoneInput(c control) g.Node {
	return h.Input(c.name(), h.List("zones"), h.AutoComplete("off"), h.Placeholder("UTC"), h.MaxLength(strconv.Itoa(vote.MaxTimeZone)), h.Value(c.value), c.wrong())
}

// zoneList is once on each page that asks for a zone.
func zoneList() g.Node {
	return h.DataList(h.ID("zones"), g.Map(zones, func(z string) g.Node { return h.Option(h.Value(z)) }))
}

// showTime returns what a field shows for a time.
func showTime(t time.Time, zone *time.Location) string { return definition.ShowClockTime(t, zone) }
