package ballotpage

import (
	"net/http"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
	"popeye/internal/ui"
	"popeye/internal/web"
)

// CodeField names the code on the form that leads to a poll by it.
const CodeField = "code"

// Missing tells that there is no poll, or no page, at an address, and asks for a code:
// most who come here have mistyped one.
func Missing(look *ui.Theme, say *i18n.Printer, e *web.Error) g.Node {
	title := say.Text("voting.trouble.no_poll", nil)
	return look.Page(ui.Page{Say: say, Title: title, Inline: true, Main: g.Group{
		h.Data("code", e.Code),
		h.H1(g.Text(title)),
		ui.Notice("warn", "alert", ui.ErrorText(say, e)),
		CodeForm(say, ui.Primary, "", ""),
	}})
}

// MaxTyped bounds what is typed for a code, in bytes: more than an address with one at its
// end.
const MaxTyped = 300

// CodeForm asks for a code. typed is what somebody has typed before, and wrong says why it
// leads nowhere; kind is that of its button.
func CodeForm(say *i18n.Printer, kind, typed, wrong string) g.Node {
	return h.Form(h.Class("join stack"), h.Method("get"), h.Action("/join"),
		ui.Field(ui.Label{ID: CodeField, Text: say.Text("voting.code", nil), Error: wrong}, h.Input,
			h.Name(CodeField), h.Value(typed), h.Dir("ltr"), g.Attr("inputmode", "numeric"), g.Attr("enterkeyhint", "go"),
			h.AutoComplete("off"), h.Required(), h.MaxLength(strconv.Itoa(MaxTyped))),
		ui.Button(kind+" block", g.Text(say.Text("voting.code_go", nil))),
	)
}

// IsMissing reports whether an error is that of something that is not there.
func IsMissing(e *web.Error) bool { return e.Status == http.StatusNotFound }
