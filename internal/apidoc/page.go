package apidoc

import (
	"net/http"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
	"popeye/internal/ui"
)

// page lists the operations that a site serves.
func page(look *ui.Theme, say *i18n.Printer, site string, all []Operation) g.Node {
	return look.Page(ui.Page{
		Say: say, Title: say.Text("apidoc.title", nil),
		Main: g.Group{
			h.H1(g.Text(say.Text("apidoc.title", nil))),
			h.P(g.Text(say.Text("apidoc.about", nil))),
			h.P(h.A(h.Href(FilePath), g.Text(say.Text("apidoc.file", nil)))),
			h.Nav(h.Ul(g.Map(all, func(o Operation) g.Node {
				return h.Li(h.A(h.Href("#"+o.ID), h.Code(g.Text(o.Method+" "+o.Path))), g.Text(" "+o.Summary))
			}))),
			g.Map(all, func(o Operation) g.Node { return o.section(say, site) }),
		},
	})
}

// section is one operation.
func (o Operation) section(say *i18n.Printer, site string) g.Node {
	return h.Section(h.ID(o.ID),
		h.H2(g.Text(o.Summary)),
		h.P(h.Code(g.Text(o.Method+" "+o.Path)), g.If(o.Token, g.Group{g.Text(" · "), g.Text(say.Text("apidoc.token", nil))})),
		g.If(o.Description != "", h.P(g.Text(o.Description))),
		g.Map(o.calls(site), func(c Example) g.Node {
			return g.Group{
				g.If(c.Summary != "", h.P(h.Class("quiet small"), g.Text(c.Summary))),
				h.Pre(h.TabIndex("0"), h.Code(g.Text(c.Body))),
			}
		}),
		h.Dl(g.Map(o.Answers, func(a Answer) g.Node {
			return g.Group{h.Dt(h.Code(g.Text(a.Status))), h.Dd(g.Text(a.Description), a.codes())}
		})),
	)
}

func (a Answer) codes() g.Node {
	if len(a.Codes) == 0 {
		return nil
	}
	return g.Group{g.Text(" "), h.Code(g.Text(strings.Join(a.Codes, ", ")))}
}

// calls are commands that ask a site for the operation, one for each example.
func (o Operation) calls(site string) []Example {
	bodies := o.Examples
	if bodies == nil {
		bodies = []Example{{}}
	}
	var calls []Example
	for _, b := range bodies {
		calls = append(calls, Example{b.Summary, o.call(site, b.Body)})
	}
	return calls
}

// call is a command for a shell.
func (o Operation) call(site, body string) string {
	var b strings.Builder
	b.WriteString("curl")
	if o.Method != http.MethodGet && (o.Method != http.MethodPost || body == "") {
		b.WriteString(" -X " + o.Method)
	}
	if o.Token {
		b.WriteString(` -H "Authorization: Bearer $ADMIN_TOKEN"`)
	}
	if body != "" {
		b.WriteString(" -H 'Content-Type: application/json' -d '" + strings.ReplaceAll(body, "'", `'\''`) + "'")
	}
	for _, s := range o.Servers {
		if s.Name == site {
			b.WriteString(" " + s.URL + strings.NewReplacer("{slug}", "default").Replace(o.Path))
		}
	}
	return b.String()
}
