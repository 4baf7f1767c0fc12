// Package lookalike tells texts that a person can't tell apart. What enters is a text
// as somebody wrote it; what leaves is whether it shows anything, and its appearance,
// which is equal for two texts that look the same.
package lookalike

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Blank reports whether a text shows nothing on a screen.
func Blank(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unseen(r) && !empty(r) && !unicode.Is(unicode.M, r) })
}

// empty reports characters that take room and show nothing.
func empty(r rune) bool {
	switch r {
	case 0x115f, 0x1160, 0x3164, 0xffa0: // fillers of Hangul
		return true
	case 0x2800, 0x1d159: // a Braille cell without a dot, a note without a head
		return true
	}
	return unicode.IsSpace(r)
}

// unseen reports characters that take no room: joiners, marks of direction,
// selectors, tags. Some signs count as format characters and can be seen.
func unseen(r rune) bool {
	return !unicode.Is(unicode.Prepended_Concatenation_Mark, r) && !empty(r) &&
		unicode.In(r, unicode.Cf, unicode.Cc, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// Shown is s without what can't be seen, for a message.
func Shown(s string) string {
	return strings.Map(func(r rune) rune {
		if unseen(r) {
			return -1
		}
		return r
	}, s)
}

// Appearance is equal for two texts that look the same on a screen: they differ
// in what can't be seen, in the width of letters or blanks, in how a letter with
// a mark was typed, or in a letter that another alphabet has too.
func Appearance(s string) string {
	var look []rune
	runes := []rune(norm.NFD.String(s)) // letters apart from their marks
	for i, r := range runes {
		switch {
		case empty(r):
			look = append(look, ' ')
		case !unseen(r) || shapesEmoji(look, runes[i:]):
			look = append(look, plain(r))
		}
	}
	return strings.Join(strings.Fields(string(look)), " ")
}

// Alike reports whether two texts look the same but for capitals.
func Alike(a, b string) bool { return strings.EqualFold(Appearance(a), Appearance(b)) }

// shapesEmoji reports whether rest begins with a character that is not seen but
// changes the emoji before it: a joiner between two, as in a family, or the tags
// that make a black flag England's.
func shapesEmoji(before, rest []rune) bool {
	const joiner, blackFlag = 0x200d, 0x1f3f4
	tag := func(r rune) bool { return 0xe0020 <= r && r <= 0xe007f }
	if tag(rest[0]) {
		i := len(before) - 1
		for i >= 0 && tag(before[i]) {
			i--
		}
		return i >= 0 && before[i] == blackFlag
	}
	picture := func(r rune) bool { return unicode.In(r, unicode.So, unicode.Sk) }
	return rest[0] == joiner && len(before) > 0 && picture(before[len(before)-1]) &&
		slices.ContainsFunc(rest[1:min(2, len(rest))], picture)
}

// plain returns the common form of a character: of full width, of mathematical
// alphabets, or of another script where it looks the same.
func plain(r rune) rune {
	switch {
	case 0xff01 <= r && r <= 0xff5e:
		r -= 0xff01 - '!'
	case 0x1d400 <= r && r <= 0x1d6a3:
		r = rune(latin[(r-0x1d400)%52])
	case 0x1d7ce <= r && r <= 0x1d7ff:
		r = '0' + (r-0x1d7ce)%10
	}
	if same, ok := lookalikes[r]; ok {
		return same
	}
	return r
}

const latin = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// lookalikes holds what looks in most fonts exactly as a Latin letter or a sign
// of ASCII: letters of Cyrillic and Greek, signs of units, hyphens and quotes.
var lookalikes = func() map[rune]rune {
	all := map[rune]rune{}
	for _, pair := range [][2]string{
		{"АВЕЅІЈКМНОРСТХҮԚԜаеіјорсухѕһԁԛԝ", "ABESIJKMHOPCTXYQWaeijopcyxshdqw"},
		{"ΑΒΕΖΗΙΚΜΝΟΡΤΥΧον", "ABEZHIKMNOPTYXov"},
		{"\u2010\u2011\u2212\u2018\u2019\u02bc\u201c\u201d", "---'''\"\""},
	} {
		to := []rune(pair[1])
		for i, from := range []rune(pair[0]) {
			all[from] = to[i]
		}
	}
	return all
}()
