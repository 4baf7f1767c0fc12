package ballotpage

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/ui"
	"popeye/vote"
)

// BallotID is where a poll's ballot is on a page of several.
func BallotID(slug string) string { return "ballot-" + slug }

// ballot is the part of a page that is one poll's: all that is asked and told of it. A
// page has one or several, and static/ballot.js keeps the state of each.
func (v View) ballot() (g.Node, error) {
	var err error
	if v.widget, err = widgetOf(v.Poll.Kind); err != nil {
		return nil, err
	}
	v.marks = v.Poll.Read(v.Choice)
	schedule := v.schedule()
	takes := v.takes()
	return h.Section(h.Class("ballot"), h.Data("poll", v.Poll.Slug), h.Data("kind", string(v.Poll.Kind)),
		g.If(v.Among, h.ID(BallotID(v.Poll.Slug))),
		g.Iff(v.Unsure, func() g.Node { return h.Data("unsure", v.Event.PollPath(v.Poll.Slug)) }),
		v.heading(),
		g.If(!takes, v.gate()),
		g.If(!schedule.None(), h.P(h.Class("quiet when"), ui.When(v.Say, schedule, v.Poll.Status), ui.Countdown(schedule))),
		g.If(takes && len(v.Poll.Options) > searchFrom, v.search()),
		g.Iff(takes, v.form),
		g.Iff(!takes, func() g.Node { return h.Div(h.Class("said"), h.Div(line("outcome"), v.outcome())) }),
		v.history(),
		g.If(takes || v.Poll.Status == vote.Draft, h.P(h.Class("quiet small"), g.Text(v.privacy()+v.Say.Text(v.shownWhen(), nil)))),
		g.Iff(takes, v.rule),
		g.Iff(!takes && v.Poll.Status != vote.Draft, v.afterwards),
	), nil
}

// takes reports whether the ballot has a form.
func (v View) takes() bool { return v.Poll.Status == vote.Open && !v.shut() }

func (v View) heading() g.Node {
	element := h.H1
	if v.Among {
		element = h.H2
	}
	return element(h.Class("question"), h.Dir("auto"), g.Text(v.Poll.Question))
}

// privacy says what is kept of a voter: once on each page.
func (v View) privacy() string {
	if v.Among {
		return ""
	}
	return v.Say.Text("voting.privacy", nil) + " "
}

// rule says how the votes are counted.
func (v View) rule() g.Node {
	return h.P(h.Class("quiet small"), ui.CountedBy(v.Say, v.Poll.CountedBy(), v.Poll.Seats))
}
