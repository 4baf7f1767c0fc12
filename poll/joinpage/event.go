package joinpage

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
	"popeye/internal/ui"
	"popeye/poll/ballotpage"
)

// Event is an event that shows no question.
type Event struct {
	ballotpage.Event
	State string // as follow.js knows it
	URL   string // of this page, whole
	Say   *i18n.Printer
}

// Waiting is what is on the page before the first question and between two. Without
// scripts it loads itself again.
func Waiting(v Event) g.Group {
	return g.Group{
		v.head(),
		h.H1(g.Text(v.Say.Text("voting.event.waiting", nil))),
		h.P(h.Class("quiet"), g.Text(v.Say.Text("voting.event.stay", nil))),
	}
}

func (v Event) head() g.Node {
	return g.Group{h.Data("state", v.State), h.Data("poll", ""), v.Head(v.Say, v.Path())}
}

// Whole returns the page around what is on it.
func Whole(look *ui.Theme, v Event, main g.Group) g.Node {
	return look.Page(ui.Page{
		Say: v.Say, Title: v.Title, Inline: true, Scripts: []string{ballotpage.Script}, Words: ballotpage.AllWords(),
		Preview: &ui.Preview{Title: v.Title, Description: v.Say.Text("voting.preview", nil), URL: v.URL},
		Still:   h.Meta(g.Attr("http-equiv", "refresh"), h.Content("5")),
		Main:    main,
	})
}

// Fragment is what our script asks for: <main> alone.
func Fragment(main g.Group) g.Node { return h.Main(main) }
