package poll

import (
	"fmt"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/ui"
	"popeye/internal/web"
	"popeye/vote"
)

// ballotPage is the page on which people vote. What it says of a vote is never
// above the form: an answer must not move what is under the voter's finger.
func (s *Station) ballotPage(v view) g.Node {
	schedule := v.schedule()
	scripts := []string{"poll.js", "follow.js"}
	if !schedule.None() || len(v.Poll.Corrections)+len(v.Poll.Reopenings) > 0 {
		scripts = append(scripts, "times.js")
	}
	takes := v.Poll.Status == vote.Open && !v.shut()
	return s.look.Page(ui.Page{Title: v.Poll.Question, Scripts: scripts, Still: v.refresh(), Main: g.Group{
		ui.Now(v.Now), h.Data("state", stateOf(v.Poll)), h.Data("poll", v.Poll.Slug),
		h.H1(h.Dir("auto"), g.Text(v.Poll.Question)),
		g.If(!takes, v.gate()),
		g.If(!schedule.None(), h.P(h.Class("quiet"), h.ID("when"), ui.When(schedule, v.Poll.Status), ui.Countdown(schedule))),
		g.Iff(takes, v.form),
		ui.History(v.Poll.Corrections, v.Poll.Reopenings),
		h.Footer(h.A(h.Href(v.Result), g.Text("Watch the result"))),
		h.Div(h.Class("said"),
			h.Div(h.ID("outcome"), h.Role("status"), v.outcome()),
			said("sending"), said("unsent"), said("shut"),
		),
	}})
}

// said is a line for poll.js to fill.
func said(id string) g.Node {
	return h.P(h.Class("notice warn"), h.ID(id), h.Role("status"), ui.Hidden())
}

// refresh lets a page look again where no script does.
func (v view) refresh() g.Node {
	if !v.waits() {
		return nil
	}
	return h.Meta(g.Attr("http-equiv", "refresh"), h.Content("5"))
}

// outcome tells what became of the vote just sent, or of the one before.
func (v view) outcome() g.Node {
	switch {
	case v.Error != nil && v.Choice != "" && v.Error.Code != "unavailable":
		return ui.Notice("bad", "alert", message(v.Error), g.Text(" Your vote from before still counts: "), v.recorded(), g.Text("."))
	case v.Error != nil:
		return ui.Notice("bad", "alert", message(v.Error))
	case v.Choice != "":
		return ui.Notice("good", "", g.Text("✓ Recorded: "), v.recorded(), g.Text("."),
			g.If(v.Poll.Status == vote.Open, h.Span(h.Class("open"), g.Text(" You can change your vote until the poll closes."))))
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
func (v view) gate() g.Node {
	again := ""
	if v.waits() {
		again = " This page looks again by itself."
	}
	switch {
	case v.Poll.Status == vote.Draft:
		return gateNotice("This poll has not opened yet." + again)
	case v.Poll.Status == vote.Open, v.shut():
		return nil
	}
	return gateNotice("This poll is closed. It takes no more votes." + again)
}

func gateNotice(text string) g.Node {
	return h.P(h.Class("notice warn"), h.ID("gate"), h.Role("status"), g.Text(text))
}

// form lets a voter choose: by one tap where there is one choice.
func (v view) form() g.Node {
	send := "Vote"
	if v.Choice != "" {
		send = "Change my vote"
	}
	answered := v.Choice != "" || v.Error != nil
	return h.Form(h.Method("post"), h.Action(v.Action), h.AutoComplete("off"), g.If(answered, h.Class("settling")),
		h.Input(h.Type("hidden"), h.Name(cookieField), h.Value(tag(v.key))),
		h.Input(h.Type("hidden"), h.Name("edition"), h.Value(v.Poll.Edition())),
		h.FieldSet(
			h.Legend(h.Class("quiet"), g.Text(v.advice())),
			g.Map(v.Poll.Options, v.option),
		),
		g.If(v.Poll.Kind != vote.Single, h.Button(h.Class("primary"), g.Text(send))),
	)
}

// advice says how to fill in the form: always the same, for another length could
// move what is below it.
func (v view) advice() string {
	p := v.Poll
	switch {
	case p.Kind == vote.Single:
		return "Tap to vote. Tap another option to change your vote."
	case p.Kind == vote.Multiple && p.Min == p.Max:
		return fmt.Sprintf("Choose %d.", p.Min)
	case p.Kind == vote.Multiple:
		return fmt.Sprintf("Choose %d to %d.", p.Min, p.Max)
	case p.Kind == vote.Ranked:
		return "Give your favourite place 1, the next one place 2. What you leave empty is not ranked."
	default:
		return fmt.Sprintf("Give each option from %d to %d points. What you leave empty is not rated.", p.Min, p.Max)
	}
}

// option is how one option is chosen.
func (v view) option(o vote.Option) g.Node {
	switch v.Poll.Kind {
	case vote.Single:
		return v.button(o)
	case vote.Multiple:
		return v.box(o)
	default:
		return v.list(o)
	}
}

// button votes for an option at once.
func (v view) button(o vote.Option) g.Node {
	pressed := v.number(o.ID) == 1
	return h.Button(h.Class("option"), h.Name("vote"), h.Value(o.ID), h.Aria("pressed", strconv.FormatBool(pressed)),
		h.Span(h.Class("mark"), h.Aria("hidden", "true"), g.If(pressed, g.Text("✓"))),
		h.Span(h.Class("text"), h.Dir("auto"), g.Text(o.Label)),
	)
}

// box ticks an option.
func (v view) box(o vote.Option) g.Node {
	return h.Label(h.Class("option"),
		h.Input(h.Type("checkbox"), h.Name("vote"), h.Value(o.ID), g.If(v.number(o.ID) == 1, h.Checked())),
		h.Span(h.Class("text"), h.Dir("auto"), g.Text(o.Label)),
	)
}

// list gives an option a place, or points.
func (v view) list(o vote.Option) g.Node {
	chosen := v.number(o.ID)
	return h.Label(h.Class("option"),
		h.Span(h.Class("text"), h.Dir("auto"), g.Text(o.Label)),
		h.Select(h.Name(v.field(o.ID)),
			h.Option(h.Value(""), g.Text("–")),
			g.Map(v.numbers(), func(n int) g.Node {
				text := strconv.Itoa(n)
				return h.Option(h.Value(text), g.If(n == chosen, h.Selected()), g.Text(text))
			}),
		),
	)
}
