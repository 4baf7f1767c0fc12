// Package ui is what the pages of the two public stations share: one style
// sheet, light and dark, the icon, how a page begins, times, and the page that
// tells of an error. What enters is a station's own files; what leaves is all of
// them, ready to serve, and pages, ready to be rendered.
//
// For those who change how Popeye looks: static/popeye.css here is the style
// sheet of all pages; result/static adds result.css and wall.css for the count, admin/static
// admin.css for the organiser's page. A page is a Go function that reads like the HTML it
// makes: h.P(h.Class("quiet"), g.Text("Hello")) is <p class="quiet">Hello</p>.
// Those are in
//
//   - poll/ballotpage: the page on which people vote
//   - result/audience_page.go and result/wall_page.go: the live count, and the big screen
//   - admin/pages: the organiser's pages
//   - page.go, times.go here: what all of them begin with, errors, and times
//
// Their sentences are in internal/i18n/en.json.
//
// g.Text and every attribute escape what is in them; nothing is written raw.
package ui

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"

	"popeye/internal/i18n"
	"popeye/internal/web"
)

//go:embed static
var shared embed.FS

// printer writes in the language of all pages. There is one so far.
func printer() *i18n.Printer { return i18n.English }

// Theme makes a station's pages. Safe for concurrent use.
type Theme struct {
	Files   *web.Static // the shared ones and the station's own
	styles  []sheet
	bundles map[string][]string // names of scripts that hold others, and which
}

// sheet is a style sheet of every page.
type sheet struct {
	name string
	text web.Style
}

// Load reads the shared files and a station's own, from the folder static of
// each. styles names the style sheets of every page after the shared one.
func Load(own fs.FS, styles ...string) (*Theme, error) {
	var roots []fs.FS
	for _, files := range []fs.FS{shared, own} {
		root, err := fs.Sub(files, "static")
		if err != nil {
			return nil, fmt.Errorf("read static files: %w", err)
		}
		roots = append(roots, root)
	}
	files, err := web.NewStatic("/static/", roots...)
	if err != nil {
		return nil, fmt.Errorf("read static files: %w", err)
	}
	for language := range languages {
		files.Add(manifestFile(language), manifest(language, files))
	}
	l := &Theme{Files: files, bundles: map[string][]string{}}
	for _, name := range append([]string{"popeye.css"}, styles...) {
		text, err := files.Style(name)
		if err != nil {
			return nil, err
		}
		l.styles = append(l.styles, sheet{name, text})
	}
	return l, nil
}

// Bundle makes one script of several, for pages to name in place of them. It is called
// before the first page is made.
func (l *Theme) Bundle(name string, parts ...string) error {
	l.bundles[name] = parts
	return l.Files.Bundle(name, parts...)
}

// holds reports whether a script is another, or a bundle with it.
func (l *Theme) holds(name, part string) bool {
	return name == part || slices.Contains(l.bundles[name], part)
}
