// Package look is what the pages of the two public stations share: one style
// sheet, light and dark, the icon, and the page that tells of an error. What
// enters is a station's own files; what leaves is all of them, ready to serve.
package look

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"

	"popeye/internal/web"
)

//go:embed static templates
var shared embed.FS

// Load reads the shared files and a station's own, from the folders static and
// templates of each. Templates may call functions, and "static" for the URL of a
// file; a station's define "head", which the shared ones use.
func Load(own fs.FS, functions template.FuncMap) (*web.Static, *template.Template, error) {
	var roots []fs.FS
	for _, files := range []fs.FS{shared, own} {
		root, err := fs.Sub(files, "static")
		if err != nil {
			return nil, nil, fmt.Errorf("read static files: %w", err)
		}
		roots = append(roots, root)
	}
	static, err := web.NewStatic("/static/", roots...)
	if err != nil {
		return nil, nil, fmt.Errorf("read static files: %w", err)
	}
	pages := template.New("").Funcs(template.FuncMap{"static": static.URL}).Funcs(functions)
	for _, files := range []fs.FS{shared, own} {
		if _, err := pages.ParseFS(files, "templates/*.html"); err != nil {
			return nil, nil, fmt.Errorf("read templates: %w", err)
		}
	}
	return static, pages, nil
}
