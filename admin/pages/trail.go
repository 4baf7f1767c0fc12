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
		ui.History(v.Corrections, v.Reopenings),
		h.Section(h.ID("audit"), h.Class("card"), h.H2(g.Text(v.Frame.text("admin.audit.title"))),
			g.If(len(v.Records) == 0, h.P(h.Class("quiet"), g.Text(v.Frame.text("admin.audit.none")))),
			h.Ul(h.Class("trail"), g.Map(v.Records, v.record)),
			g.If(v.Older != "", h.P(h.A(h.Href(v.Older), g.Text(v.Frame.text("admin.audit.older")))))))
}

func (v Trail) record(r store.Record) g.Node {
	change := strings.TrimSpace(string(r.Before) + " → " + string(r.After))
	return h.Li(ui.Sentence(v.Poll.Say, "admin.audit.record",
		args{"Time": ui.Time(r.At), "Who": r.Who, "What": h.B(g.Text(r.What)), "From": r.From}),
		g.If(change != "→", h.Details(h.Summary(h.Class("small"), g.Text(v.Frame.text("admin.audit.change"))), h.Code(h.Class("small wrap"), g.Text(change)))))
}
