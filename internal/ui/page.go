package ui

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/web"
)

// Page is what a page says of itself, beside what is on it.
type Page struct {
	Title   string
	Class   string   // of the body; "" for none
	Scripts []string // names of files
	Still   g.Node   // in the head, for browsers that run no scripts; may be nil
	Main    g.Group  // what is on it, and attributes of <main>
}

// Page returns the whole page.
func (l *Theme) Page(p Page) g.Node {
	return h.Doctype(h.HTML(h.Lang("en"),
		h.Head(
			h.Meta(h.Charset("utf-8")),
			h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")),
			h.Link(h.Rel("icon"), h.Href(l.Files.URL("icon.svg")), h.Type("image/svg+xml")),
			g.Map(l.styles, func(name string) g.Node {
				return h.Link(h.Rel("stylesheet"), h.Href(l.Files.URL(name)))
			}),
			h.TitleEl(g.Text(p.Title)),
			g.Iff(p.Still != nil, func() g.Node { return h.NoScript(p.Still) }),
			g.Map(p.Scripts, func(name string) g.Node {
				return h.Script(h.Src(l.Files.URL(name)), h.Defer())
			}),
		),
		h.Body(g.If(p.Class != "", h.Class(p.Class)), h.Main(p.Main)),
	))
}

// ErrorPage tells of an error where there is nothing else to show.
func (l *Theme) ErrorPage(e *web.Error) g.Node {
	title, heading, tone := "That did not work", "That did not work", "bad"
	if e.RetryAfter > 0 {
		title, heading, tone = "One moment", "One moment, please", "warn"
	}
	return l.Page(Page{Title: title, Main: g.Group{
		h.Data("code", e.Code),
		h.H1(g.Text(heading)),
		Notice(tone, "alert", g.Text(e.Message)),
		h.P(h.A(h.Href(""), g.Text("Try again"))),
	}})
}

// Notice is a line that stands out: good, bad or warn. A role, unless "", lets
// screen readers speak it when it appears.
func Notice(tone, role string, children ...g.Node) g.Node {
	return h.P(h.Class("notice "+tone), g.If(role != "", h.Role(role)), g.Group(children))
}

// Hidden is an element that waits for a script, or for its moment.
func Hidden() g.Node { return g.Attr("hidden") }

// Words are an organiser's within a sentence of ours: from right to left or from
// left to right, as they are, without an effect on what stands around them.
func Words(text string) g.Node { return g.El("bdi", g.Text(text)) }
