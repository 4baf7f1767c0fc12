package export

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Inert keeps a spreadsheet from taking a text for a formula: also one that
// begins with what some of them skip, or in wide letters, which some take for
// the plain ones.
func Inert(s string) string {
	begin := strings.TrimLeftFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) })
	first, _ := utf8.DecodeRuneInString(begin)
	if strings.ContainsRune("=+-@＝＋－＠−﹢﹣﹦﹫", first) || strings.ContainsAny(s[:len(s)-len(begin)], "\t\r\n") {
		return apostrophe + s
	}
	return s
}

const apostrophe = "'"

// cell is Inert for a text that is read back: one that looks as if it had been made
// inert gets another apostrophe.
func cell(s string) string {
	if bare := strings.TrimLeft(s, apostrophe); bare != s && Inert(bare) != bare {
		return apostrophe + s
	}
	return Inert(s)
}

// text is what cell was given.
func text(cell string) string {
	if bare := strings.TrimLeft(cell, apostrophe); bare != cell && Inert(bare) != bare {
		return cell[len(apostrophe):]
	}
	return cell
}
