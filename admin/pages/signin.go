package pages

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/admin/form"
	"popeye/internal/ui"
)

// SignIn is the way in.
type SignIn struct {
	Frame
	Off  bool      // there is no token: nobody gets in
	Next string    // where to go afterwards
	Form form.Form // what was typed before the session ended
}

// Page asks for the token. It keeps where the person wanted to go, and what was typed.
func (v SignIn) Page() ui.Page {
	p := ui.Page{Title: v.text("admin.title"), Class: "organise", Main: g.Group{
		ui.Now(v.Now), h.H1(g.Text(v.text("admin.title"))), v.told(),
	}}
	if v.Off {
		p.Main = append(p.Main, ui.Notice("warn", "", g.Text(v.text("admin.off"))))
		return p
	}
	p.Main = append(p.Main, h.Form(h.Method("post"), h.Action("/admin/login"), h.Class("card stack gate"),
		form.Hidden("next", v.Next), g.If(v.Form.Typed(), v.Form.Kept()),
		h.P(g.Text(v.text("admin.sign_in_help"))),
		h.Label(h.Class("field"), h.Span(h.Class("label"), g.Text(v.text("admin.token"))),
			h.Input(h.Type("password"), h.Name("token"), h.AutoComplete("current-password"), h.Required(), h.AutoFocus()),
			h.Span(h.Class("hint"), g.Text(v.text("admin.token_help")))),
		primary(g.Text(v.text("admin.sign_in")))))
	return p
}
