package ui

import (
	"cmp"
	"encoding/json"
	"slices"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
	"popeye/internal/web"
)

// Page is what a page says of itself, beside what is on it.
type Page struct {
	Say     *i18n.Printer // in the page's language; nil for English
	Title   string
	Class   string   // of the body; "" for none
	Scripts []string // names of files
	Words   []string // codes of the messages that those show
	Still   g.Node   // in the head, for browsers that run no scripts; may be nil
	Main    g.Group  // what is on it, and attributes of <main>
}

// numberWords are what static/words.js writes numbers with, and timesWords what
// static/times.js shows.
var numberWords = []string{"number.group", "number.decimal", "number.percent", "number.percent_less", "number.percent_more"}

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
	codes = slices.Concat(codes, numberWords)
	raw, _ := json.Marshal(p.Say.Scripted(codes...)) // texts: it can't fail
	return slices.Concat([]string{"words.js"}, p.Scripts), h.Data("messages", string(raw))
}

// Page returns the whole page.
func (l *Theme) Page(p Page) g.Node {
	p.Say = cmp.Or(p.Say, i18n.English)
	scripts, words := p.scripts()
	return h.Doctype(h.HTML(h.Lang(p.Say.Tag()), h.Dir(p.Say.Dir()),
		h.Head(
			h.Meta(h.Charset("utf-8")),
			h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")),
			h.Link(h.Rel("icon"), h.Href(l.Files.URL("icon.svg")), h.Type("image/svg+xml")),
			g.Map(l.styles, func(name string) g.Node {
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
func (l *Theme) ErrorPage(say *i18n.Printer, e *web.Error) g.Node {
	code, tone := "page.error.failed", "bad"
	if e.RetryAfter > 0 {
		code, tone = "page.error.moment", "warn"
	}
	title := say.Text(code, nil)
	return l.Page(Page{Say: say, Title: title, Main: g.Group{
		h.Data("code", e.Code),
		h.H1(g.Text(title)),
		Notice(tone, "alert", g.Text(e.In(say))),
		h.P(h.A(h.Href(""), g.Text(say.Text("page.error.again", nil)))),
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
