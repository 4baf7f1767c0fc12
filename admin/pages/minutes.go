package pages

import (
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/admin/form"
	"popeye/count"
	"popeye/internal/ui"
	"popeye/store"
	"popeye/vote"
)

// Minutes is a page to print and to sign: what was asked, how it was counted, and what
// came out.
type Minutes struct {
	Frame
	Poll
	Totals  count.Totals
	Result  count.Result
	Winners []string       // labels
	Records []store.Record // oldest first: opened, closed and what else was done
}

// Page has nothing on it that is not printed, but the way back.
func (v Minutes) Page() ui.Page {
	return ui.Page{Say: v.Frame.Say, Title: v.Frame.Say.Text("admin.minutes.of", args{"Question": v.Question}), Class: "organise minutes", Scripts: []string{"times.js"}, Main: g.Group{
		ui.Now(v.Frame.Now),
		h.P(h.Class("no-print"), h.A(h.Href(v.Path()), g.Text(v.Frame.text("admin.minutes.back")))),
		h.P(h.Class("quiet"), g.Text(v.Frame.text("admin.minutes.title"))),
		h.H1(ui.Words(v.Question)),
		v.provisional(),
		h.Dl(v.facts()...),
		v.table(), v.ties(),
		ui.History(v.Frame.Say, v.Corrections, v.Reopenings),
		v.acts(),
		h.Div(h.Class("signatures"), h.P(g.Text(v.Frame.text("admin.minutes.place"))), h.P(g.Text(v.Frame.text("admin.minutes.signature")))),
		h.P(h.Class("quiet small"), ui.Sentence(v.Frame.Say, "admin.minutes.made", args{"Time": ui.Time(v.Frame.Say, v.Frame.Now)})),
	}}
}

// provisional says that figures are not final, or not there.
func (v Minutes) provisional() g.Node {
	switch {
	case !v.Counted:
		return ui.Notice("warn", "", g.Text(v.Frame.text("admin.minutes.uncounted")))
	case v.Status != vote.Closed:
		return ui.Notice("warn", "", g.Text(v.Frame.text("admin.minutes.provisional")))
	}
	return nil
}

func (v Minutes) facts() []g.Node {
	var all []g.Node
	fact := func(label string, says ...g.Node) {
		all = append(all, h.Dt(g.Text(v.Frame.text(label))), h.Dd(says...))
	}
	fact("admin.minutes.kind", g.Text(v.Frame.text(form.Kinds[v.Kind])))
	fact("admin.minutes.rule", ui.CountedBy(v.Frame.Say, v.CountedBy(), v.Seats))
	if !v.Schedule.None() {
		fact("admin.minutes.schedule", ui.When(v.Frame.Say, v.Schedule, v.Status))
	}
	if v.Counted {
		fact("admin.minutes.voters", g.Text(v.Frame.Say.Number(v.Totals.Voters)))
		if v.Abstain {
			fact("admin.minutes.abstained", g.Text(v.Frame.Say.Number(v.Totals.Abstained)))
		}
		if v.Totals.Invalid > 0 {
			fact("admin.minutes.invalid", g.Text(v.Frame.Say.Number(v.Totals.Invalid)))
		}
	}
	if len(v.Winners) > 0 {
		fact("admin.rounds.winner", h.B(ui.Words(strings.Join(v.Winners, ", "))))
	}
	if len(v.Withdrawn) > 0 {
		fact("admin.minutes.withdrawn", ui.Words(strings.Join(v.labels(v.Withdrawn), ", ")))
	}
	fact("admin.minutes.lot", h.Code(g.Text(v.LotSeed)))
	return all
}

// table has every option, the one with most votes first.
func (v Minutes) table() g.Node {
	if !v.Counted {
		return nil
	}
	head := func(code, class string) g.Node {
		return h.Th(h.Scope("col"), g.If(class != "", h.Class(class)), g.Text(v.Frame.text(code)))
	}
	shares := v.Kind == vote.Single || v.Kind == vote.Multiple
	return h.Table(h.Class("table"),
		h.Caption(h.Class("quiet small"), g.Text(v.Frame.text(counted[v.Kind]))),
		h.THead(h.Tr(head("admin.minutes.option", ""), head("admin.minutes.votes", "num"), g.If(shares, head("admin.minutes.share", "num")))),
		h.TBody(g.Map(v.Totals.Options, func(o count.Option) g.Node {
			percent := ui.Percent(v.Frame.Say, ui.Ratio(o.Votes, v.Totals.Voters, 100), o.Votes, v.Totals.Voters)
			described, _ := v.Option(o.ID)
			return h.Tr(h.Th(h.Scope("row"), ui.Words(o.Label), noted(described)), h.Td(h.Class("num"), g.Text(v.Frame.Say.Number(o.Votes))),
				g.If(shares, h.Td(h.Class("num"), g.Text(percent))))
		})))
}

// noted is what describes an option, below its label.
func noted(o vote.Option) g.Node {
	return g.If(o.Note != "", h.Div(h.Class("quiet small"), h.Dir("auto"), g.Text(o.Note)))
}

// ties are told here too: a lot that decided is part of the result.
func (v Minutes) ties() g.Node {
	return g.Map(v.Result.Ties, func(t count.Tie) g.Node {
		code := "admin.minutes.tie"
		if t.By == count.ByLot {
			code = "admin.minutes.tie_lot"
		}
		return h.P(ui.Sentence(v.Frame.Say, code, args{"Options": ui.Words(strings.Join(v.labels(t.Options), ", "))}))
	})
}

func (v Minutes) labels(ids []string) []string {
	labels := make([]string, len(ids))
	for i, id := range ids {
		o, _ := v.Option(id)
		labels[i] = o.Label
	}
	return labels
}

func (v Minutes) acts() g.Node {
	if len(v.Records) == 0 {
		return nil
	}
	return h.Section(h.H2(g.Text(v.Frame.text("admin.audit.title"))), h.Ul(h.Class("trail"), g.Map(v.Records, func(r store.Record) g.Node {
		return h.Li(v.did(r))
	})))
}
