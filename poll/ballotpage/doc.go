// Package ballotpage is the page on which people vote. What enters is a View: a poll, what
// its voter has recorded, and what went wrong; what leaves is the page. It asks nobody
// anything. Each kind of poll has a widget, widget_*.go; static/ are what
// the page does with scripts: ballot.js one ballot, poll.js the page around it.
package ballotpage

import (
	"embed"

	"popeye/internal/ui"
)

//go:embed static
var embedded embed.FS

// script is all that the page runs, in one file: a request costs a voter on a bad line
// more than its bytes.
const script = "ballot.js"

// Load returns what the page looks like, and its files.
func Load() (*ui.Theme, error) {
	look, err := ui.Load(embedded, "ballot.css")
	if err != nil {
		return nil, err
	}
	parts := []string{"words.js", "times.js", "follow.js", "answers.js", "outbox.js", "ranked.js", "choosing.js", "ballot.js", "poll.js"}
	if err := look.Bundle(script, parts...); err != nil {
		return nil, err
	}
	return look, nil
}
