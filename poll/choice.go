package poll

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"popeye/vote"
)

// maxChoice bounds the cookie: browsers keep about 4 KiB. A longer ballot is
// recorded like any other, only not shown again.
const maxChoice = 3 << 10

// choice is a ballot that was recorded, as the voter's browser remembers it.
// It is for that voter's eyes only and nothing depends on it, so it bears no
// signature.
type choice struct {
	Ballot vote.Ballot
	At     time.Time
}

// choiceName is one cookie for each poll.
func choiceName(slug string) string { return "choice_" + slug }

// remember lets the browser keep what was recorded.
func (s *Station) remember(w http.ResponseWriter, r *http.Request, v vote.Vote) {
	value := base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(v.At.Unix(), 10) + " " + string(v.Ballot)))
	if len(value) > maxChoice {
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: choiceName(v.Poll), Value: value, Path: r.URL.Path, MaxAge: voterAge,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure(r),
	})
}

// remembered returns what the browser kept for p; nil if nothing that p knows.
func remembered(r *http.Request, p vote.Poll) *choice {
	c, err := r.Cookie(choiceName(p.Slug))
	if err != nil {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return nil
	}
	at, ballot, _ := strings.Cut(string(raw), " ")
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || p.Read(vote.Ballot(ballot)) == nil {
		return nil
	}
	return &choice{vote.Ballot(ballot), time.Unix(seconds, 0).UTC()}
}
