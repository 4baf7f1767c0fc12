package voter

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"popeye/internal/web"
)

const (
	// Cookie names the cookie that the classic program gives its voters too.
	Cookie = "voter_id"
	// Age is how long browsers keep it, in seconds: the longest there is.
	Age     = 400 * 24 * 60 * 60
	idBytes = 16 // of randomness
)

// Cookies say who votes: by them a browser is known again. Safe for concurrent use.
type Cookies struct {
	Key       *Key
	PublicURL string // how people reach the station; "" if as the request says
	Proxies   web.Proxies
	Newcomers *Newcomers
}

// Asker is the voter that a request comes from.
type Asker struct {
	Key   []byte
	ID    string
	From  netip.Addr
	Known bool   // by a cookie of ours; else it is an id that nobody has, or that of an earlier cast
	name  string // of that cookie
}

// HasVoted reports whether a vote of this browser was recorded, in any poll.
func (a Asker) HasVoted() bool { return a.Known && strings.HasSuffix(a.name, CastCookie(a.Key)) }

// Asks returns who sent a request. castID is the id that a client chose for its
// vote, "" if it chose none. A client that keeps no cookies is a new voter each
// time; if it sends the same castID again, it is the same new voter, so that a
// retry is harmless for it too.
func (c *Cookies) Asks(r *http.Request, castID string) (Asker, error) {
	key, err := c.Key.get(r.Context())
	if err != nil {
		return Asker{}, err
	}
	from := c.Proxies.Client(r)
	if id, name := Known(r, key); name != "" {
		return Asker{key, id, from, true, name}, nil
	}
	return Asker{Key: key, ID: NewID(key, castID), From: from}, nil
}

// NewID returns a random id, or one made from the id of a cast, which is
// unique too, in a way that needs the key.
func NewID(key []byte, castID string) string {
	raw := make([]byte, idBytes)
	rand.Read(raw) // never fails
	if castID != "" {
		raw = mac(key, castPurpose, castID)[:idBytes]
	}
	return hex.EncodeToString(raw)
}

// CastCookie names the cookie of a voter whose vote was recorded, NewCookie that
// of a browser that has not voted yet and has another program's voter_id.
func CastCookie(key []byte) string { return "voter_" + Tag(key) }

// NewCookie is told at CastCookie.
func NewCookie(key []byte) string { return CastCookie(key) + "_new" }

// By its prefix a browser knows what may set a cookie: with HostPrefix nothing but
// this very host, over TLS, with the path "/"; with securePrefix any path, and
// other hosts of the domain, over TLS. So a sibling subdomain, or somebody on the
// way of a plain request, can't make a voter vote as another.
const (
	HostPrefix   = "__Host-"
	securePrefix = "__Secure-"
)

// Known returns the voter of a cookie whose signature holds, and the cookie's
// name; "" for none. What only this host can have set comes before all others, the
// voter who has voted before those that a page was opened for. A browser may send
// several cookies of one name, of which some may not be ours.
func Known(r *http.Request, key []byte) (id, name string) {
	for _, prefix := range []string{HostPrefix, ""} {
		for _, name := range []string{CastCookie(key), NewCookie(key), Cookie} {
			for _, c := range r.CookiesNamed(prefix + name) {
				id, signature, _ := strings.Cut(c.Value, ".")
				if len(id) == hex.EncodedLen(idBytes) && hmac.Equal([]byte(signature), []byte(Sign(key, id))) {
					return id, prefix + name
				}
			}
		}
	}
	return "", ""
}

// Introduce gives a browser that is not known a cookie, already with the page:
// two taps at once on a first visit must be one voter. It is never that of a voter
// made from the id of a cast, which a stranger may send too. One that is known by
// a cookie of earlier versions gets the same with a prefix, over TLS. A network
// that brings very many new voters gets no more for a while, and waits.
func (c *Cookies) Introduce(w http.ResponseWriter, r *http.Request, a Asker) (wait time.Duration) {
	prefix := c.prefix(r, HostPrefix)
	if a.Known {
		if !strings.HasPrefix(a.name, prefix) {
			c.setCookie(w, r, prefix+a.name, a.ID+"."+Sign(a.Key, a.ID), "/")
		}
		return 0
	}
	if wait := c.Newcomers.Admit(a.From, time.Now()); wait > 0 {
		return wait
	}
	name := Cookie
	if c.hasForeignVoter(r) {
		name = NewCookie(a.Key)
	}
	id := NewID(a.Key, "")
	c.setCookie(w, r, prefix+name, id+"."+Sign(a.Key, id), "/")
	return 0
}

// Keep lets a browser stay the voter whose vote this request has recorded, even
// if a page that was opened at the same time brings it another new one.
func (c *Cookies) Keep(w http.ResponseWriter, r *http.Request, a Asker) {
	prefix, value := c.prefix(r, HostPrefix), a.ID+"."+Sign(a.Key, a.ID)
	c.setCookie(w, r, prefix+CastCookie(a.Key), value, "/")
	if !a.Known && !c.hasForeignVoter(r) {
		c.setCookie(w, r, prefix+Cookie, value, "/")
	}
}

// prefix is what the names of cookies begin with that answer a request: none over
// plain http, where browsers would drop them.
func (c *Cookies) prefix(r *http.Request, overTLS string) string {
	if c.secure(r) {
		return overTLS
	}
	return ""
}

// hasForeignVoter reports whether voter_id seems to be another instance's, as far as
// that is asked only where it is not ours. It is left alone: who votes there is
// nothing that we should change.
func (c *Cookies) hasForeignVoter(r *http.Request) bool {
	for _, c := range r.CookiesNamed(c.prefix(r, HostPrefix) + Cookie) {
		id, signature, _ := strings.Cut(c.Value, ".")
		if len(id) == hex.EncodedLen(idBytes) && len(signature) == base64.RawURLEncoding.EncodedLen(sha256.Size) {
			return true
		}
	}
	return false
}

func (c *Cookies) setCookie(w http.ResponseWriter, r *http.Request, name, value, path string) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: path, MaxAge: Age,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: c.secure(r),
	})
}

// secure reports whether people reach us over TLS, here or at a proxy. A header
// that lies costs only the one who sent it.
func (c *Cookies) secure(r *http.Request) bool {
	return r.TLS != nil || strings.HasPrefix(c.PublicURL, "https://") ||
		strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}
