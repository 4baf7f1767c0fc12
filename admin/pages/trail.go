package pages

import (
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/ui"
	"popeye/store"
)

// Trail is the page of what organisers did to a poll.
type Trail struct {
	Frame
	Poll
	Records []store.Record // newest first
	Older   string         // where older ones are; "" if there are none
}

// Page shows the records, newest first.
func (v Trail) Page() ui.Page {
	return v.own(v.Frame, "trail", ui.Page{Scripts: []string{"times.js"}},
		ui.History(v.Frame.Say, v.Corrections, v.Reopenings),
		h.Section(h.ID("audit"), h.Class("card"), h.H2(g.Text(v.Frame.text("admin.audit.title"))),
			g.If(len(v.Records) == 0, h.P(h.Class("quiet"), g.Text(v.Frame.text("admin.audit.none")))),
			h.Ul(h.Class("trail"), g.Map(v.Records, v.record)),
			g.If(v.Older != "", h.P(h.A(h.Href(v.Older), g.Text(v.Frame.text("admin.audit.older")))))))
}

func (v Trail) record(r store.Record) g.Node {
	change := strings.TrimSpace(string(r.Before) + " → " + string(r.After))
	return h.Li(v.Frame.did(r),
		g.If(change != "→", h.Details(h.Summary(h.Class("small"), g.Text(v.Frame.text("admin.audit.change"))), h.Code(h.Class("small wrap"), g.Text(change)))))
}

// acts are the words for what organisers do to a poll. The record keeps the act's own name.
var acts = map[string]string{
	"create":    "admin.act.create",
	"duplicate": "admin.act.duplicate",
	"round":     "admin.act.round",
	"replace":   "admin.act.replace",
	"edit":      "admin.act.edit",
	"schedule":  "admin.act.schedule",
	"open":      "admin.act.open",
	"reopen":    "admin.act.reopen",
	"close":     "admin.act.close",
	"reveal":    "admin.act.reveal",
	"hide":      "admin.act.hide",
	"withdraw":  "admin.act.withdraw",
	"archive":   "admin.act.archive",
	"unarchive": "admin.act.unarchive",
}

// did says who did what, and when.
func (f Frame) did(r store.Record) g.Node {
	what := r.What
	if code := acts[what]; code != "" {
		what = f.text(code)
	}
	return ui.Sentence(f.Say, "admin.audit.record", args{"Time": ui.Time(f.Say, r.At), "Who": f.who(r.Who), "What": h.B(g.Text(what)), "From": r.From})
}

// who names one that a record is of: a program by the token that it sent, a person by
// their session.
func (f Frame) who(who string) string {
	if session, ok := strings.CutPrefix(who, "session "); ok {
		return f.Say.Text("admin.audit.session", args{"Name": session})
	}
	if who == "token" {
		return f.text("admin.audit.token")
	}
	return who
}
