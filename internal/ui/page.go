package ui

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
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
	Styles  []string // names of files, after those that all pages have
	Scripts []string // names of files
	Words   []string // codes of the messages that those show
	Still   g.Node   // in the head, for browsers that run no scripts; may be nil
	Main    g.Group  // what is on it, and attributes of <main>

	Preview *Preview // what other programs show of a link to it; nil for none
	Beside  g.Node   // in the header, beside the name: where one is; may be nil
	Bare    bool     // without header and footer, as on a wall and in a frame
	// Inline lets the page hold its style sheets: it is readable after one round
	// trip. For pages that people open once, on a bad line.
	Inline bool
}

// numberWords are what static/words.js writes numbers with, and timesWords what
// static/times.js shows.
var numberWords = []string{"number.group", "number.decimal", "number.percent", "number.percent_less", "number.percent_more"}

var timesWords = []string{"page.countdown.minutes", "page.countdown.soon", "page.countdown.clock"}

// scripts returns the page's scripts with what they need before them: their words.
func (l *Theme) scripts(p Page) (names []string, words g.Node) {
	codes := p.Words
	if slices.ContainsFunc(p.Scripts, func(name string) bool { return l.holds(name, "times.js") }) {
		codes = slices.Concat(codes, timesWords)
	}
	if len(codes) == 0 {
		return p.Scripts, nil
	}
	codes = slices.Concat(codes, numberWords)
	names = p.Scripts
	if !slices.ContainsFunc(names, func(name string) bool { return l.holds(name, "words.js") }) {
		names = slices.Concat([]string{"words.js"}, names)
	}
	raw, _ := json.Marshal(p.Say.Scripted(codes...)) // texts: it can't fail
	return names, h.Data("messages", string(raw))
}

// Page returns the whole page.
func (l *Theme) Page(p Page) g.Node {
	p.Say = cmp.Or(p.Say, i18n.English)
	scripts, words := l.scripts(p)
	return h.Doctype(h.HTML(h.Lang(p.Say.Tag()), h.Dir(p.Say.Dir()),
		h.Head(
			h.Meta(h.Charset("utf-8")),
			h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1, viewport-fit=cover")),
			h.TitleEl(g.Text(p.Title)),
			g.Map(l.styles, func(s sheet) g.Node {
				if p.Inline {
					return inline(s.text)
				}
				return h.Link(h.Rel("stylesheet"), h.Href(l.Files.URL(s.name)))
			}),
			g.Map(p.Styles, func(name string) g.Node { return h.Link(h.Rel("stylesheet"), h.Href(l.Files.URL(name))) }),
			l.identity(p.Say.Tag()),
			g.Iff(p.Preview != nil, func() g.Node { return p.Preview.tags(p.Say, l.Files.URL("icon-512.png")) }),
			g.Iff(p.Still != nil, func() g.Node { return h.NoScript(p.Still) }),
			g.Map(scripts, func(name string) g.Node {
				return h.Script(h.Src(l.Files.URL(name)), h.Defer())
			}),
		),
		h.Body(g.If(p.Class != "", h.Class(p.Class)),
			g.Iff(!p.Bare, func() g.Node { return header(p) }),
			h.Main(p.Main, words),
			g.Iff(!p.Bare, func() g.Node { return footer(p) }),
		),
	))
}

// inline is a style sheet of ours within a page. A browser reads what is in <style> as it
// stands, so it is not escaped; web.Static has made sure that nothing in it ends it.
type inline web.Style

// Render writes the element.
func (s inline) Render(w io.Writer) error {
	_, err := io.WriteString(w, "<style>"+string(s)+"</style>")
	return err
}

// ErrorPage tells of an error where there is nothing else to show: what is wrong, what to
// do, and a way on.
func (l *Theme) ErrorPage(say *i18n.Printer, e *web.Error) g.Node {
	code, tone, again := "page.error.failed", "bad", true
	switch {
	case e.RetryAfter > 0:
		code, tone = "page.error.moment", "warn"
	case e.Status == http.StatusNotFound:
		code, tone, again = "page.error.missing", "warn", false
	}
	title := say.Text(code, nil)
	return l.Page(Page{Say: say, Title: title, Main: g.Group{
		h.Data("code", e.Code),
		h.H1(g.Text(title)),
		Notice(tone, "alert", ErrorText(say, e)),
		h.P(h.Class("cluster"),
			g.If(again, h.A(h.Class("button primary"), h.Href(""), g.Text(say.Text("page.error.again", nil)))),
			h.A(h.Class("button"), h.Href("/"), g.Text(say.Text("page.error.start", nil))),
		),
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
