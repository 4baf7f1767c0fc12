package cli

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// columns returns how many columns of a terminal a text takes.
func columns(s string) (n int) {
	for _, r := range s {
		switch kind := width.LookupRune(r).Kind(); {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case kind == width.EastAsianWide || kind == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

// fitName cuts a name to columns.
func fitName(s string, most int) string {
	if columns(s) <= most {
		return s
	}
	n := 0
	for i, r := range s {
		if n += columns(string(r)); n > most-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// grid writes rows below one another, numbers to the right, the column of names to the
// left. Rows that are too long for a line go on in another grid below, which has the
// columns up to that of the names again.
func (t *table) grid(rows [][]string, names int) {
	wide := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			wide[i] = max(wide[i], columns(cell))
		}
	}
	fixed := 0
	for _, w := range wide[:names+1] {
		fixed += w + 2
	}
	for begin := names + 1; ; {
		end, total := begin, fixed
		for end < len(wide) && (end == begin || total+wide[end]+2 <= lineWidth+2) {
			total += wide[end] + 2
			end++
		}
		for _, row := range rows {
			var line strings.Builder
			for i, cell := range row {
				if i > names && (i < begin || i >= end) {
					continue
				}
				pad := strings.Repeat(" ", wide[i]-columns(cell))
				if i == names {
					line.WriteString(cell + pad + "  ")
				} else if wide[i] > 0 {
					line.WriteString(pad + cell + "  ")
				}
			}
			fmt.Fprintln(&t.out, strings.TrimRight(line.String(), " "))
		}
		if begin = end; begin >= len(wide) {
			return
		}
		fmt.Fprintln(&t.out)
	}
}

// wrap writes a text on lines; those after the first begin with indent.
func (t *table) wrap(indent, text string) {
	n := 0
	for i, word := range strings.Split(text, " ") {
		w := columns(word)
		switch {
		case i == 0:
		case n+1+w > lineWidth:
			t.out.WriteString("\n" + indent)
			n = len(indent)
		default:
			t.out.WriteByte(' ')
			n++
		}
		t.out.WriteString(word)
		n += w
	}
	t.out.WriteByte('\n')
}

// number writes how many there are of something.
func number(n int64, of string) string {
	if n == 1 {
		return fmt.Sprintf("1 %s", of)
	}
	return fmt.Sprintf("%d %ss", n, of)
}
