// Package ui is the design system: what the pages of all stations share. One style
// sheet, light and dark; the mark and its icons; how a page begins and ends; the pieces that
// pages are made of; times; and the page that tells of an error. What enters is a
// station's own files; what leaves is all of them, ready to serve, and pages, ready to
// be rendered.
//
// For those who change how Popeye looks: static/popeye.css here is the style
// sheet of all pages, tokens first; each station's static folder has what is only its
// own. Start a program with --dev and open /styleguide, which shows every piece.
// docs/decisions/look.md says why it looks so. A page is a Go function that reads like the
// HTML it makes: h.P(h.Class("quiet"), g.Text("Hello")) is <p class="quiet">Hello</p>.
//
//   - page.go, frame.go: what all pages begin and end with, errors, previews of links
//   - parts.go, series.go: buttons, fields, badges, bars, letters, codes, charts
//   - logo.go, manifest.go: the mark, and what a phone's home screen shows
//   - times.go, history.go, rules.go: what is told of a poll on every page
//
// Pages of a station are in its own package, in files named _page.go or page.go. Their
// sentences are in internal/i18n.
//
// g.Text and every attribute escape what is in them; nothing is written raw but our
// own style sheets.
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
	for _, say := range i18n.Languages() {
		files.Add(manifestFile(say.Tag()), manifest(say, files))
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
