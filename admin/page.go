package admin

import (
	"slices"
	"strconv"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/ui"
	"popeye/vote"
)

// organisePage is the organiser's page, or the door to it.
func (s *Station) organisePage(v adminView) g.Node {
	page := ui.Page{Title: "Organise", Main: g.Group{
		ui.Now(v.Now),
		h.H1(g.Text("Organise")),
		g.If(v.Error != "", ui.Notice("bad", "alert", g.Text(v.Error))),
		g.If(v.Note != "", ui.Notice("good", "status", g.Text(v.Note))),
	}}
	switch {
	case v.Off:
		page.Main = append(page.Main, ui.Notice("warn", "", g.Text("Organising is off: start this service with ADMIN_TOKEN set.")))
	case !v.SignedIn:
		page.Main = append(page.Main, v.signIn())
	case v.Blind:
		page.Main = append(page.Main, v.Form.section(v.Now))
	default:
		page.Scripts = []string{"admin.js", "times.js"}
		page.Still = v.again()
		page.Main = append(page.Main, v.everything()...)
	}
	return s.look.Page(page)
}

// everything is the page of one who has signed in.
func (v adminView) everything() g.Group {
	return g.Group{
		h.P(h.ID("said"), h.Class("notice warn"), h.Role("alert"), ui.Hidden()), // for static/admin.js
		h.Div(part("alarms", v.Account.AsOf.UnixMicro()), v.Account.alarm(), v.Account.silence()),
		v.Fresh.fresh(),
		v.Form.section(v.Now),
		h.Section(h.H2(g.Text("Polls")),
			h.NoScript(h.P(h.A(h.Href("/admin"), g.Text("Show them as they are now")))),
			h.Div(h.ID("polls"), h.TabIndex("-1"), g.Map(v.Polls, adminPoll.article))),
		oneVoter(),
		h.Section(part("account", v.Account.AsOf.UnixMicro()), v.Account.section()),
		h.Form(h.Method("post"), h.Action("/admin/logout"), stamp(v.Now), plain(g.Text("Sign out"))),
	}
}

// again loads the page again, where no script runs, while a poll is about to
// change by itself. Not for longer: what somebody types would be lost each time.
func (v adminView) again() g.Node {
	settling := slices.ContainsFunc(v.Polls, adminPoll.settling) || v.Fresh != nil && v.Fresh.settling()
	return g.If(settling, h.Meta(g.Attr("http-equiv", "refresh"), h.Content("2; url=/admin")))
}

// oneVoter says what the figures count, and what they can't know.
func oneVoter() g.Node {
	return h.Section(h.H2(g.Text("What one voter is")),
		h.P(h.Class("small"), g.Text("One voter is one browser. A cookie in it says who votes: whoever votes again, or loads the page again, "+
			"changes their vote and is still counted once. Nobody is counted twice by accident.")),
		h.P(h.Class("small"), g.Text("It does not stop somebody who wants to be counted twice: another browser or device, a private window, "+
			"or a browser whose cookies were deleted is a new voter. For a show of hands that is enough. "+
			"For a decision that matters, check the number of voters against the people in the room, or vote on paper.")))
}

// signIn asks for the token. It keeps where the person wanted to go, and what was
// typed before the session ended.
func (v adminView) signIn() g.Node {
	f := v.Form
	return h.Form(h.Method("post"), h.Action("/admin/login"), h.Class("stack"), hidden("next", v.Next),
		g.If(f.typed(), g.Group{
			hidden("id", f.ID), hidden("question", f.Question), hidden("kind", f.Kind), hidden("options", f.Options),
			hidden("opens_at", f.OpensAt), hidden("closes_at", f.ClosesAt), hidden("front", f.Front),
		}),
		h.Label(g.Text("The organiser's token "),
			h.Input(h.Type("password"), h.Name("token"), h.AutoComplete("current-password"), h.Required(), h.AutoFocus())),
		h.Button(h.Class("primary"), g.Text("Sign in")),
	)
}

// section is the form that asks a new question.
func (f adminForm) section(now time.Time) g.Node {
	return h.Section(
		h.H2(g.Text("Ask a question")),
		h.Form(h.Method("post"), h.Action("/admin/polls"), h.Class("stack"), hidden("id", f.ID), stamp(now),
			h.Label(g.Text("Question "), h.Input(h.Name("question"), h.Dir("auto"), h.MaxLength(strconv.Itoa(vote.MaxQuestion)), h.Required(), h.Value(f.Question))),
			h.Label(g.Text("Options, one on each line "), h.Textarea(h.Name("options"), h.Dir("auto"), h.Rows("4"), h.Required(), g.Text(f.Options))),
			h.Label(g.Text("Voters "), h.Select(h.Name("kind"), g.Map(vote.Kinds, func(k vote.Kind) g.Node {
				return h.Option(h.Value(string(k)), g.If(string(k) == f.Kind, h.Selected()), g.Text(deed(k)))
			}))),
			h.Details(g.If(f.OpensAt != "" || f.ClosesAt != "", g.Attr("open")),
				h.Summary(g.Text("Open and close at a set time")),
				h.Div(h.Class("times"),
					timeField("Opens at ", "opens_at", showTyped(f.OpensAt)),
					timeField("Closes at ", "closes_at", showTyped(f.ClosesAt))),
				h.P(h.Class("quiet small"), g.Text("Both may stay empty. To open by itself, a poll is kept as a draft until then.")),
			),
			h.Label(h.Class("tick"), h.Input(h.Type("checkbox"), h.Name("front"), h.Value("yes"), g.If(f.Front != "", h.Checked())),
				g.Text(" Ask it on the front page. The question there now is kept, and takes no more votes.")),
			h.P(h.Button(h.Class("primary"), h.Name("open"), h.Value("yes"), g.Text("Ask now")), plain(g.Text("Keep as a draft"))),
		),
	)
}

// deed says what voters do in a kind of poll.
func deed(k vote.Kind) string {
	switch k {
	case vote.Single:
		return "choose one"
	case vote.Multiple:
		return "choose several"
	case vote.Ranked:
		return "put options in order"
	default:
		return "give points from 0 to 5"
	}
}

// timeField asks for a time: in UTC, unless static/admin.js runs.
func timeField(label, name, value string) g.Node {
	return h.Label(g.Text(label), h.Span(h.Class("zone quiet"), g.Text("(UTC)")), g.Text(" "),
		h.Input(h.Type("datetime-local"), h.Name(name), h.AutoComplete("off"), h.Value(value)))
}

// plain is a button that does not call for attention.
func plain(children ...g.Node) g.Node {
	return h.Button(h.Class("plain"), g.Group(children))
}

// alarm is told when the account does not balance.
func (a account) alarm() g.Node {
	if !a.recorded() || a.Balanced {
		return nil
	}
	what, n := "Accepted messages that are missing in the store: ", a.Difference
	if n < 0 {
		what, n = "Messages in the store that the queue does not remember to have accepted: ", -n
	}
	return ui.Notice("bad", "alert", g.Text("The account does not balance. "+what), figure(n), g.Text(". See "),
		h.Code(g.Text("popeye account")), g.Text("."))
}

// silence is told when no worker reports any more.
func (a account) silence() g.Node {
	if !a.recorded() || !a.old() {
		return nil
	}
	return ui.Notice("warn", "", g.Text("No worker has reported since "), ui.Time(a.AsOf),
		g.Text(". Votes that come in must wait: check that a worker runs."))
}

// section says where all votes are.
func (a account) section() g.Group {
	title := h.H2(g.Text("Accounts"))
	if !a.recorded() {
		return g.Group{title, ui.Notice("warn", "", g.Text("No worker has reported yet. Check that a worker runs: it reports every few seconds."))}
	}
	equals := "= "
	if !a.Balanced {
		equals = "≠ "
	}
	term := func(sign string, n int64, what string) g.Node {
		return h.Span(g.Text(sign), figure(n), g.Text(" "+what))
	}
	return g.Group{
		title,
		h.P(h.Class("account"),
			term("", a.Accepted, "accepted"), g.Text(" "), term(equals, a.Stored, "stored"), g.Text(" "),
			term("+ ", a.Waiting, "waiting"), g.Text(" "), term("+ ", a.Dead, "dead")),
		a.risk(),
		a.newVoters(),
		g.If(a.Dead > 0, h.P(h.Class("small"), g.Text("Dead letters are messages that could not become a vote. Read them with "),
			h.Code(g.Text("popeye dead list")), g.Text("."))),
		h.P(h.Class("quiet small"), g.Text("As of "), ui.Time(a.AsOf),
			g.If(a.Waiting > 0, g.Text("; the oldest that waits has waited "+a.waited()))),
	}
}

// figure is a number that stands out.
func figure(n int64) g.Node { return h.B(g.Text(ui.Grouped(n))) }
