// Package styleguide shows every piece of the design system in every state: light beside
// dark, from left to right and from right to left. Who works on pages starts a program
// with --dev and opens /styleguide. Nothing enters; a page leaves.
package styleguide

import (
	"embed"
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/ui"
	"popeye/internal/web"
)

//go:embed static
var embedded embed.FS

// AddTo adds the guide to a site.
func AddTo(site *web.Site) error {
	look, err := ui.Load(embedded, "styleguide.css")
	if err != nil {
		return err
	}
	site.Handle("GET /styleguide", func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Cache-Control", "no-store")
		return web.HTML(w, http.StatusOK, Page(look))
	})
	site.Handle("GET /styleguide/error", func(http.ResponseWriter, *http.Request) error {
		return web.Errorf(http.StatusConflict, "example", "%s", sample.refused)
	})
	site.HandleFiles(look.Files)
	return nil
}

// Page is the guide.
func Page(look *ui.Theme) g.Node {
	var panels g.Group
	for _, p := range []panel{{"light", "ltr", english}, {"dark", "ltr", english}, {"light", "rtl", arabic}, {"dark", "rtl", arabic}} {
		panels = append(panels, p.section())
	}
	return look.Page(ui.Page{Title: sample.title, Main: g.Group{
		h.H1(g.Text(sample.title)),
		h.P(h.Class("quiet"), g.Text(sample.about)),
		ui.SeriesPatterns(seriesShown),
		h.Div(h.Class("panels"), panels),
	}})
}

// panel shows all pieces in one theme and one direction.
type panel struct {
	theme, dir string
	words      words
}

// id makes an id that no other panel has.
func (p panel) id(name string) string { return p.theme + "-" + p.dir + "-" + name }

func (p panel) section() g.Node {
	return h.Section(h.Class("panel"), h.Data("theme", p.theme), h.Dir(p.dir), h.Lang(p.words.lang), h.Aria("label", p.theme+" "+p.dir),
		p.header(),
		p.question(),
		h.H2(g.Text("Colours")), p.colours(),
		h.H2(g.Text("Buttons")), p.buttons(),
		h.H2(g.Text("Options")), p.options(),
		h.H2(g.Text("Ranking")), p.ranking(),
		h.H2(g.Text("Fields")), p.fields(),
		h.H2(g.Text("Notices, badges, line")), p.notices(),
		h.H2(g.Text("Figures and code")), p.figures(),
		h.H2(g.Text("Bars")), p.bars(),
		h.H2(g.Text("Series")), p.series(),
		h.H2(g.Text("Table")), p.table(),
		h.H2(g.Text("Action bar")), p.actions(),
	)
}
