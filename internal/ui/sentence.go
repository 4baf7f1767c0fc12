package ui

import (
	"maps"
	"strings"

	g "maragu.dev/gomponents"

	"popeye/internal/i18n"
	"popeye/internal/web"
)

// mark stands around the name of a gap that an element fills. No text that people
// write holds it: control characters are refused.
const mark = "\x00"

// ErrorText writes what an error tells people. The words in it that somebody else wrote,
// in whatever direction, are set apart.
func ErrorText(say *i18n.Printer, e *web.Error) g.Node {
	code, args := e.Said()
	if code == "" {
		return g.Text(e.In(say))
	}
	apart := maps.Clone(args)
	for name, arg := range args {
		if text, ok := arg.(string); ok {
			apart[name] = Words(text)
		}
	}
	return Sentence(say, code, apart)
}

// Sentence writes a message in which some arguments are elements, such as a time or
// a number that stands out. So the whole sentence stands in the message file, in
// the order of words of its language.
func Sentence(p *i18n.Printer, code string, args map[string]any) g.Node {
	texts, nodes := maps.Clone(args), map[string]g.Node{}
	for name, arg := range args {
		if n, ok := arg.(g.Node); ok {
			nodes[name], texts[name] = n, mark+name+mark
		}
	}
	var parts g.Group
	for i, part := range strings.Split(p.Text(code, texts), mark) {
		if n := nodes[part]; n != nil && i%2 == 1 {
			parts = append(parts, n)
			continue
		}
		parts = append(parts, g.Text(part))
	}
	return parts
}
