// Package ballotpage is the page on which people vote. What enters is a View: a poll, what
// its voter has recorded, and what went wrong; what leaves is the page. It asks nobody
// anything. Each kind of poll has a widget, widget_*.go; static/poll.js and follow.js are
// what the page does with scripts.
package ballotpage

import (
	"embed"

	"popeye/internal/ui"
)

//go:embed static
var embedded embed.FS

// Load returns what the page looks like, and its files.
func Load() (*ui.Theme, error) { return ui.Load(embedded) }
