package operator

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
	"popeye/internal/ui"
)

// args fill the gaps of a message.
type args = map[string]any

// Alarm is told when the account does not balance.
func (a Account) Alarm(say *i18n.Printer) g.Node {
	if !a.Recorded() || a.Balanced {
		return nil
	}
	code, n := "admin.account.missing", a.Difference
	if n < 0 {
		code, n = "admin.account.surplus", -n
	}
	return ui.Notice("bad", "alert", ui.Sentence(say, code,
		args{"Count": n, "Number": figure(n), "Command": h.Code(g.Text("popeye account"))}))
}

// Silence is told when no worker reports any more.
func (a Account) Silence(say *i18n.Printer) g.Node {
	if !a.Recorded() || !a.Old() {
		return nil
	}
	return ui.Notice("warn", "", ui.Sentence(say, "admin.account.silent", args{"Time": ui.Time(a.AsOf)}))
}

// Section says where all votes are.
func (a Account) Section(say *i18n.Printer) g.Group {
	title := h.H2(g.Text(say.Text("admin.account.title", nil)))
	if !a.Recorded() {
		return g.Group{title, ui.Notice("warn", "", g.Text(say.Text("admin.account.none", nil)))}
	}
	equals := "= "
	if !a.Balanced {
		equals = "≠ "
	}
	term := func(sign string, n int64, code string) g.Node {
		return h.Span(g.Text(sign), ui.Sentence(say, code, args{"Count": n, "Number": figure(n)}))
	}
	asOf := "admin.account.as_of"
	if a.Waiting > 0 {
		asOf = "admin.account.as_of_waiting"
	}
	return g.Group{
		title,
		h.P(h.Class("account"),
			term("", a.Accepted, "admin.account.accepted"), g.Text(" "), term(equals, a.Stored, "admin.account.stored"), g.Text(" "),
			term("+ ", a.Waiting, "admin.account.waiting"), g.Text(" "), term("+ ", a.Dead, "admin.account.dead")),
		a.risk(say),
		a.newVoters(say),
		g.If(a.Dead > 0, h.P(h.Class("small"), ui.Sentence(say, "admin.account.dead_letters",
			args{"Command": h.Code(g.Text("popeye dead list"))}))),
		h.P(h.Class("quiet small"), ui.Sentence(say, asOf, args{"Time": ui.Time(a.AsOf), "Waited": a.waited()})),
	}
}

// figure is a number that stands out.
func figure(n int64) g.Node { return h.B(g.Text(ui.Grouped(n))) }

// risk says how Redis, as it is set up, may lose votes: result can't reach it, so
// a worker reports that with the account.
func (a Account) risk(say *i18n.Printer) g.Node {
	kind, code := "warn", "admin.risk.unknown"
	switch a.QueueRisk {
	case "":
		return nil
	case "eviction":
		kind, code = "bad", "admin.risk.eviction"
	case "no_aof":
		code = "admin.risk.no_aof"
	case "fsync_no":
		code = "admin.risk.fsync_no"
	case "fsync_everysec":
		code = "admin.risk.fsync_everysec"
	}
	return ui.Notice(kind, "", g.Text(say.Text(code, nil)))
}

// fewNew is how many new voters a minute may be of one network without a warning: a
// class is one network.
const fewNew = 60

// newVoters says who came in the last minute. Somebody who stuffs a poll with a
// script makes new voters, and mostly from one network.
func (a Account) newVoters(say *i18n.Printer) g.Node {
	all, largest := a.NewVoters, a.NewVotersLargest
	if all == 0 {
		return nil
	}
	words := args{
		"Count": all, "Number": figure(all), "Largest": figure(largest),
		"Percent": ui.Percent(ui.Ratio(largest, all, 100), largest, all),
	}
	if largest < fewNew || 2*largest <= all {
		return h.P(ui.Sentence(say, "admin.account.new_voters", words))
	}
	return ui.Notice("warn", "", ui.Sentence(say, "admin.account.suspicious", words))
}

// OneVoter says what the figures count, and what they can't know.
func OneVoter(say *i18n.Printer) g.Node {
	return h.Section(h.H2(g.Text(say.Text("admin.voter.title", nil))),
		h.P(h.Class("small"), g.Text(say.Text("admin.voter.counted", nil))),
		h.P(h.Class("small"), g.Text(say.Text("admin.voter.limits", nil))))
}
