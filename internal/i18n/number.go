package i18n

import (
	"strconv"
	"strings"
)

// Number writes a whole number, with what the language puts between thousands.
// Digits are those of ASCII in every language: see docs/decisions/languages.md.
func (p *Printer) Number(n int64) string {
	digits, sign := strconv.FormatInt(n, 10), ""
	if n < 0 {
		digits, sign = digits[1:], "-"
	}
	separator := p.Text("number.group", nil)
	var b strings.Builder
	b.WriteString(sign)
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(separator)
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Decimal writes an exact decimal, as in "-1234.25", in the way of the language.
func (p *Printer) Decimal(decimal string) string {
	whole, fraction, cut := strings.Cut(decimal, ".")
	if n, err := strconv.ParseInt(whole, 10, 64); err == nil && whole != "-0" {
		whole = p.Number(n)
	}
	if cut {
		return whole + p.Text("number.decimal", nil) + fraction
	}
	return whole
}
