package ballotpage

import (
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/ui"
	"popeye/internal/web"
	"popeye/vote"
)

// Page is the page on which people vote. What it says of a vote is never
// above the form: an answer must not move what is under the voter's finger.
func Page(look *ui.Theme, v View) (page g.Node, err error) {
	if v.widget, err = widgetOf(v.Poll.Kind); err != nil {
		return nil, err
	}
	v.marks = v.Poll.Read(v.Choice)
	schedule := v.schedule()
	scripts := []string{"poll.js", "follow.js"}
	if !schedule.None() || len(v.Poll.Corrections)+len(v.Poll.Reopenings) > 0 {
		scripts = append(scripts, "times.js")
	}
	takes := v.Poll.Status == vote.Open && !v.shut()
	return look.Page(ui.Page{Title: v.Poll.Question, Scripts: scripts, Still: v.refresh(), Main: g.Group{
		ui.Now(v.Now), h.Data("state", v.State), h.Data("poll", v.Poll.Slug), h.Data("words", scriptWords(v.Say)),
		h.H1(h.Dir("auto"), g.Text(v.Poll.Question)),
		g.If(!takes, v.gate()),
		g.If(!schedule.None(), h.P(h.Class("quiet"), h.ID("when"), ui.When(schedule, v.Poll.Status), ui.Countdown(schedule))),
		g.Iff(takes, v.form),
		ui.History(v.Poll.Corrections, v.Poll.Reopenings),
		g.Iff(takes, v.rule),
		h.Footer(h.A(h.Href(v.Result), g.Text(v.Say.Text("voting.watch_result", nil)))),
		h.Div(h.Class("said"),
			h.Div(h.ID("outcome"), h.Role("status"), v.outcome()),
			said("sending"), said("unsent"), said("shut"),
		),
	}}), nil
}

// said is a line for poll.js to fill.
func said(id string) g.Node {
	return h.P(h.Class("notice warn"), h.ID(id), h.Role("status"), ui.Hidden())
}

// refresh lets a page look again where no script does.
func (v View) refresh() g.Node {
	if !v.waits() {
		return nil
	}
	return h.Meta(g.Attr("http-equiv", "refresh"), h.Content("5"))
}

// outcome tells what became of the vote just sent, or of the one before.
func (v View) outcome() g.Node {
	switch {
	case v.Error != nil && v.Choice != "" && v.Error.Code != "unavailable":
		return ui.Notice("bad", "alert", message(v.Error), g.Text(" "), v.around("voting.still_counts", v.recorded(), nil))
	case v.Error != nil:
		return ui.Notice("bad", "alert", message(v.Error))
	case v.Choice != "":
		return ui.Notice("good", "", v.around("voting.recorded", v.recorded(), nil),
			g.If(v.Poll.Status == vote.Open, h.Span(h.Class("open"), g.Text(" "+v.Say.Text("voting.can_change", nil)))))
	}
	return nil
}

// message is what an error says, with the organiser's words in it, which are
// quoted, set apart.
func message(e *web.Error) g.Node {
	var words g.Group
	for rest := e.Message; ; {
		before, after, opens := strings.Cut(rest, "“")
		quoted, next, closes := strings.Cut(after, "”")
		if !opens || !closes {
			return append(words, g.Text(rest))
		}
		words = append(words, g.Text(before+"“"), ui.Words(quoted), g.Text("”"))
		rest = next
	}
}

// gate tells why there is no form, unless the error below it does.
func (v View) gate() g.Node {
	switch {
	case v.Poll.Status == vote.Draft:
		return gateNotice(v.Say.Text("voting.gate.draft", nil))
	case v.Poll.Status == vote.Open, v.shut():
		return nil
	case v.waits():
		return gateNotice(v.Say.Text("voting.gate.reopens", nil))
	}
	return gateNotice(v.Say.Text("poll_error.closed", nil))
}

func gateNotice(text string) g.Node {
	return h.P(h.Class("notice warn"), h.ID("gate"), h.Role("status"), g.Text(text))
}

// form lets a voter choose: by one tap where there is one choice.
func (v View) form() g.Node {
	send := v.Say.Text("voting.send", nil)
	if v.Choice != "" {
		send = v.Say.Text("voting.change", nil)
	}
	answered := v.Choice != "" || v.Error != nil
	return h.Form(h.Method("post"), h.Action(v.Action), h.AutoComplete("off"), g.If(answered, h.Class("settling")),
		h.Input(h.Type("hidden"), h.Name(CookieField), h.Value(v.CookieTag)),
		h.Input(h.Type("hidden"), h.Name(EditionField), h.Value(v.Poll.Edition())),
		h.FieldSet(
			h.Legend(h.Class("quiet"), g.Text(v.widget.advice(v))),
			g.Map(v.Poll.Options, func(o vote.Option) g.Node { return v.widget.option(v, o) }),
		),
		g.If(!v.widget.byTap, h.Button(h.Class("primary"), g.Text(send))),
		g.Iff(v.Poll.Abstain, v.abstain),
	)
}

// abstain is the button of a voter who chooses nothing, and says so.
func (v View) abstain() g.Node {
	return h.Div(h.Class("abstain"), voteButton(string(vote.Abstention), v.Poll.Abstains(v.Choice),
		h.Span(h.Class("text"), g.Text(v.Say.Text("voting.abstain", nil)))))
}

// rule says how the votes are counted.
func (v View) rule() g.Node {
	return h.P(h.Class("quiet small"), h.ID("rule"), ui.CountedBy(v.Say, v.Poll.CountedBy(), v.Poll.Seats))
}
