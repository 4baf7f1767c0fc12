package pages

import (
	"strconv"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/admin/form"
	"popeye/internal/i18n"
	"popeye/internal/ui"
	"popeye/vote"
)

// Poll is one poll, as organisers see it.
type Poll struct {
	vote.Poll
	vote.Schedule // as of Now
	Say           *i18n.Printer
	Now           time.Time
	Votes         int64 // people who voted; not known unless Counted
	Counted       bool

	VoteURL, ResultURL, PresentURL string
	EmbedURL                       string // whole: it stands on pages of other sites
}

// Path is where the poll's own page is, or a part of it.
func (p Poll) Path(part ...string) string {
	return "/admin/polls/" + p.Slug + strings.Join(append([]string{""}, part...), "/")
}

// Ends returns when the poll closes, should it be open; zero for never, and for
// a time that has come.
func (p Poll) Ends() time.Time { return p.WithoutPastClose(p.Now).ClosesAt }

// rests reports whether the poll takes no votes, and none is on its way.
func (p Poll) rests() bool { return p.Status == vote.Draft || p.Status == vote.Closed }

// Settling reports whether the poll was told to close a moment ago: it is about
// to change by itself.
func (p Poll) Settling() bool {
	return p.Status == vote.Closing && p.Now.Sub(p.ChangedAt) < 30*time.Second
}

// Statuses are the messages that name where a poll stands.
var Statuses = map[vote.Status]string{
	vote.Draft:   "admin.status.draft",
	vote.Open:    "admin.status.open",
	vote.Closing: "admin.status.closing",
	vote.Closed:  "admin.status.closed",
}

// badge says where the poll stands.
func (p Poll) badge() g.Node {
	return h.Span(h.Class("badge "+string(p.Status)), g.Text(p.Say.Text(Statuses[p.Status], nil)))
}

// votes says how many have voted.
func (p Poll) votes() g.Node {
	if !p.Counted {
		return nil
	}
	return ui.Sentence(p.Say, "admin.poll.votes", args{"Count": p.Votes, "Number": h.B(h.Class("num"), g.Text(ui.Grouped(p.Votes)))})
}

// shown says in a form what it showed, and when.
func (p Poll) shown() g.Node {
	return g.Group{form.Hidden("revision", form.Revision(p.Poll)), form.Stamp(p.Now)}
}

// turns are the buttons that open and close the poll. Each stays in its own
// place all the time, so that a second click never finds the other there. stressed is
// whether what comes next stands out.
func (p Poll) turns(stressed bool) g.Node {
	opens := "admin.poll.open"
	if p.Status == vote.Closed {
		opens = "admin.poll.open_again"
	}
	turn := func(action, message string, possible, next bool) g.Node {
		class := "button turn"
		if next && stressed {
			class = "button primary turn"
		}
		where := h.Disabled()
		if possible {
			where = h.FormAction(p.Path(action))
		}
		return h.Button(h.Class(class), where, g.Text(p.Say.Text(message, nil)))
	}
	return g.Group{turn("open", opens, p.rests(), p.Status == vote.Draft), turn("close", "admin.poll.close", p.Status == vote.Open, p.Status == vote.Open)}
}

// reveals is the button that shows the results, or hides them again.
func (p Poll) reveals() g.Node {
	if p.Visibility != vote.VisibleManual || p.Status == vote.Draft {
		return nil
	}
	action, message := "reveal", "admin.poll.reveal"
	if p.Revealed {
		action, message = "hide", "admin.poll.hide"
	}
	return button(h.FormAction(p.Path(action)), g.Text(p.Say.Text(message, nil)))
}

// tabs are the pages of one poll.
var tabs = []struct{ part, label string }{
	{"", "admin.tab.run"}, {"settings", "admin.tab.settings"}, {"rounds", "admin.tab.rounds"}, {"trail", "admin.tab.trail"},
}

// own is one of the poll's pages.
func (p Poll) own(f Frame, part string, page ui.Page, main ...g.Node) ui.Page {
	page.Title = p.Question
	return f.page("", page,
		h.Header(h.Class("poll-head"),
			h.H1(ui.Words(p.Question)),
			h.P(h.Class("cluster"), figure("badge", form.Revision(p.Poll)), p.badge(), h.Span(h.Class("quiet"), g.Text(p.Say.Text(form.Kinds[p.Kind], nil))))),
		h.Nav(h.Class("tabs no-print"), h.Aria("label", f.text("admin.tabs")), h.Ul(g.Map(tabs, func(t struct{ part, label string }) g.Node {
			to := p.Path(t.part)
			if t.part == "" {
				to = p.Path()
			}
			return h.Li(h.A(h.Href(to), g.If(t.part == part, h.Aria("current", "page")), g.Text(f.text(t.label))))
		}))),
		g.Group(main))
}

// Deletion asks for the poll's name.
func (p Poll) deletion() g.Node {
	return h.Form(h.Method("post"), p.shown(), form.Hidden("page", "settings"), h.Details(
		h.Summary(h.Class("button danger"), g.Text(p.Say.Text("admin.poll.delete", nil))),
		h.Div(h.Class("stack folded"),
			h.P(g.Text(p.Say.Text("admin.poll.delete_warning", nil))),
			h.Label(h.Class("field"), h.Span(h.Class("label"), ui.Sentence(p.Say, "admin.poll.delete_confirm", args{"Slug": h.B(g.Text(p.Slug))})),
				h.Input(h.Name("confirm"), h.AutoComplete("off"), g.Attr("autocapitalize", "off"), g.Attr("spellcheck", "false"), h.Required())),
			h.P(h.Button(h.Class("button danger"), h.FormAction(p.Path("delete")), g.Text(p.Say.Text("admin.poll.delete_now", nil)))))))
}

// version names what of a poll may change by itself.
func (p Poll) version() string {
	return strconv.FormatInt(p.Revision, 10) + "-" + strconv.FormatInt(p.Votes, 10) + "-" + strconv.FormatBool(p.Counted)
}
