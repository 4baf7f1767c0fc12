package admin

import (
	"slices"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/count"
	"popeye/internal/ui"
	"popeye/store"
	"popeye/vote"
)

// pollPage is the organiser's page of one poll: all that can be done with it. It needs
// no script.
func (s *Station) pollPage(v pollView) g.Node {
	return s.look.Page(ui.Page{Say: v.say, Title: v.Question, Scripts: []string{"fields.js", "times.js"}, Main: g.Group{
		ui.Now(v.now),
		h.P(h.A(h.Href("/admin"), g.Text(v.say.Text("admin.polls", nil)))),
		h.H1(ui.Words(v.Question), g.Text(" "), v.tag()),
		g.If(v.Error != "", ui.Notice("bad", "alert", g.Text(v.Error))),
		g.If(v.Note != "", ui.Notice("good", "status", g.Text(v.Note))),
		v.links(),
		g.If(!v.Schedule.None(), h.P(ui.When(v.say, v.Schedule, v.Status))),
		ui.History(v.say, v.Corrections, v.Reopenings),
		h.Form(h.Method("post"), v.fromHere(), h.P(v.turnButtons()...)),
		v.reveals(),
		v.counting(),
		v.frame(),
		v.editing(),
		v.withdrawing(),
		v.rounds(),
		v.away(),
		v.trail(),
		zoneList(),
	}})
}

// fromHere says in a form what it showed, and that it stood on this page.
func (p adminPoll) fromHere() g.Node { return g.Group{p.shown(), hidden("page", "poll")} }

func (v pollView) section(id, title string, children ...g.Node) g.Node {
	return h.Section(h.ID(id), h.H2(g.Text(v.say.Text(title, nil))), g.Group(children))
}

// counting says how the poll is counted, and the lot that decides what nothing else
// does.
func (v pollView) counting() g.Node {
	e := count.ElectionOf(v.Poll)
	lot := make([]string, len(e.Lot))
	for i, place := range e.Lot {
		lot[i] = e.Options[place].Label
	}
	return v.section("count", "admin.fold.count",
		h.P(ui.Sentence(v.say, "admin.count.rule", args{"Rule": h.B(g.Text(ruleName(v.say, v.CountedBy()))), "Count": e.Seats})),
		h.P(h.Class("small"), ui.Sentence(v.say, "admin.count.lot", args{"Seed": h.Code(g.Text(v.LotSeed)), "Order": ui.Words(strings.Join(lot, ", "))})))
}

// frame is what other sites put on their pages to show the result there.
func (v pollView) frame() g.Node {
	if len(v.Embed) == 0 {
		return nil
	}
	var code strings.Builder
	_ = h.IFrame(h.Src(v.EmbedURL), h.Title(v.Question), h.Width("100%"), h.Height("400"), h.Style("border:0")).Render(&code) // a builder takes all
	return v.section("frame", "admin.fold.embed",
		h.P(h.Class("small"), g.Text(v.say.Text("admin.frame.help", nil))),
		h.Pre(h.Class("wrap"), h.Code(g.Text(code.String()))))
}

// editing is the form that changes a draft, or corrects the words of an open poll.
func (v pollView) editing() g.Node {
	help := "admin.edit.draft_help"
	switch v.Status {
	case vote.Draft:
	case vote.Open:
		help = "admin.edit.open_help"
	default:
		return nil
	}
	return v.section("edit", "admin.edit.title",
		h.P(h.Class("small"), g.Text(v.say.Text(help, nil))),
		h.Form(h.Method("post"), h.Action(v.pagePath()+"/edit"), h.Class("stack"), v.fromHere(), hidden("edit", v.Slug),
			v.Form.body(v.say, &v.Poll, v.Wrong),
			plain(g.Text(v.say.Text("admin.edit.save", nil)))))
}

// withdrawing is the form that takes options out of the running, and puts them back.
func (v pollView) withdrawing() g.Node {
	if v.Status == vote.Draft {
		return nil
	}
	return v.section("withdraw", "admin.withdraw.title",
		h.P(h.Class("small"), g.Text(v.say.Text("admin.withdraw.help", nil))),
		h.Form(h.Method("post"), h.Action(v.pagePath()+"/withdraw"), v.fromHere(),
			h.FieldSet(h.Legend(g.Text(v.say.Text("admin.withdraw.which", nil))), v.ticks("withdrawn", v.Options, v.Withdrawn)),
			plain(g.Text(v.say.Text("admin.withdraw.save", nil)))))
}

// ticks offers options, some of them ticked.
func (v pollView) ticks(name string, options []vote.Option, ticked []string) g.Node {
	return g.Map(options, func(o vote.Option) g.Node {
		return h.Label(h.Class("tick"), h.Input(h.Type("checkbox"), h.Name(name), h.Value(o.ID), g.If(slices.Contains(ticked, o.ID), h.Checked())),
			g.Text(" "), ui.Words(o.Label))
	})
}

// rounds compares this poll with the rounds before and after it, and asks again.
func (v pollView) rounds() g.Node {
	again := func(action, message string, more ...g.Node) g.Node {
		return h.Form(h.Method("post"), h.Action(v.pagePath()+"/"+action), v.fromHere(), hidden("id", v.ID), g.Group(more), plain(g.Text(v.say.Text(message, nil))))
	}
	left := slices.DeleteFunc(slices.Clone(v.Options), func(o vote.Option) bool { return slices.Contains(v.Withdrawn, o.ID) })
	return v.section("rounds", "admin.rounds.title",
		g.If(len(v.Rounds) > 1, v.compared()),
		g.If(v.Status != vote.Draft, g.Group{
			h.P(h.Class("small"), g.Text(v.say.Text("admin.rounds.help", nil))),
			h.Form(h.Method("post"), h.Action(v.pagePath()+"/round"), v.fromHere(), hidden("id", v.ID), hidden("between", "yes"),
				h.FieldSet(h.Legend(g.Text(v.say.Text("admin.rounds.between", nil))), v.ticks("option", left, v.Best)),
				h.P(h.Button(h.Class("primary"), h.Name("open"), h.Value("yes"), g.Text(v.say.Text("admin.rounds.runoff", nil))), plain(g.Text(v.say.Text("admin.rounds.runoff_draft", nil))))),
			again("round", "admin.rounds.new"),
		}),
		again("duplicate", "admin.rounds.duplicate"))
}

// compared shows the rounds side by side.
func (v pollView) compared() g.Node {
	head := func(code string) g.Node { return h.Th(h.Scope("col"), g.Text(v.say.Text(code, nil))) }
	return h.Div(h.Class("scroll"), h.Table(
		h.THead(h.Tr(head("admin.rounds.question"), head("admin.rounds.status"), head("admin.rounds.voters"), head("admin.rounds.winner"))),
		h.TBody(g.Map(v.Rounds, func(r roundView) g.Node {
			voters, link := "–", h.A(h.Href(r.pagePath()), ui.Words(r.Question))
			if r.Counted {
				voters = v.say.Number(r.Voters)
			}
			if r.Slug == v.Slug {
				link = h.B(ui.Words(r.Question))
			}
			return h.Tr(h.Td(link), h.Td(r.tag()), h.Td(g.Text(voters)), h.Td(ui.Words(strings.Join(r.Winners, ", "))))
		}))))
}

// away puts the poll away, or deletes it.
func (v pollView) away() g.Node {
	if !v.rests() {
		return nil
	}
	action, message := "archive", "admin.archive.put"
	if v.Archived {
		action, message = "unarchive", "admin.archive.take"
	}
	return v.section("away", "admin.away.title",
		h.Form(h.Method("post"), h.Action(v.pagePath()+"/"+action), v.fromHere(), plain(g.Text(v.say.Text(message, nil)))),
		h.P(h.Class("quiet small"), g.Text(v.say.Text("admin.archive.help", nil))),
		v.deletion(hidden("page", "poll")))
}

// trail is what organisers did to the poll, newest first.
func (v pollView) trail() g.Node {
	return v.section("audit", "admin.audit.title",
		h.Ul(g.Map(v.Trail, v.record)),
		g.If(v.Older != "", h.P(h.A(h.Href(v.Older), g.Text(v.say.Text("admin.audit.older", nil))))))
}

func (v pollView) record(r store.Record) g.Node {
	change := strings.TrimSpace(string(r.Before) + " → " + string(r.After))
	return h.Li(ui.Sentence(v.say, "admin.audit.record",
		args{"Time": ui.Time(v.say, r.At), "Who": r.Who, "What": h.B(g.Text(r.What)), "From": r.From}),
		g.If(change != "→", h.Details(h.Summary(h.Class("small"), g.Text(v.say.Text("admin.audit.change", nil))), h.Code(h.Class("small wrap"), g.Text(change)))))
}
