package ballotpage

import (
	"slices"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/ui"
	"popeye/vote"
)

// scriptWords are the messages that the page's script shows.
var scriptWords = []string{
	"voting.script.sending", "voting.script.retry", "voting.script.retry_sign_in", "voting.script.retry_offline",
	"voting.script.closed", "voting.script.changed", "voting.script.look_again", "voting.script.unsent", "voting.script.first_unsent",
}

// Page is the page on which people vote. What it says of a vote is in a bar at the
// bottom of the screen: an answer must not move what is under the voter's finger.
func Page(look *ui.Theme, v View) (g.Node, error) {
	main, err := v.main()
	if err != nil {
		return nil, err
	}
	return look.Page(ui.Page{
		Say: v.Say, Title: v.Poll.Question, Preview: v.preview(), Scripts: []string{script}, Words: v.words(), Still: v.refresh(), Main: main, Inline: true,
	}), nil
}

// Fragment is what the page's own script asks for: <main>, without what it has already.
func Fragment(v View) (g.Node, error) {
	main, err := v.main()
	if err != nil {
		return nil, err
	}
	return h.Main(main), nil
}

// words are the messages of scripts on this page.
func (v View) words() []string {
	if v.Event != nil { // the next poll may be of any kind
		return AllWords()
	}
	words := slices.Clone(scriptWords)
	if len(v.Poll.Options) > searchFrom {
		words = append(words, "voting.script.found", "voting.script.found_none")
	}
	w, _ := widgetOf(v.Poll.Kind) // its page exists
	return append(words, w.words...)
}

func (v View) main() (g.Group, error) {
	ballot, err := v.ballot()
	if err != nil {
		return nil, err
	}
	return g.Group{
		ui.Now(v.Now), h.Data("state", v.State), h.Data("poll", v.Poll.Slug),
		g.Iff(v.Event != nil, func() g.Node { return v.Event.Head(v.Say, v.look()) }),
		ballot,
		g.Iff(v.Event != nil && v.Event.Apart, func() g.Node { return v.Event.back(v.Say) }),
		g.Iff(v.AsksCode, func() g.Node { return CodeForm(v.Say, ui.Plain, "", "") }),
	}, nil
}

// look is where a page of an event is looked at again.
func (v View) look() string {
	if v.Among {
		return v.Event.Path()
	}
	return v.Event.PollPath(v.Poll.Slug)
}

// preview is what a message with a link to the page shows of it.
func (v View) preview() *ui.Preview {
	return &ui.Preview{Title: v.Poll.Question, Description: v.Say.Text("voting.preview", nil), URL: v.URL}
}

// history is what was corrected since the poll opened; the script replaces it.
func (v View) history() g.Node {
	history := ui.History(v.Say, v.Poll.Corrections, v.Poll.Reopenings)
	if history == nil {
		return nil
	}
	return h.Div(h.Class("history"), history)
}

// shownWhen is the message that says who sees the result, and when.
func (v View) shownWhen() string {
	switch v.Poll.Visibility {
	case vote.VisibleAfterVote:
		return "voting.shown.after_vote"
	case vote.VisibleClosed:
		return "voting.shown.closed"
	case vote.VisibleManual:
		if !v.Poll.Revealed {
			return "voting.shown.manual"
		}
	case vote.VisibleLive:
	}
	return "voting.shown.live"
}

// afterwards leads to the result of a poll that takes no votes, or says why it is hidden.
func (v View) afterwards() g.Node {
	if v.Poll.Visibility == vote.VisibleManual && !v.Poll.Revealed {
		return h.P(h.Class("quiet"), g.Text(v.Say.Text("voting.shown.not_yet", nil)))
	}
	return h.P(v.seeResult("button primary block"))
}

func (v View) seeResult(class string) g.Node {
	return h.A(h.Class("see "+class), h.Href(v.Result), g.Text(v.Say.Text("voting.see_result", nil)))
}

// refresh lets a page look again where no script does.
func (v View) refresh() g.Node {
	follows := v.Event != nil && !v.Event.Apart && v.Poll.Status != vote.Open
	if !v.waits() && !follows {
		return nil
	}
	return lookAgain()
}

func lookAgain() g.Node { return h.Meta(g.Attr("http-equiv", "refresh"), h.Content("5")) }

// outcome tells what became of the vote just sent, or of the one before.
func (v View) outcome() g.Node {
	switch {
	case v.Error != nil && v.Choice != "" && v.Error.Code != "unavailable":
		return ui.Notice("bad", "alert", ui.ErrorText(v.Say, v.Error), g.Text(" "), v.around("voting.still_counts", v.recorded(), nil))
	case v.Error != nil:
		return ui.Notice("bad", "alert", ui.ErrorText(v.Say, v.Error))
	case v.Choice != "":
		return ui.Notice("good", "", v.around("voting.recorded", v.recorded(), nil),
			g.If(v.Poll.Status == vote.Open, h.Span(h.Class("open"), g.Text(" "+v.Say.Text("voting.can_change", nil)))))
	case v.Poll.Status == vote.Open:
		return h.P(h.Class("none"), g.Text(v.Say.Text("voting.none", nil)))
	}
	return nil
}

// gate tells why there is no form, unless the error below it does.
func (v View) gate() g.Node {
	switch {
	case v.Poll.Status == vote.Draft:
		return v.gateNotice("voting.gate.draft")
	case v.Poll.Status == vote.Open, v.shut():
		return nil
	case v.waits():
		return v.gateNotice("voting.gate.reopens")
	}
	return v.gateNotice("poll_error.closed")
}

func (v View) gateNotice(code string) g.Node {
	return h.P(h.Class("notice gate"), h.Role("status"), g.Text(v.Say.Text(code, nil)))
}
