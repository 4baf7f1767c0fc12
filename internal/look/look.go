// Package look is what the pages of the two public stations share: one style
// sheet, light and dark, and the icon. Nothing enters; files leave.
package look

import (
	"embed"
	"io/fs"
)

//go:embed static
var files embed.FS

// Files returns the shared files, for a station to serve.
func Files() fs.FS {
	sub, err := fs.Sub(files, "static")
	if err != nil {
		panic(err) // the folder is embedded: it is there
	}
	return sub
}
