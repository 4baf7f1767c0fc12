package ui

import (
	"strconv"
	"strings"
)

// Grouped writes a number with thin spaces between thousands.
func Grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 && digits[i-1] != '-' {
			b.WriteRune('\u202f')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Ratio returns scale * n / whole, to the nearest, a half up; 0 of nothing.
func Ratio(n, whole, scale int64) int64 {
	if whole == 0 {
		return 0
	}
	return (2*scale*n + whole) / (2 * whole)
}

// Percent writes that n is so many percent of a whole. What is not nothing never
// reads "0 %", what is not all never "100 %".
func Percent(percent, n, whole int64) string {
	switch {
	case percent == 0 && n > 0:
		return "<1 %"
	case percent == 100 && n < whole:
		return ">99 %"
	default:
		return strconv.FormatInt(percent, 10) + " %"
	}
}
