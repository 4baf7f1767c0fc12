package joinpage

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
	"popeye/internal/ui"
	"popeye/poll/ballotpage"
	"popeye/vote"
)

// Join is a page that asks for a code.
type Join struct {
	Typed string // what was typed, and leads nowhere; "" for nothing
	Wrong string // why
	Say   *i18n.Printer
}

// JoinPage is one large field.
func JoinPage(look *ui.Theme, v Join) g.Node {
	title := v.Say.Text("voting.join", nil)
	return look.Page(ui.Page{Say: v.Say, Title: title, Inline: true, Main: g.Group{
		h.Class("joining"), h.H1(g.Text(title)), ballotpage.CodeForm(v.Say, ui.Primary, v.Typed, v.Wrong),
	}})
}

// Listed is a poll on a list.
type Listed struct {
	Question, Path string
}

// Front is what the front page shows.
type Front struct {
	Listed []Listed
	Last   string // the question of the default poll, which is over; "" for none
	State  string // of the default poll, as follow.js knows it; "" if there is none
	URL    string // of this page, whole
	Say    *i18n.Printer
}

// FrontPage leads on while the default poll is not open; with scripts it turns into that
// poll when it opens.
func FrontPage(look *ui.Theme, v Front) g.Node {
	title := v.Say.Text("voting.front", nil)
	return look.Page(ui.Page{
		Say: v.Say, Title: title, Inline: true, Scripts: []string{ballotpage.Script}, Words: ballotpage.AllWords(),
		Preview: &ui.Preview{Title: title, Description: v.Say.Text("voting.preview", nil), URL: v.URL},
		Main: g.Group{
			h.Class("joining"),
			g.If(v.State != "", g.Group{h.Data("state", v.State), h.Data("poll", vote.DefaultSlug), h.Data("front", "")}),
			h.H1(g.Text(title)),
			ballotpage.CodeForm(v.Say, ui.Primary, "", ""),
			g.Iff(len(v.Listed) > 0, func() g.Node {
				return g.Group{h.H2(g.Text(v.Say.Text("voting.front.open", nil))), list(v.Listed)}
			}),
			g.Iff(v.Last != "", func() g.Node {
				return h.P(h.Class("quiet"), g.Text(v.Say.Text("voting.front.last", nil)+" "),
					h.A(h.Href("/p/"+vote.DefaultSlug), ui.Words(v.Last)))
			}),
		},
	})
}

func list(polls []Listed) g.Node {
	return h.Ul(h.Class("polls"), g.Map(polls, func(p Listed) g.Node {
		return h.Li(h.A(h.Class("option"), h.Href(p.Path),
			h.Span(h.Class("text"), h.Dir("auto"), g.Text(p.Question))))
	}))
}
