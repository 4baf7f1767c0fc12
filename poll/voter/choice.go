package voter

import (
	"net/http"
	"strings"

	"popeye/vote"
)

// The cookie of a choice lets the page show what was recorded. It is for that
// voter's eyes only and nothing depends on it, so it bears no signature. Its
// value is the moment the poll was made, then the ballot: a poll that was
// deleted and made anew under the same name has recorded nothing yet. A cookie
// can't hold a comma, and no ballot holds a dot.
const (
	// ChoiceSeparator stands between the moment and the ballot.
	ChoiceSeparator = "."
	choiceComma     = "."
)

// ChoiceName is one cookie for each poll of this instance.
func ChoiceName(key []byte, slug string) string { return "choice_" + Tag(key) + "_" + slug }

// OldChoiceName is what the cookie was called before instances had tags.
func OldChoiceName(slug string) string { return "choice_" + slug }

// Remember lets the browser keep what was recorded, for the pages at some Places. The
// longest ballot fits into the 4 KiB that browsers keep.
func (c *Cookies) Remember(w http.ResponseWriter, r *http.Request, key []byte, p vote.Poll, b vote.Ballot, places []string) {
	value := p.CreatedKey() + ChoiceSeparator + strings.ReplaceAll(string(b), ",", choiceComma)
	for _, path := range places { // not the request's: the default poll has two addresses
		c.setCookie(w, r, c.prefix(r, securePrefix)+ChoiceName(key, p.Slug), value, path)
	}
}

// Remembered returns what the browser kept for p; "" if nothing that p knows.
// Of a draft it tells nothing: a made-up choice would show an option's label.
func Remembered(r *http.Request, key []byte, p vote.Poll) vote.Ballot {
	if p.Status == vote.Draft {
		return ""
	}
	for _, name := range []string{securePrefix + ChoiceName(key, p.Slug), ChoiceName(key, p.Slug), OldChoiceName(p.Slug)} {
		for _, c := range r.CookiesNamed(name) {
			when, text, _ := strings.Cut(c.Value, ChoiceSeparator)
			b := vote.Ballot(strings.ReplaceAll(text, choiceComma, ","))
			if when == p.CreatedKey() && (p.Read(b) != nil || p.Abstains(b)) {
				return b
			}
		}
	}
	return ""
}
