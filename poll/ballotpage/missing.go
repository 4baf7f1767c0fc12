package ballotpage

import (
	"net/http"

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
	return look.Page(ui.Page{Title: title, Inline: true, Main: g.Group{
		h.Data("code", e.Code),
		h.H1(g.Text(title)),
		ui.Notice("warn", "alert", g.Text(e.Message)),
		h.Form(h.Method("get"), h.Action("/join"),
			ui.Field(ui.Label{ID: CodeField, Text: say.Text("voting.code", nil)}, h.Input,
				h.Name(CodeField), g.Attr("inputmode", "numeric"), h.AutoComplete("off"), h.Required(), h.MaxLength("64")),
			ui.Button(ui.Primary+" block", g.Text(say.Text("voting.code_go", nil))),
		),
	}})
}

// IsMissing reports whether an error is that of something that is not there.
func IsMissing(e *web.Error) bool { return e.Status == http.StatusNotFound }
