package pages

import (
	"fmt"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/admin/form"
	"popeye/api"
	"popeye/internal/ui"
	"popeye/vote"
)

// Present is the page from which an evening is led, on a phone: what is shown, what comes
// next, and one large button for the next step.
type Present struct {
	Run     // of the current poll; without one its Slug is ""
	Event   api.OwnEvent
	JoinURL string
	QR      g.Node // of JoinURL
	Joined  int64  // phones that follow the event
}

// The steps of a presenter, by the end of their addresses.
const (
	StepNext        = "next"
	StepPrevious    = "previous"
	StepOpen        = "open"
	StepClose       = "close"
	StepCloseReveal = "close-reveal"
	StepReveal      = "reveal"
	StepHide        = "hide"
	StepCountdown   = "countdown"
	StepFinish      = "finish"
)

// Page shows where the evening is.
func (v Present) Page() ui.Page {
	path := EventPath(v.Event.Code, "run")
	return v.page(hereEvents, ui.Page{
		Title: v.Event.Title, Class: "presenting", Scripts: []string{"admin.js", "times.js"},
		Still: h.Meta(g.Attr("http-equiv", "refresh"), h.Content("4; url="+path)),
	},
		v.said(path),
		h.P(h.Class("row small quiet"), ui.Words(v.Event.Title), ui.JoinCode(v.Event.Code)),
		h.Div(h.ID("control"), h.Div(part("asked", v.version()+v.place()), v.asked()),
			h.Div(figure("turnout", v.Poll.version()+v.crowd()), v.turnout()),
			h.Div(part("upcoming", v.place()), v.upcoming()),
			h.Form(h.Class("act steps-ahead"), h.Method("post"), part("steps", v.version()), v.steps())),
		v.joining())
}

// place says which poll is on, among which.
func (v Present) place() string {
	return v.Slug + " " + strconv.FormatInt(v.Event.Revision, 10)
}

func (v Present) version() string { return form.Revision(v.Poll.Poll) + " " + v.place() }

// asked is the current question.
func (v Present) asked() g.Node {
	if v.Slug == "" {
		return h.Div(h.Class("card"), h.H1(h.Class("asked"), g.Text(v.text("admin.present.none"))))
	}
	return h.Div(h.Class("card"),
		h.P(h.Class("row small quiet"),
			h.Span(g.Text(v.Frame.Say.Text("admin.present.place", args{"Place": v.Event.Position(), "Max": len(v.Event.Polls), "Kind": v.text(form.Kinds[v.Kind])}))),
			v.badge()),
		h.H1(h.Class("asked"), ui.Words(v.Question)),
		g.If(v.Status == vote.Open && !v.ClosesAt.IsZero(), h.P(h.Class("small"), ui.When(v.Frame.Say, v.Schedule, v.Status), ui.Countdown(v.Schedule))),
		g.If(v.Status != vote.Draft && !v.Shows(false), h.P(ui.Badge("hidden", v.text("admin.present.hidden")))),
		g.If(v.Status != vote.Draft, h.Div(figure("bars", v.Poll.version()), v.bars())))
}

func (v Present) crowd() string { return fmt.Sprintf(" %d %d", v.Joined, v.Behind) }

// turnout is how many are there, and how many of them have voted.
func (v Present) turnout() g.Node {
	say := v.Frame.Say
	voted := v.Slug != "" && v.Status != vote.Draft
	return h.Div(h.Class("card"),
		h.Div(h.Class("cluster figures"),
			h.Div(h.Class("figure"), h.ID("joined"), h.B(g.Text(say.Number(v.Joined))), h.Span(g.Text(say.Text("admin.present.joined", args{"Count": v.Joined})))),
			g.Iff(voted, func() g.Node { return h.Div(h.Class("figure voted"), v.voters()) })),
		g.Iff(voted, v.behind))
}

// upcoming is the question after this one.
func (v Present) upcoming() g.Node {
	at := v.Event.Position()
	if at >= len(v.Event.Steps) {
		return nil
	}
	next := v.Event.Steps[at]
	return h.P(h.Class("card row small"), h.Span(ui.Sentence(v.Frame.Say, "admin.present.next", args{"Question": ui.Words(next.Question)})),
		h.Span(h.Class("quiet"), g.Text(v.text(form.Kinds[next.Kind]))))
}

// steps are the large button and the others. Each says what the page showed, so that a
// second tap takes no second step.
func (v Present) steps() g.Node {
	step, label := v.ahead()
	return g.Group{
		form.Hidden("from", v.Slug), v.shown(),
		g.If(step != "", h.Button(h.Class("button primary block"), h.FormAction(v.path(step)), g.Text(v.text(label)))),
		h.Div(h.Class("others"), v.visible(), v.send(StepCountdown, "admin.present.countdown", v.Status == vote.Open),
			v.send(StepPrevious, "admin.present.back", v.Event.Position() > 1),
			v.send(StepNext, "admin.present.forward", v.Event.Position() < len(v.Event.Polls))),
	}
}

// ahead is what comes next: open, close and reveal, the next question, the end.
func (v Present) ahead() (step, label string) {
	last := v.Event.Position() == len(v.Event.Polls)
	switch {
	case v.Slug == "" && len(v.Event.Polls) == 0:
		return "", ""
	case v.Slug == "":
		return StepNext, "admin.present.begin"
	case v.Status == vote.Draft:
		return StepOpen, "admin.present.open"
	case v.Status == vote.Open && v.Shows(false):
		return StepClose, "admin.present.close"
	case v.Status == vote.Open:
		return StepCloseReveal, "admin.present.close_reveal"
	case v.Visibility == vote.VisibleManual && !v.Revealed:
		return StepReveal, "admin.present.reveal"
	case !last:
		return StepNext, "admin.present.forward"
	}
	return StepFinish, "admin.present.finish"
}

// visible shows the result to everybody, or hides it: one button by its id, which keeps the
// focus when it turns.
func (v Present) visible() g.Node {
	id := h.ID("visible")
	switch {
	case v.Slug == "" || v.Status == vote.Draft:
		return v.send(StepHide, "admin.present.hide", false, id)
	case v.Visibility == vote.VisibleManual && !v.Revealed:
		return v.send(StepReveal, "admin.present.reveal", true, id)
	}
	return v.send(StepHide, "admin.present.hide", v.Visibility == vote.VisibleManual || v.Status == vote.Open, id)
}

// send is a button that stays in its place when there is nothing for it to do.
func (v Present) send(step, label string, on bool, more ...g.Node) g.Node {
	return h.Button(h.Class("button"), h.FormAction(v.path(step)), g.If(!on, h.Disabled()), g.Group(more), g.Text(v.text(label)))
}

func (v Present) path(step string) string { return EventPath(v.Event.Code, "run/"+step) }

// joining is how people come to the event.
func (v Present) joining() g.Node {
	return h.Details(h.Class("card no-print"), h.Summary(g.Text(v.text("admin.present.join"))),
		h.Div(h.Class("share"), h.Div(h.Class("share-code"), v.QR),
			h.P(h.Class("address"), h.A(h.Href(v.JoinURL), h.Dir("ltr"), g.Text(strings.TrimPrefix(strings.TrimPrefix(v.JoinURL, "https://"), "http://"))))),
		h.P(h.Class("cluster"), h.A(h.Class("button"), h.Href("/e/"+v.Event.Code+"/present"), g.Text(v.text("admin.poll.big_screen"))),
			link(EventPath(v.Event.Code, ""), g.Text(v.text("admin.present.edit")))))
}
