package voter

import (
	"crypto/hmac"
	"encoding/base64"
	"net/http"
	"net/url"
	"time"

	"popeye/vote"
)

// Some polls show their results to those who have voted. That a voter has voted only
// this station knows, and the results are on another site, which knows no voters. So
// the voter's browser keeps a Proof, a cookie of ours, and for that each page links to
// the results with a pass, which says that its bearer has voted, and not who they are.

const (
	votedPurpose = "popeye has voted 1"
	// PassAge is how long a pass is good: an evening. The page of one's vote has a new one.
	PassAge = 12 * time.Hour
)

// VotedName names the cookie of the proof.
func VotedName(key []byte, slug string) string { return "voted_" + Tag(key) + "_" + slug }

// Proof is what the cookie of a voter holds who has voted in p.
func Proof(a Asker, p vote.Poll) string {
	text := a.ID + "\n" + p.Slug + "\n" + p.CreatedKey()
	return base64.RawURLEncoding.EncodeToString(mac(a.Key, votedPurpose, text))
}

// Prove lets the browser keep, for the pages at some Places, that its voter has voted in
// p, and returns their pass; "" where a vote shows nobody the results.
func (c *Cookies) Prove(w http.ResponseWriter, r *http.Request, a Asker, p vote.Poll, places []string) string {
	if p.Visibility != vote.VisibleAfterVote {
		return ""
	}
	for _, path := range places {
		c.setCookie(w, r, c.prefix(r, securePrefix)+VotedName(a.Key, p.Slug), Proof(a, p), path)
	}
	return newPass(p)
}

// PassOf returns the pass of one whose browser keeps the Proof; "" for others.
func (c *Cookies) PassOf(r *http.Request, a Asker, p vote.Poll) string {
	if p.Visibility != vote.VisibleAfterVote || !a.Known {
		return ""
	}
	for _, c := range r.CookiesNamed(c.prefix(r, securePrefix) + VotedName(a.Key, p.Slug)) {
		if hmac.Equal([]byte(c.Value), []byte(Proof(a, p))) {
			return newPass(p)
		}
	}
	return ""
}

func newPass(p vote.Poll) string { return p.Pass(time.Now().Add(PassAge)) }

// WithPass adds a pass to the address of the results.
func WithPass(address, pass string) string {
	if pass == "" {
		return address
	}
	return address + "?" + url.Values{"pass": {pass}}.Encode()
}
