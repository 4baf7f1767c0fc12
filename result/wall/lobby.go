package wall

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
	"popeye/internal/ui"
)

// Lobby is the screen of an event that shows no poll: how to join, as large as it goes.
type Lobby struct {
	Title  string
	Join   Join
	Follow g.Node // as that of a Wall
	Joined int64
	Theme  string
	Say    *i18n.Printer
}

// Page is the whole screen.
func (l Lobby) Page() ui.Page {
	return ui.Page{
		Say: l.Say, Title: l.Title, Class: "wall lobby", Styles: []string{"wall.css"}, Bare: true, Scripts: scripts, Words: scriptWords,
		Still: h.Meta(g.Attr("http-equiv", "refresh"), h.Content("5")),
		Main: g.Group{
			h.Class("is-ready"), g.If(l.Theme != "", h.Data("theme", l.Theme)), l.Follow,
			h.H1(h.ID("question"), h.Dir("auto"), g.Text(l.Title)),
			h.P(h.ID("caption"), g.Text(l.Say.Text("wall.event.waiting", nil))),
			l.Join.node(l.Say, true),
			joined(l.Say, l.Joined),
		},
	}
}
