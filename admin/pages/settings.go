package pages

import (
	"slices"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/admin/form"
	"popeye/count"
	"popeye/internal/ui"
	"popeye/vote"
)

// Settings is the page on which a poll is changed, put away and deleted.
type Settings struct {
	Frame
	Poll
	Form  form.Form // what was typed, when it was wrong; else as the poll is
	Wrong form.Mistake
	Times form.Form // the same of the form of the schedule; nil for nothing
}

// Page shows all that may still change.
func (v Settings) Page() ui.Page {
	return v.own(v.Frame, "settings", ui.Page{Scripts: []string{"fields.js", "times.js"}},
		ui.History(v.Corrections, v.Reopenings),
		v.editing(), v.times(), v.withdrawing(), v.counting(), v.frame(), v.away(),
		form.ZoneList())
}

func (v Settings) section(id, title string, children ...g.Node) g.Node {
	return h.Section(h.ID(id), h.Class("card"), h.H2(g.Text(v.Frame.text(title))), g.Group(children))
}

// fromHere says in a form what it showed, and that it stood on this page.
func (v Settings) fromHere() g.Node { return g.Group{v.shown(), form.Hidden("page", "settings")} }

// editing is the form that changes a draft, or corrects the words of an open poll.
func (v Settings) editing() g.Node {
	help := "admin.edit.draft_help"
	switch v.Status {
	case vote.Draft:
	case vote.Open:
		help = "admin.edit.open_help"
	default:
		return nil
	}
	return v.section("edit", "admin.edit.title",
		h.P(h.Class("hint"), g.Text(v.Frame.text(help))),
		h.Form(h.Method("post"), h.Action(v.Path("edit")), v.fromHere(), form.Hidden("edit", v.Slug),
			v.Form.Body(v.Poll.Say, &v.Poll.Poll, v.Wrong),
			primary(g.Text(v.Frame.text("admin.edit.save")))))
}

// times is the form of the schedule once the poll has opened: before, it is part of the
// one above. It also sends what it showed, so that a field left alone changes nothing.
func (v Settings) times() g.Node {
	if v.Status == vote.Draft && v.Times == nil {
		return nil
	}
	shown := form.Of(v.Poll.Poll)
	shown["closes_at"] = form.ShowTime(v.Ends(), v.Zone())
	typed, wrong := v.Times, v.Wrong
	if typed == nil {
		typed, wrong = shown, form.Mistake{}
	}
	row := func(name string) g.Node {
		return g.Group{typed.Row(v.Poll.Say, name, wrong), form.Hidden("was_"+name, shown[name])}
	}
	return v.section("schedule", "admin.fold.schedule",
		g.If(!v.Schedule.None(), h.P(ui.When(v.Schedule, v.Status))),
		h.Form(h.Method("post"), h.Action(v.Path("schedule")), form.Hidden("made", form.Birth(v.Poll.Poll)), form.Hidden("page", "settings"), form.Stamp(v.Frame.Now),
			h.Div(h.Class("fields"), row("time_zone"), g.If(v.Status != vote.Open, row("opens_at")), row("closes_at")),
			h.P(h.Class("hint"), g.Text(v.Frame.text("admin.poll.schedule_help"))),
			h.P(button(g.Text(v.Frame.text("admin.poll.schedule_save"))))))
}

// withdrawing is the form that takes options out of the running, and puts them back.
func (v Settings) withdrawing() g.Node {
	if v.Status == vote.Draft {
		return nil
	}
	return v.section("withdraw", "admin.withdraw.title",
		h.P(h.Class("hint"), g.Text(v.Frame.text("admin.withdraw.help"))),
		h.Form(h.Method("post"), h.Action(v.Path("withdraw")), v.fromHere(),
			h.FieldSet(h.Legend(g.Text(v.Frame.text("admin.withdraw.which"))), v.ticks("withdrawn", v.Options, v.Withdrawn)),
			button(g.Text(v.Frame.text("admin.withdraw.save")))))
}

// ticks offers options, some of them ticked.
func (p Poll) ticks(name string, options []vote.Option, ticked []string) g.Node {
	return g.Map(options, func(o vote.Option) g.Node {
		return h.Label(h.Class("field check"), h.Input(h.Type("checkbox"), h.Name(name), h.Value(o.ID), g.If(slices.Contains(ticked, o.ID), h.Checked())),
			h.Span(ui.Words(o.Label)))
	})
}

// counting says how the poll is counted, and the lot that decides what nothing else
// does.
func (v Settings) counting() g.Node {
	e := count.ElectionOf(v.Poll.Poll)
	lot := make([]string, len(e.Lot))
	for i, place := range e.Lot {
		lot[i] = e.Options[place].Label
	}
	return v.section("count", "admin.fold.count",
		h.P(ui.Sentence(v.Poll.Say, "admin.count.rule", args{"Rule": h.B(g.Text(form.RuleName(v.Poll.Say, v.CountedBy()))), "Count": e.Seats})),
		h.P(h.Class("small"), ui.Sentence(v.Poll.Say, "admin.count.lot", args{"Seed": h.Code(g.Text(v.LotSeed)), "Order": ui.Words(strings.Join(lot, ", "))})))
}

// frame is what other sites put on their pages to show the result there.
func (v Settings) frame() g.Node {
	if len(v.Embed) == 0 {
		return nil
	}
	var code strings.Builder
	_ = h.IFrame(h.Src(v.EmbedURL), h.Title(v.Question), h.Width("100%"), h.Height("400"), h.Style("border:0")).Render(&code) // a builder takes all
	return v.section("frame", "admin.fold.embed",
		h.P(h.Class("hint"), g.Text(v.Frame.text("admin.frame.help"))),
		h.Pre(h.Class("wrap"), h.Code(g.Text(code.String()))))
}

// away puts the poll away, or deletes it.
func (v Settings) away() g.Node {
	if !v.rests() {
		return v.section("away", "admin.away.title", h.P(h.Class("hint"), g.Text(v.Frame.text("admin.away.open"))))
	}
	action, message := "archive", "admin.archive.put"
	if v.Archived {
		action, message = "unarchive", "admin.archive.take"
	}
	return v.section("away", "admin.away.title",
		h.Form(h.Method("post"), h.Action(v.Path(action)), v.fromHere(), button(g.Text(v.Frame.text(message)))),
		h.P(h.Class("hint"), g.Text(v.Frame.text("admin.archive.help"))),
		v.deletion())
}
