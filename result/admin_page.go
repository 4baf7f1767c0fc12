package result

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/look"
	"popeye/vote"
)

// organisePage is the organiser's page, or the door to it.
func (s *Station) organisePage(v adminView) g.Node {
	page := look.Page{Title: "Organise", Main: g.Group{
		look.Now(v.Now),
		h.H1(g.Text("Organise")),
		g.If(v.Error != "", look.Notice("bad", "alert", g.Text(v.Error))),
	}}
	switch {
	case v.Off:
		page.Main = append(page.Main, look.Notice("warn", "", g.Text("Organising is off: start this service with ADMIN_TOKEN set.")))
	case !v.SignedIn:
		page.Main = append(page.Main, signIn())
	default:
		page.Scripts = []string{"admin.js", "times.js"}
		page.Main = append(page.Main, v.Account.alarm(), v.Account.silence(), v.Form.section(),
			h.Section(h.H2(g.Text("Polls")), g.Map(v.Polls, adminPoll.article)), v.Account.section(),
			h.Form(h.Method("post"), h.Action("/admin/logout"), plain(g.Text("Sign out"))))
	}
	return s.look.Page(page)
}

// signIn asks for the token.
func signIn() g.Node {
	return h.Form(h.Method("post"), h.Action("/admin/login"), h.Class("stack"),
		h.Label(g.Text("The organiser's token "),
			h.Input(h.Type("password"), h.Name("token"), h.AutoComplete("current-password"), h.Required(), h.AutoFocus())),
		h.Button(h.Class("primary"), g.Text("Sign in")),
	)
}

// section is the form that asks a new question.
func (f adminForm) section() g.Node {
	return h.Section(
		h.H2(g.Text("Ask a question")),
		h.Form(h.Method("post"), h.Action("/admin/polls"), h.Class("stack"),
			h.Label(g.Text("Question "), h.Input(h.Name("question"), h.MaxLength(strconv.Itoa(vote.MaxQuestion)), h.Required(), h.Value(f.Question))),
			h.Label(g.Text("Options, one on each line "), h.Textarea(h.Name("options"), h.Rows("4"), h.Required(), g.Text(f.Options))),
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
	return look.Notice("bad", "alert", g.Text("The account does not balance. "+what), figure(n), g.Text(". See "),
		h.Code(g.Text("popeye account")), g.Text("."))
}

// silence is told when no worker reports any more.
func (a account) silence() g.Node {
	if !a.recorded() || !a.old() {
		return nil
	}
	return look.Notice("warn", "", g.Text("No worker has reported since "), look.Time(a.AsOf),
		g.Text(". Votes that come in must wait: check that a worker runs."))
}

// section says where all votes are.
func (a account) section() g.Node {
	title := h.H2(g.Text("Accounts"))
	if !a.recorded() {
		return h.Section(title, look.Notice("warn", "", g.Text("No worker has reported yet. Check that a worker runs: it reports every few seconds.")))
	}
	equals := "= "
	if !a.Balanced {
		equals = "≠ "
	}
	term := func(sign string, n int64, what string) g.Node {
		return h.Span(g.Text(sign), figure(n), g.Text(" "+what))
	}
	return h.Section(title,
		h.P(h.Class("account"),
			term("", a.Accepted, "accepted"), g.Text(" "), term(equals, a.Stored, "stored"), g.Text(" "),
			term("+ ", a.Waiting, "waiting"), g.Text(" "), term("+ ", a.Dead, "dead")),
		a.risk(),
		g.If(a.Dead > 0, h.P(h.Class("small"), g.Text("Dead letters are messages that could not become a vote. Read them with "),
			h.Code(g.Text("popeye dead list")), g.Text("."))),
		h.P(h.Class("quiet small"), g.Text("As of "), look.Time(a.AsOf),
			g.If(a.Waiting > 0, g.Text("; the oldest that waits has waited "+a.waited()))),
	)
}

// figure is a number that stands out.
func figure(n int64) g.Node { return h.B(g.Text(grouped(n))) }
