package ballotpage

import (
	"encoding/json"
	"maps"
	"strings"

	g "maragu.dev/gomponents"

	"popeye/internal/i18n"
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

// scriptWords are the sentences of poll.js, as JSON. It fills gaps in braces.
func scriptWords(say *i18n.Printer) string {
	seconds := map[string]any{"Seconds": "{seconds}"}
	words, err := json.Marshal(map[string]string{
		"sending":      say.Text("voting.script.sending", nil),
		"retry":        say.Text("voting.script.retry", seconds),
		"retrySignIn":  say.Text("voting.script.retry_sign_in", seconds),
		"retryOffline": say.Text("voting.script.retry_offline", seconds),
		"closed":       say.Text("voting.script.closed", nil),
		"unsent":       say.Text("voting.script.unsent", map[string]any{"Vote": "{vote}"}),
		"changed":      say.Text("voting.script.changed", nil),
		"lookAgain":    say.Text("voting.script.look_again", nil),
	})
	if err != nil { // strings always can be
		panic(err)
	}
	return string(words)
}
