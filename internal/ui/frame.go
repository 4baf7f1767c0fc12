package ui

import (
	"net/url"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"popeye/internal/i18n"
)

// header is the line above every page: whose page this is, and where in it one is.
func header(p Page) g.Node {
	return h.Header(h.Class("brand"),
		h.A(h.Href("/"), Logo(), h.Strong(g.Text(p.Say.Text("page.brand", nil)))),
		p.Beside,
	)
}

// footer is the line below every page: the languages, each by its own name.
func footer(p Page) g.Node {
	var links g.Group
	for _, to := range i18n.Languages() {
		links = append(links, g.Text(" "), h.A(h.Href(p.Say.Switch(to)), h.Lang(to.Tag()), g.Attr("hreflang", to.Tag()), h.Rel("nofollow"),
			h.Dir(to.Dir()), g.If(to.Tag() == p.Say.Tag(), h.Aria("current", "true")), g.Text(to.Name())))
	}
	return h.Footer(h.Class("languages"), h.Nav(h.Aria("label", p.Say.Text("page.languages", nil)), links))
}

// grounds are the colours of a browser's own frame around a page: --ground of the style
// sheet, light and dark.
const groundLight, groundDark = "#f5f7fa", "#081321"

// identity is what a browser shows of a page outside of it, and when it is installed.
func (l *Theme) identity(language string) g.Node {
	return g.Group{
		h.Meta(h.Name("color-scheme"), h.Content("light dark")),
		h.Meta(h.Name("theme-color"), h.Content(groundLight), g.Attr("media", "(prefers-color-scheme: light)")),
		h.Meta(h.Name("theme-color"), h.Content(groundDark), g.Attr("media", "(prefers-color-scheme: dark)")),
		h.Link(h.Rel("icon"), h.Href(l.Files.URL("icon.svg")), h.Type("image/svg+xml")),
		h.Link(h.Rel("apple-touch-icon"), h.Href(l.Files.URL("icon-touch.png"))),
		h.Link(h.Rel("manifest"), h.Href(l.Files.URL(manifestFile(language)))),
	}
}

// Preview is what messengers and networks show of a link to a page, in place of its
// address.
type Preview struct {
	Title       string
	Description string // "" for none
	URL         string // the page's own, whole
	Image       string // URL of a picture, whole; "" for our icon
}

func (p Preview) tags(say *i18n.Printer, icon string) g.Node {
	card := "summary"
	if p.Image != "" {
		card = "summary_large_image"
	}
	tags := g.Group{
		og("type", "website"), og("site_name", say.Text("page.brand", nil)), og("title", p.Title), og("url", p.URL),
		h.Meta(h.Name("twitter:card"), h.Content(card)),
	}
	if p.Description != "" {
		tags = append(tags, og("description", p.Description), h.Meta(h.Name("description"), h.Content(p.Description)))
	}
	if p.Image != "" {
		return append(tags, og("image", p.Image), og("image:alt", p.Title))
	}
	if page, err := url.Parse(p.URL); err == nil && page.Host != "" {
		if picture, err := page.Parse(icon); err == nil {
			tags = append(tags, og("image", picture.String()), og("image:alt", say.Text("page.brand", nil)))
		}
	}
	return tags
}

// og is a property of the Open Graph protocol (https://ogp.me).
func og(name, value string) g.Node {
	return h.Meta(g.Attr("property", "og:"+name), h.Content(value))
}
