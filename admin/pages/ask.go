package pages

import (
	"net/url"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/admin/form"
	"popeye/internal/ui"
	"popeye/vote"
)

// ask is the form that asks a new question, with the phone of a voter beside it.
func (f Frame) ask(typed form.Form, wrong form.Mistake) g.Node {
	return h.Section(h.ID("ask"), h.Class("card ask"),
		h.H2(g.Text(f.text("admin.ask.title"))),
		h.Div(h.Class("ask-with-phone"),
			h.Form(h.Method("post"), h.Action("/admin/polls"), h.Class("ask-form"), form.Hidden("id", typed["id"]), form.Stamp(f.Now),
				typed.New(f.Say, wrong,
					h.P(h.Class("cluster"), primary(h.Name("open"), h.Value("yes"), g.Text(f.text("admin.ask.now"))), button(g.Text(f.text("admin.ask.draft")))),
					f.templates())),
			f.phone()),
		form.ZoneList())
}

// templates begin with a question that is often asked. static/ask.js fills the form in
// as it stands; the links need no script.
func (f Frame) templates() g.Node {
	return h.Div(h.Class("cluster templates"), h.Span(h.Class("quiet small"), g.Text(f.text("admin.ask.templates"))),
		g.Map(form.Templates, func(t form.Template) g.Node {
			return h.A(h.Class("chip"), h.Href("/admin?"+url.Values{"template": {t.Name}}.Encode()+"#ask"), h.Data("kind", string(t.Kind)),
				h.Data("question", f.text(t.Question)), h.Data("options", f.text(t.Options)), g.Text(f.text(t.Title)))
		}))
}

// phone is where static/ask.js shows what voters will see. Its sentences come with it.
func (f Frame) phone() g.Node {
	hints := map[vote.Kind]string{
		vote.Single: "admin.phone.single", vote.Multiple: "admin.phone.multiple", vote.Ranked: "admin.phone.ranked", vote.Score: "admin.phone.score",
	}
	return h.Aside(h.Class("phone"), h.Aria("label", f.text("admin.phone")), ui.Hidden(),
		h.P(h.Class("phone-question"), h.Dir("auto")),
		g.Map(vote.Kinds, func(k vote.Kind) g.Node {
			return h.P(h.Class("quiet small"), h.Data("hint", string(k)), ui.Hidden(), g.Text(f.text(hints[k])))
		}),
		h.Ol(),
		h.P(h.Class("quiet small phone-empty"), g.Text(f.text("admin.phone.empty"))))
}
