// Package pages is what organisers see. What enters is what their station has read of
// its store; what leaves are pages, ready to be rendered. Nothing here changes
// anything.
//
// list.go is the page with all polls and the form that asks, ask.go that form. A poll
// has pages of its own: run.go is for while people vote, settings.go for what it asks,
// rounds.go for asking again, trail.go for what organisers did, minutes.go to print.
// poll.go is what they share, signin.go the way in, operator.go is for operators.
package pages

import (
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/admin/form"
	"popeye/internal/i18n"
	"popeye/internal/ui"
)

// args fill the gaps of a message.
type args = map[string]any

// Frame is what every page for organisers has.
type Frame struct {
	Say   *i18n.Printer
	Now   time.Time
	Error string // what was refused
	Note  string // what went well
}

// The parts of the site that the navigation leads to.
const (
	herePolls    = "/admin"
	hereOperator = "/admin/operator"
)

// places are the navigation, in its order.
var places = []struct{ path, label string }{
	{herePolls, "admin.nav.polls"},
	{hereEvents, "admin.nav.events"},
	{hereOperator, "admin.nav.operator"},
}

// page returns the page of one who has signed in. here is the part of the site that
// it belongs to.
func (f Frame) page(here string, p ui.Page, main ...g.Node) ui.Page {
	p.Say, p.Class = f.Say, "organise "+p.Class
	p.Main = g.Group{ui.Now(f.Now), f.nav(here), f.told(), g.Group(main)}
	return p
}

func (f Frame) nav(here string) g.Node {
	return h.Nav(h.Class("nav no-print"), h.Aria("label", f.text("admin.nav")),
		h.Ul(g.Map(places, func(p struct{ path, label string }) g.Node {
			return h.Li(h.A(h.Href(p.path), g.If(p.path == here, h.Aria("current", "page")), g.Text(f.text(p.label))))
		})),
		h.Form(h.Method("post"), h.Action("/admin/logout"), form.Stamp(f.Now),
			h.Button(h.Class("button quiet small"), g.Text(f.text("admin.sign_out")))))
}

// told is what happened before.
func (f Frame) told() g.Node {
	return g.Group{
		g.If(f.Error != "", ui.Notice("bad", "alert", g.Text(f.Error))),
		g.If(f.Note != "", ui.Notice("good", "status", g.Text(f.Note))),
	}
}

// text is a message without gaps.
func (f Frame) text(code string) string { return f.Say.Text(code, nil) }

// said is where static/admin.js says what went wrong, in these words. here is the address
// that it follows.
func (f Frame) said(here string) g.Node {
	return h.P(h.ID("said"), h.Class("notice warn"), h.Role("alert"), ui.Hidden(), h.Data("here", here),
		h.Data("silent", f.text("admin.script.silent")), h.Data("unsent", f.text("admin.script.unsent")),
		h.Data("signed-out", f.text("admin.script.signed_out")), h.Data("unavailable", f.text("admin.script.unavailable")))
}

// part marks what static/admin.js replaces when its version is another one.
func part(id, version string) g.Node { return g.Group{h.ID(id), h.Data("revision", version)} }

// figure marks what static/admin.js replaces without a word: a number that moves.
func figure(id, version string) g.Node { return g.Group{part(id, version), h.Data("live", "")} }

// button sends a form; it does not call for attention.
func button(children ...g.Node) g.Node { return h.Button(h.Class("button"), g.Group(children)) }

// primary is the button that a page is for.
func primary(children ...g.Node) g.Node {
	return h.Button(h.Class("button primary"), g.Group(children))
}

// link looks like a button.
func link(href string, children ...g.Node) g.Node {
	return h.A(h.Class("button"), h.Href(href), g.Group(children))
}
