package pictures

import (
	"fmt"
	"html"
	"strings"
)

// Sheet is a page on which all pictures are to be looked at, in the order of their names.
func Sheet(names []string) string {
	var b strings.Builder
	b.WriteString("<!doctype html><meta charset=utf-8><title>Every page in every state</title>\n" +
		"<style>body{font:14px system-ui;background:#777;color:#fff}figure{display:inline-block;vertical-align:top;margin:6px}img{width:300px;display:block}</style>\n")
	for _, name := range names {
		n := html.EscapeString(name)
		fmt.Fprintf(&b, "<figure><a href=\"%s.png\"><img loading=lazy src=\"%s.png\" alt=\"\"></a><figcaption>%s</figcaption></figure>\n", n, n, n)
	}
	return b.String()
}
