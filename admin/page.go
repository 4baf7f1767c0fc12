package admin

import (
	"slices"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
	"popeye/internal/ui"
	"popeye/vote"
)

// organisePage is the organiser's page, or the gate to it.
func (s *Station) organisePage(v adminView) g.Node {
	page := ui.Page{Say: v.say, Title: v.say.Text("admin.title", nil), Main: g.Group{
		ui.Now(v.Now),
		h.H1(g.Text(v.say.Text("admin.title", nil))),
		g.If(v.Error != "", ui.Notice("bad", "alert", g.Text(v.Error))),
		g.If(v.Note != "", ui.Notice("good", "status", g.Text(v.Note))),
	}}
	switch {
	case v.Off:
		page.Main = append(page.Main, ui.Notice("warn", "", g.Text(v.say.Text("admin.off", nil))))
	case !v.SignedIn:
		page.Main = append(page.Main, v.signIn())
	case v.Blind:
		page.Main = append(page.Main, v.ask(), zoneList())
	default:
		page.Scripts = []string{"fields.js", "admin.js", "times.js"}
		page.Still = v.again()
		page.Main = append(page.Main, v.everything()...)
	}
	return s.look.Page(page)
}

// everything is the page of one who has signed in.
func (v adminView) everything() g.Group {
	return g.Group{
		v.said(),
		h.Div(part("alarms", v.Account.AsOf.UnixMicro()), v.Account.alarm(v.say), v.Account.silence(v.say)),
		v.Fresh.fresh(),
		v.ask(), zoneList(),
		h.Section(h.H2(g.Text(v.say.Text("admin.polls", nil))),
			h.NoScript(h.P(h.A(h.Href("/admin"), g.Text(v.say.Text("admin.reload", nil))))),
			h.Div(h.ID("polls"), h.TabIndex("-1"), g.Map(v.Polls, adminPoll.article)),
			v.archive()),
		oneVoter(v.say),
		h.Section(part("account", v.Account.AsOf.UnixMicro()), v.Account.section(v.say)),
		h.Form(h.Method("post"), h.Action("/admin/logout"), stamp(v.Now), plain(g.Text(v.say.Text("admin.sign_out", nil)))),
	}
}

// said is where static/admin.js says what went wrong, in these words.
func (v adminView) said() g.Node {
	return h.P(h.ID("said"), h.Class("notice warn"), h.Role("alert"), ui.Hidden(),
		h.Data("silent", v.say.Text("admin.script.silent", nil)), h.Data("unsent", v.say.Text("admin.script.unsent", nil)),
		h.Data("signed-out", v.say.Text("admin.script.signed_out", nil)),
		h.Data("unavailable", v.say.Text("admin.script.unavailable", nil)))
}

// again loads the page again, where no script runs, while a poll is about to
// change by itself. Not for longer: what somebody types would be lost each time.
func (v adminView) again() g.Node {
	settling := slices.ContainsFunc(v.Polls, adminPoll.settling) || v.Fresh != nil && v.Fresh.settling()
	return g.If(settling, h.Meta(g.Attr("http-equiv", "refresh"), h.Content("2; url=/admin")))
}

// oneVoter says what the figures count, and what they can't know.
func oneVoter(say *i18n.Printer) g.Node {
	return h.Section(h.H2(g.Text(say.Text("admin.voter.title", nil))),
		h.P(h.Class("small"), g.Text(say.Text("admin.voter.counted", nil))),
		h.P(h.Class("small"), g.Text(say.Text("admin.voter.limits", nil))))
}

// signIn asks for the token. It keeps where the person wanted to go, and what was
// typed before the session ended.
func (v adminView) signIn() g.Node {
	return h.Form(h.Method("post"), h.Action("/admin/login"), h.Class("stack"), hidden("next", v.Next),
		g.If(v.Form.typed(), v.Form.kept()),
		h.Label(g.Text(v.say.Text("admin.token", nil)+" "),
			h.Input(h.Type("password"), h.Name("token"), h.AutoComplete("current-password"), h.Required(), h.AutoFocus())),
		h.Button(h.Class("primary"), g.Text(v.say.Text("admin.sign_in", nil))),
	)
}

// ask is the form that asks a new question.
func (v adminView) ask() g.Node {
	say, f := v.say, v.Form
	if v.About != "" { // it is about another form
		f, v.Wrong = adminForm{"id": f["id"]}, mistake{}
	}
	return h.Section(
		h.H2(g.Text(say.Text("admin.ask.title", nil))),
		h.Form(h.Method("post"), h.Action("/admin/polls"), h.Class("stack"), hidden("id", f["id"]), stamp(v.Now),
			f.body(say, nil, v.Wrong),
			h.Label(h.Class("tick"), h.Input(h.Type("checkbox"), h.Name("front"), h.Value("yes"), g.If(f["front"] != "", h.Checked())),
				g.Text(" "+say.Text("admin.ask.front", nil))),
			h.P(h.Button(h.Class("primary"), h.Name("open"), h.Value("yes"), g.Text(say.Text("admin.ask.now", nil))), plain(g.Text(say.Text("admin.ask.draft", nil)))),
		),
	)
}

// archive is where polls are that the organiser has put away. It is there always, so
// that static/admin.js finds it.
func (v adminView) archive() g.Node {
	newest := int64(0)
	for _, p := range v.Archived {
		newest = max(newest, p.Revision)
	}
	return h.Div(part("archive", newest), h.Data("polls", strconv.Itoa(len(v.Archived))), g.If(len(v.Archived) > 0, h.Details(
		h.Summary(g.Text(v.say.Text("admin.archive", args{"Count": len(v.Archived)}))),
		h.Ul(g.Map(v.Archived, func(p adminPoll) g.Node {
			return h.Li(h.A(h.Href(p.pagePath()), ui.Words(p.Question)))
		})))))
}

// actions are the messages that say what voters do in a kind of poll.
var actions = map[vote.Kind]string{
	vote.Single:   "admin.ask.kind.single",
	vote.Multiple: "admin.ask.kind.multiple",
	vote.Ranked:   "admin.ask.kind.ranked",
	vote.Score:    "admin.ask.kind.score",
}

// visibilities are the messages that say who sees the results, and when.
var visibilities = map[vote.Visibility]string{
	vote.VisibleLive:      "admin.ask.visibility.live",
	vote.VisibleAfterVote: "admin.ask.visibility.after_vote",
	vote.VisibleClosed:    "admin.ask.visibility.closed",
	vote.VisibleManual:    "admin.ask.visibility.manual",
}

// plain is a button that does not call for attention.
func plain(children ...g.Node) g.Node {
	return h.Button(h.Class("plain"), g.Group(children))
}

// alarm is told when the account does not balance.
func (a account) alarm(say *i18n.Printer) g.Node {
	if !a.recorded() || a.Balanced {
		return nil
	}
	code, n := "admin.account.missing", a.Difference
	if n < 0 {
		code, n = "admin.account.surplus", -n
	}
	return ui.Notice("bad", "alert", ui.Sentence(say, code,
		args{"Count": n, "Number": figure(say, n), "Command": h.Code(g.Text("popeye account"))}))
}

// silence is told when no worker reports any more.
func (a account) silence(say *i18n.Printer) g.Node {
	if !a.recorded() || !a.old() {
		return nil
	}
	return ui.Notice("warn", "", ui.Sentence(say, "admin.account.silent", args{"Time": ui.Time(say, a.AsOf)}))
}

// section says where all votes are.
func (a account) section(say *i18n.Printer) g.Group {
	title := h.H2(g.Text(say.Text("admin.account.title", nil)))
	if !a.recorded() {
		return g.Group{title, ui.Notice("warn", "", g.Text(say.Text("admin.account.none", nil)))}
	}
	equals := "= "
	if !a.Balanced {
		equals = "≠ "
	}
	term := func(sign string, n int64, code string) g.Node {
		return h.Span(g.Text(sign), ui.Sentence(say, code, args{"Count": n, "Number": figure(say, n)}))
	}
	asOf := "admin.account.as_of"
	if a.Waiting > 0 {
		asOf = "admin.account.as_of_waiting"
	}
	return g.Group{
		title,
		h.P(h.Class("account"),
			term("", a.Accepted, "admin.account.accepted"), g.Text(" "), term(equals, a.Stored, "admin.account.stored"), g.Text(" "),
			term("+ ", a.Waiting, "admin.account.waiting"), g.Text(" "), term("+ ", a.Dead, "admin.account.dead")),
		a.risk(say),
		a.newVoters(say),
		g.If(a.Dead > 0, h.P(h.Class("small"), ui.Sentence(say, "admin.account.dead_letters",
			args{"Command": h.Code(g.Text("popeye dead list"))}))),
		h.P(h.Class("quiet small"), ui.Sentence(say, asOf, args{"Time": ui.Time(say, a.AsOf), "Waited": a.waited()})),
	}
}

// figure is a number that stands out.
func figure(say *i18n.Printer, n int64) g.Node { return h.B(g.Text(say.Number(n))) }
