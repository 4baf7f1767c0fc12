package ui

import (
	"encoding/json"
	"slices"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/web"
)

// Page is what a page says of itself, beside what is on it.
type Page struct {
	Title   string
	Class   string   // of the body; "" for none
	Styles  []string // names of files, after those that all pages have
	Scripts []string // names of files
	Words   []string // codes of the messages that those show
	Still   g.Node   // in the head, for browsers that run no scripts; may be nil
	Main    g.Group  // what is on it, and attributes of <main>
}

// timesWords are what static/times.js shows.
var timesWords = []string{"page.countdown.minutes", "page.countdown.soon", "page.countdown.clock"}

// scripts returns the page's scripts with what they need before them: their words.
func (p Page) scripts() (names []string, words g.Node) {
	codes := p.Words
	if slices.Contains(p.Scripts, "times.js") {
		codes = slices.Concat(codes, timesWords)
	}
	if len(codes) == 0 {
		return p.Scripts, nil
	}
	raw, _ := json.Marshal(printer().Scripted(codes...)) // texts: it can't fail
	return slices.Concat([]string{"words.js"}, p.Scripts), h.Data("messages", string(raw))
}

// Page returns the whole page.
func (l *Theme) Page(p Page) g.Node {
	scripts, words := p.scripts()
	return h.Doctype(h.HTML(h.Lang("en"),
		h.Head(
			h.Meta(h.Charset("utf-8")),
			h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")),
			h.Link(h.Rel("icon"), h.Href(l.Files.URL("icon.svg")), h.Type("image/svg+xml")),
			g.Map(slices.Concat(l.styles, p.Styles), func(name string) g.Node {
				return h.Link(h.Rel("stylesheet"), h.Href(l.Files.URL(name)))
			}),
			h.TitleEl(g.Text(p.Title)),
			g.Iff(p.Still != nil, func() g.Node { return h.NoScript(p.Still) }),
			g.Map(scripts, func(name string) g.Node {
				return h.Script(h.Src(l.Files.URL(name)), h.Defer())
			}),
		),
		h.Body(g.If(p.Class != "", h.Class(p.Class)), h.Main(p.Main, words)),
	))
}

// ErrorPage tells of an error where there is nothing else to show.
func (l *Theme) ErrorPage(e *web.Error) g.Node {
	code, tone := "page.error.failed", "bad"
	if e.RetryAfter > 0 {
		code, tone = "page.error.moment", "warn"
	}
	title := printer().Text(code, nil)
	return l.Page(Page{Title: title, Main: g.Group{
		h.Data("code", e.Code),
		h.H1(g.Text(title)),
		Notice(tone, "alert", g.Text(e.Message)),
		h.P(h.A(h.Href(""), g.Text(printer().Text("page.error.again", nil)))),
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
