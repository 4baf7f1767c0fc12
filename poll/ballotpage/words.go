package ballotpage

import (
	"maps"
	"strings"

	g "maragu.dev/gomponents"
)

// nodeGap stands in a sentence where a node goes. No text of an organiser holds it:
// vote refuses control characters.
const nodeGap = "\x00"

// around puts a node into the gap Vote of a sentence; args fill the
// others.
func (v View) around(code string, node g.Node, args map[string]any) g.Node {
	gaps := map[string]any{"Vote": nodeGap}
	maps.Copy(gaps, args)
	before, after, _ := strings.Cut(v.Say.Text(code, gaps), nodeGap)
	return g.Group{g.Text(before), node, g.Text(after)}
}
