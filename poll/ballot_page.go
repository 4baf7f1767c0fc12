package poll

import (
	"fmt"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/look"
	"popeye/vote"
)

// ballotPage is the page on which people vote.
func (s *Station) ballotPage(v view) g.Node {
	schedule := v.schedule()
	scripts := []string{"poll.js"}
	if !schedule.None() {
		scripts = append(scripts, "times.js")
	}
	takes := v.Poll.Status == vote.Open && !v.shut()
	return s.look.Page(look.Page{Title: v.Poll.Question, Scripts: scripts, Main: g.Group{
		look.Now(v.Now),
		h.H1(g.Text(v.Poll.Question)),
		v.outcome(),
		h.P(h.Class("notice warn"), h.ID("sending"), h.Role("status"), look.Hidden()), // poll.js fills these two
		h.P(h.Class("notice warn"), h.ID("shut"), h.Role("status"), look.Hidden()),
		v.gate(),
		g.If(!schedule.None(), h.P(h.Class("quiet"), h.ID("when"), look.When(schedule, v.Poll.Status), look.Countdown(schedule))),
		g.Iff(takes, v.form),
		look.History(v.Poll.Corrections, v.Poll.Reopenings),
		h.Footer(h.A(h.Href(v.Result), g.Text("Watch the result"))),
	}})
}

// outcome tells what became of the vote just sent, or of the one before.
func (v view) outcome() g.Node {
	recorded := h.Strong(g.Text(v.recorded()))
	switch {
	case v.Error != nil && v.Choice != "" && v.Error.Code != "unavailable":
		return look.Notice("bad", "alert", g.Text(v.Error.Message+" Your vote from before still counts: "), recorded, g.Text("."))
	case v.Error != nil:
		return look.Notice("bad", "alert", g.Text(v.Error.Message))
	case v.Choice != "":
		return look.Notice("good", "status", g.Text("✓ Recorded: "), recorded, g.Text("."),
			g.If(v.Poll.Status == vote.Open, h.Span(h.Class("open"), g.Text(" You can change your vote until the poll closes."))))
	}
	return nil
}

// gate tells why there is no form, unless the error above it does.
func (v view) gate() g.Node {
	const again = " This page looks again by itself."
	switch {
	case v.Poll.Status == vote.Draft:
		return look.Notice("warn", "status", g.Text("This poll has not opened yet."+again))
	case v.Poll.Status == vote.Open, v.shut():
		return nil
	}
	return look.Notice("warn", "status", g.Text("This poll is closed. It takes no more votes."), g.If(v.waits(), g.Text(again)))
}

// form lets a voter choose: by one tap where there is one choice.
func (v view) form() g.Node {
	send := "Vote"
	if v.Choice != "" {
		send = "Change my vote"
	}
	return h.Form(h.Method("post"), h.Action(v.Action),
		h.Input(h.Type("hidden"), h.Name("edition"), h.Value(v.Poll.Edition())),
		h.FieldSet(
			h.Legend(h.Class("quiet"), g.Text(v.advice())),
			g.Map(v.Poll.Options, v.option),
		),
		g.If(v.Poll.Kind != vote.Single, h.Button(h.Class("primary"), g.Text(send))),
	)
}

// advice says how to fill in the form.
func (v view) advice() string {
	p := v.Poll
	switch {
	case p.Kind == vote.Single && v.Choice != "":
		return "Tap another option to change your vote."
	case p.Kind == vote.Single:
		return "Tap to vote."
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
		h.Span(h.Class("text"), g.Text(o.Label)),
	)
}

// box ticks an option.
func (v view) box(o vote.Option) g.Node {
	return h.Label(h.Class("option"),
		h.Input(h.Type("checkbox"), h.Name("vote"), h.Value(o.ID), g.If(v.number(o.ID) == 1, h.Checked())),
		h.Span(h.Class("text"), g.Text(o.Label)),
	)
}

// list gives an option a place, or points.
func (v view) list(o vote.Option) g.Node {
	chosen := v.number(o.ID)
	return h.Label(h.Class("option"),
		h.Span(h.Class("text"), g.Text(o.Label)),
		h.Select(h.Name(v.field(o.ID)),
			h.Option(h.Value(""), g.Text("–")),
			g.Map(v.numbers(), func(n int) g.Node {
				text := strconv.Itoa(n)
				return h.Option(h.Value(text), g.If(n == chosen, h.Selected()), g.Text(text))
			}),
		),
	)
}
