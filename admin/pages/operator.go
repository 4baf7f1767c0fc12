package pages

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/admin/operator"
	"popeye/internal/ui"
)

// Operator is the page for those who run the service.
type Operator struct {
	Frame
	Account operator.Account
}

// Page says where all votes are.
func (v Operator) Page() ui.Page {
	return v.page(hereOperator, ui.Page{Title: v.text("admin.operator.title"), Scripts: []string{"admin.js", "times.js"}, Still: h.Meta(g.Attr("http-equiv", "refresh"), h.Content("5"))},
		h.H1(g.Text(v.text("admin.operator.title"))),
		v.said(hereOperator), v.alarms(v.Account),
		h.Section(h.Class("card"), figure("account", strconv.FormatInt(v.Account.AsOf.UnixMicro(), 10)), v.Account.Section(v.Say)),
		operator.OneVoter(v.Say))
}

// alarms is what somebody has to do something about, on every page where polls are.
func (f Frame) alarms(a operator.Account) g.Node {
	return h.Div(part("alarms", strconv.FormatBool(a.Old())+strconv.FormatInt(a.Difference, 10)), a.Alarm(f.Say), a.Silence(f.Say))
}
