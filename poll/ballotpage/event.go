package ballotpage

import (
	"cmp"
	"maps"
	"slices"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
	"popeye/internal/ui"
)

// Script is what pages of an event run: the ballot's own, for it takes the place of
// any other when the event comes to a poll.
const Script = script

// Event is the evening in which a page shows a poll, or waits for one.
type Event struct {
	Code, Title string
	At, Of      int  // the place of the poll on this page, from 1, among all; 0 for none
	Apart       bool // the page shows one poll while the event shows others too: it leads back
}

// Path is where the event is.
func (e *Event) Path() string { return ui.EventPath(e.Code) }

// PollPath is where a poll of the event is. The cookies that tell a voter's choice come
// to the poll's own address only.
func (e *Event) PollPath(slug string) string {
	return ui.PagePath(slug) + "?" + EventField + "=" + e.Code
}

// Head is what the pages of an event begin with, and what follow.js follows. at is where
// the page is looked at again.
func (e *Event) Head(say *i18n.Printer, at string) g.Node {
	place := h.Span()
	if e.At > 0 {
		place = ui.Steps(e.At, e.Of, say.Text("voting.event.place", map[string]any{"Place": e.At, "Max": e.Of}))
	}
	return g.Group{
		h.Data("event", e.Code), h.Data("follow", e.Path()+"/follow"), h.Data("look", at),
		g.If(!e.Apart, h.Data("home", e.Path())),
		h.P(h.Class("evening"), ui.Words(e.Title), place),
	}
}

func (e *Event) back(say *i18n.Printer) g.Node {
	return h.P(h.A(h.Class("button block"), h.Href(e.Path()), g.Text(say.Text("voting.event.back", nil))))
}

// AllWords are the messages of scripts on a page that may come to show a poll of any kind.
func AllWords() []string {
	words := append(slices.Clone(scriptWords), "voting.script.new_question", "voting.script.found", "voting.script.found_none")
	for _, kind := range slices.SortedFunc(maps.Keys(widgets), cmp.Compare) {
		words = append(words, widgets[kind].words...)
	}
	slices.Sort(words)
	return slices.Compact(words)
}
