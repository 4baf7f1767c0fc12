package wall

import (
	"net/url"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
	"popeye/internal/ui"
	"popeye/vote"
)

// Join is the way to a vote.
type Join struct {
	URL  string // of the ballot
	Code string // that leads there from the front page; "" if there is none
	// Reachable says that phones can reach URL. Where they can't, no QR code is shown.
	Reachable bool
}

// node shows it while votes are taken: a code to scan, and what to type instead.
func (j Join) node(say *i18n.Printer, open bool) g.Node {
	return h.Aside(h.Class("join while-open"), g.If(!open, ui.Hidden()),
		g.Iff(j.Reachable, func() g.Node { return QRCode(say, j.URL) }),
		g.Iff(!j.Reachable, func() g.Node { return ui.Notice("warn", "", g.Text(say.Text("result.unreachable", nil))) }),
		g.Iff(j.Code == "", func() g.Node {
			return g.Group{h.P(g.Text(say.Text("result.vote_at", nil))), j.host()}
		}),
		g.Iff(j.Code != "", func() g.Node {
			return g.Group{
				h.P(g.Text(say.Text("wall.join", nil))),
				j.host(),
				h.Strong(h.Class("code"), h.Dir("ltr"), g.Map(groups(j.Code), func(s string) g.Node { return h.Span(g.Text(s)) })),
			}
		}),
	)
}

// joined says how many have; nothing while that is nobody, or not known.
func joined(say *i18n.Printer, n int64) g.Node {
	text := say.Text("wall.joined", args{"Count": n, "Number": say.Number(n)})
	return h.P(h.ID("joined"), h.Data("told", strconv.FormatInt(n, 10)), g.If(n == 0, ui.Hidden()), g.Text(text))
}

// host is what people type: the site where there is a code, else the ballot's address;
// without what browsers add by themselves. It breaks before its path, if at all.
func (j Join) host() g.Node {
	u, err := url.Parse(j.URL)
	if err != nil {
		return h.Strong(h.Class("host"), h.Dir("ltr"), h.Span(g.Text(j.URL)))
	}
	path := strings.TrimSuffix(u.EscapedPath(), "/")
	if j.Code != "" {
		path = ""
	}
	return h.Strong(h.Class("host"), h.Dir("ltr"), h.Span(g.Text(u.Host)), g.If(path != "", g.Group{h.Wbr(), h.Span(g.Text(path))}))
}

// groups parts a code in threes, for eyes that go from the wall to a phone and back.
func groups(code string) (parts []string) {
	for len(code) > 3 {
		parts, code = append(parts, code[:3]), code[3:]
	}
	return append(parts, code)
}

// link leads to the ballot from a frame, on a page of its own.
func (j Join) link(say *i18n.Printer, status vote.Status) g.Node {
	return h.Span(h.Class("while-open"), g.If(status != vote.Open, ui.Hidden()),
		h.A(h.Href(j.URL), h.Target("_blank"), h.Rel("noopener"), g.Text(say.Text("result.vote", nil))))
}
