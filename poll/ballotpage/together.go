package ballotpage

import (
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
	"popeye/internal/ui"
)

// Together is the page of an event that shows several polls at once, one ballot below the
// other: each is sent, answered and shut by itself.
type Together struct {
	Event   Event
	State   string // of the event, as follow.js knows it
	Now     time.Time
	URL     string // of this page, whole
	Ballots []View // each of them Among the others
	Say     *i18n.Printer
}

// TogetherPage returns the whole page.
func TogetherPage(look *ui.Theme, t Together) (g.Node, error) {
	main, err := t.main()
	if err != nil {
		return nil, err
	}
	return look.Page(ui.Page{
		Say: t.Say, Title: t.Event.Title, Inline: true, Scripts: []string{script}, Words: AllWords(), Main: main, Still: t.refresh(),
		Preview: &ui.Preview{Title: t.Event.Title, Description: t.Say.Text("voting.preview", nil), URL: t.URL},
	}), nil
}

// TogetherFragment is what the page's own script asks for: <main> alone.
func TogetherFragment(t Together) (g.Node, error) {
	main, err := t.main()
	if err != nil {
		return nil, err
	}
	return h.Main(main), nil
}

func (t Together) main() (g.Group, error) {
	main := g.Group{
		ui.Now(t.Now), h.Data("state", t.State), h.Data("poll", ""), h.Data("together", ""),
		t.Event.Head(t.Say, t.Event.Path()),
		h.H1(g.Text(t.Say.Text("voting.event.open", nil))),
		h.P(h.Class("visually-hidden"), line("news")),
	}
	for _, v := range t.Ballots {
		ballot, err := v.ballot()
		if err != nil {
			return nil, err
		}
		main = append(main, ballot)
	}
	return append(main, h.P(h.Class("quiet small"), g.Text(t.Say.Text("voting.privacy", nil)))), nil
}

// refresh lets a page without scripts look again, unless somebody may be filling it in.
func (t Together) refresh() g.Node {
	for _, v := range t.Ballots {
		if v.takes() {
			return nil
		}
	}
	return lookAgain()
}
