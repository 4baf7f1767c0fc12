package ui

import (
	"encoding/json"

	"popeye/internal/i18n"
	"popeye/internal/web"
)

// languages are those that pages are written in, by their tags.
var languages = map[string]*i18n.Printer{"en": i18n.English}

// manifestFile is the file that tells a phone how to keep Popeye on its home screen, in one
// language: https://www.w3.org/TR/appmanifest/.
func manifestFile(language string) string { return "manifest-" + language + ".webmanifest" }

type manifestIcon struct {
	Src     string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose,omitempty"`
}

// manifest is the content of that file.
func manifest(language string, files *web.Static) []byte {
	say := languages[language]
	raw, _ := json.Marshal(map[string]any{ // texts: it can't fail
		"name": say.Text("page.manifest.name", nil), "short_name": say.Text("page.brand", nil),
		"description": say.Text("page.manifest.about", nil), "lang": language, "dir": "auto",
		"id": "/", "start_url": "/", "scope": "/", "display": "minimal-ui",
		"theme_color": groundLight, "background_color": groundLight,
		"icons": []manifestIcon{
			{files.URL("icon.svg"), "any", "image/svg+xml", ""},
			{files.URL("icon-192.png"), "192x192", "image/png", ""},
			{files.URL("icon-512.png"), "512x512", "image/png", ""},
			{files.URL("icon-mask.png"), "512x512", "image/png", "maskable"},
		},
	})
	return raw
}
