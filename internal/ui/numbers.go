package ui

import "popeye/internal/i18n"

// Ratio returns scale * n / whole, to the nearest, a half up; 0 of nothing.
func Ratio(n, whole, scale int64) int64 {
	if whole == 0 {
		return 0
	}
	return (2*scale*n + whole) / (2 * whole)
}

// Percent writes that n is so many percent of a whole. What is not nothing never
// reads "0 %", what is not all never "100 %".
func Percent(say *i18n.Printer, percent, n, whole int64) string {
	code := "number.percent"
	switch {
	case percent == 0 && n > 0:
		code, percent = "number.percent_less", 1
	case percent == 100 && n < whole:
		code, percent = "number.percent_more", 99
	}
	return say.Text(code, map[string]any{"Number": percent})
}
