package pages

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/admin/form"
	"popeye/api"
	"popeye/internal/ui"
	"popeye/vote"
	"popeye/vote/event"
)

const hereEvents = "/admin/events"

// EventPath is where an event's page is, or a part of it.
func EventPath(code, part string) string {
	if part == "" {
		return hereEvents + "/" + code
	}
	return hereEvents + "/" + code + "/" + part
}

// Events is the page with all events, and the form that makes one.
type Events struct {
	Frame
	Events []event.Event // the newest first
	Polls  []vote.Poll   // that an event may have, the newest first
	ID     string        // of the form
	Title  string        // what was typed, when it was wrong
	Blocks string
	Chosen []string
}

// Page is where organisers plan an evening.
func (v Events) Page() ui.Page {
	return v.page(hereEvents, ui.Page{Title: v.text("admin.events")},
		h.H1(g.Text(v.text("admin.events"))),
		h.Ul(h.Class("plain-list"), g.Map(v.Events, v.row)),
		h.Section(h.Class("card"), h.H2(g.Text(v.text("admin.events.new"))),
			h.Form(h.Method("post"), h.Action(hereEvents), form.Stamp(v.Now), form.Hidden("id", v.ID),
				ui.Field(ui.Label{ID: "title", Text: v.text("admin.events.title")}, h.Input,
					h.Name("title"), h.Dir("auto"), h.Required(), h.MaxLength("200"), h.Value(v.Title)),
				ui.Field(ui.Label{ID: "blocks", Text: v.text("admin.events.blocks"), Hint: v.text("admin.events.blocks_help")}, h.Textarea,
					h.Name("blocks"), h.Dir("auto"), h.Rows("9"), g.Text(v.Blocks)),
				v.choose(),
				primary(g.Text(v.text("admin.events.make"))))))
}

func (v Events) row(e event.Event) g.Node {
	return h.Li(h.Class("card row"),
		h.Div(h.H2(h.A(h.Href(EventPath(e.Code, "")), ui.Words(e.Title))),
			h.P(h.Class("quiet small"), ui.JoinCode(e.Code), g.Text(" "+v.Say.Text("admin.events.polls", args{"Count": len(e.Polls)})))),
		link(EventPath(e.Code, "run"), g.Text(v.text("admin.events.run"))))
}

// choose offers the polls that there are.
func (v Events) choose() g.Node {
	if len(v.Polls) == 0 {
		return nil
	}
	chosen := map[string]bool{}
	for _, slug := range v.Chosen {
		chosen[slug] = true
	}
	return h.Details(h.Summary(g.Text(v.text("admin.events.choose"))), g.Map(v.Polls, func(p vote.Poll) g.Node {
		return h.Div(h.Class("field check"),
			h.Input(h.Type("checkbox"), h.ID("poll-"+p.Slug), h.Name("poll"), h.Value(p.Slug), g.If(chosen[p.Slug], h.Checked())),
			h.Label(h.For("poll-"+p.Slug), ui.Words(p.Question)))
	}))
}

// Event is the page on which an event is changed.
type Event struct {
	Frame
	Event api.OwnEvent
	Polls []vote.Poll // that may be added
	ID    string
}

// Page shows the event's list.
func (v Event) Page() ui.Page {
	code := v.Event.Code
	return v.page(hereEvents, ui.Page{Title: v.Event.Title},
		h.H1(ui.Words(v.Event.Title)),
		h.P(h.Class("cluster"), ui.JoinCode(code), h.A(h.Class("button primary"), h.Href(EventPath(code, "run")), g.Text(v.text("admin.events.run"))),
			link("/e/"+code+"/present", g.Text(v.text("admin.poll.big_screen")))),
		h.Ol(h.Class("plain-list"), g.Map(v.Event.Steps, v.step)),
		h.Section(h.Class("card"), h.H2(g.Text(v.text("admin.events.add"))), v.add()),
		h.Section(h.Class("card"), h.H2(g.Text(v.text("admin.events.settings"))), v.settings()),
		h.Details(h.Summary(g.Text(v.text("admin.events.delete"))), v.form("delete",
			h.P(g.Text(v.text("admin.events.delete_help"))),
			h.Button(h.Class("button danger"), g.Text(v.text("admin.events.delete"))))))
}

func (v Event) form(action string, children ...g.Node) g.Node {
	return h.Form(h.Method("post"), h.Action(EventPath(v.Event.Code, action)), form.Stamp(v.Now), g.Group(children))
}

func (v Event) step(s api.EventStep) g.Node {
	move := func(action, label, of string) g.Node {
		return h.Button(h.Class("button small"), h.FormAction(EventPath(v.Event.Code, action)),
			h.Aria("label", v.Say.Text(of, args{"Question": s.Question})), g.Text(v.text(label)))
	}
	return h.Li(h.Class("card row wrap"),
		h.Div(h.H2(h.A(h.Href("/admin/polls/"+s.Slug), ui.Words(s.Question))),
			h.P(h.Class("cluster small"), ui.Badge(string(s.Status), v.text(Statuses[s.Status])), h.Span(h.Class("quiet"), g.Text(v.text(form.Kinds[s.Kind]))))),
		h.Form(h.Class("cluster"), h.Method("post"), form.Stamp(v.Now), form.Hidden("poll", s.Slug),
			move("up", "admin.events.up", "admin.events.up_of"), move("down", "admin.events.down", "admin.events.down_of"), move("remove", "admin.events.remove", "admin.events.remove_of")))
}

func (v Event) add() g.Node {
	return v.form("add", form.Hidden("id", v.ID),
		ui.Field(ui.Label{ID: "blocks", Text: v.text("admin.events.blocks"), Hint: v.text("admin.events.blocks_help")}, h.Textarea,
			h.Name("blocks"), h.Dir("auto"), h.Rows("5")),
		Events{Frame: v.Frame, Polls: v.Polls}.choose(),
		button(g.Text(v.text("admin.events.add"))))
}

func (v Event) settings() g.Node {
	return v.form("settings",
		ui.Field(ui.Label{ID: "title", Text: v.text("admin.events.title")}, h.Input,
			h.Name("title"), h.Dir("auto"), h.Required(), h.MaxLength("200"), h.Value(v.Event.Title)),
		ui.Check(ui.Label{ID: "together", Text: v.text("admin.events.together"), Hint: v.text("admin.events.together_help")},
			h.Name("together"), h.Value("on"), g.If(v.Event.Together, h.Checked())),
		button(g.Text(v.text("admin.events.save"))))
}
