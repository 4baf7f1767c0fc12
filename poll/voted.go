package poll

import (
	"crypto/hmac"
	"encoding/base64"
	"net/http"
	"net/url"
	"time"

	"popeye/internal/ui"
	"popeye/vote"
)

// Some polls show their results to those who have voted. That a voter has voted only
// this station knows, and the results are on another site, which knows no voters. So
// the voter's browser keeps a proof, a cookie of ours, and for that each page links to
// the results with a pass, which says that its bearer has voted, and not who they are.

const (
	votedPurpose = "popeye has voted 1"
	// passAge is how long a pass is good: an evening. The page of one's vote has a new one.
	passAge = 12 * time.Hour
)

func votedName(key []byte, slug string) string { return "voted_" + tag(key) + "_" + slug }

// proof is what the cookie of a voter holds who has voted in p.
func proof(a asker, p vote.Poll) string {
	text := a.id + "\n" + p.Slug + "\n" + p.CreatedKey()
	return base64.RawURLEncoding.EncodeToString(mac(a.key, votedPurpose, text))
}

// prove lets the browser keep that its voter has voted in p, and returns their pass; ""
// where a vote shows nobody the results.
func (s *Station) prove(w http.ResponseWriter, r *http.Request, a asker, p vote.Poll) string {
	if p.Visibility != vote.VisibleAfterVote {
		return ""
	}
	s.setCookie(w, r, s.prefix(r, securePrefix)+votedName(a.key, p.Slug), proof(a, p), ui.PagePath(p.Slug))
	return newPass(p)
}

// passOf returns the pass of one whose browser keeps the proof; "" for others.
func (s *Station) passOf(r *http.Request, a asker, p vote.Poll) string {
	if p.Visibility != vote.VisibleAfterVote || !a.known {
		return ""
	}
	for _, c := range r.CookiesNamed(s.prefix(r, securePrefix) + votedName(a.key, p.Slug)) {
		if hmac.Equal([]byte(c.Value), []byte(proof(a, p))) {
			return newPass(p)
		}
	}
	return ""
}

func newPass(p vote.Poll) string { return p.Pass(time.Now().Add(passAge)) }

// withPass adds a pass to the address of the results.
func withPass(address, pass string) string {
	if pass == "" {
		return address
	}
	return address + "?" + url.Values{"pass": {pass}}.Encode()
}
