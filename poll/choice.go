package poll

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
	choiceSeparator = "."
	choiceComma     = "."
)

// choiceName is one cookie for each poll.
func choiceName(slug string) string { return "choice_" + slug }

// remember lets the browser keep what was recorded. The longest ballot fits
// into the 4 KiB that browsers keep.
func (s *Station) remember(w http.ResponseWriter, r *http.Request, p vote.Poll, b vote.Ballot) {
	http.SetCookie(w, &http.Cookie{
		Name:  choiceName(p.Slug),
		Value: p.CreatedKey() + choiceSeparator + strings.ReplaceAll(string(b), ",", choiceComma),
		// Of the poll, not of the request: the default poll has two addresses.
		Path: pagePath(p.Slug), MaxAge: voterAge,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure(r),
	})
}

// remembered returns what the browser kept for p; "" if nothing that p knows.
// Of a draft it tells nothing: a made-up choice would show an option's label.
func remembered(r *http.Request, p vote.Poll) vote.Ballot {
	c, err := r.Cookie(choiceName(p.Slug))
	if err != nil || p.Status == vote.Draft {
		return ""
	}
	when, text, _ := strings.Cut(c.Value, choiceSeparator)
	b := vote.Ballot(strings.ReplaceAll(text, choiceComma, ","))
	if when != p.CreatedKey() || p.Read(b) == nil {
		return ""
	}
	return b
}
