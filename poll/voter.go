package poll

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"popeye/queue"
)

const (
	voterCookie    = "voter_id"
	voterBytes     = 16                  // of randomness
	voterAge       = 400 * 24 * 60 * 60  // seconds; the longest that browsers keep
	minKey         = 16                  // bytes
	signPurpose    = "popeye voter_id 1" // the uses of the key
	castPurpose    = "popeye voter of a cast 1"
	tagPurpose     = "popeye instance 1"
	networkPurpose = "popeye network 1"
	tagBytes       = 4
)

// cookieKey keeps the key once it was loaded.
type cookieKey struct {
	load func(context.Context) ([]byte, error)

	mu  sync.RWMutex
	key []byte
}

func (k *cookieKey) get(ctx context.Context) ([]byte, error) {
	k.mu.RLock()
	key := k.key
	k.mu.RUnlock()
	if key != nil {
		return key, nil
	}
	key, err := k.load(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: load the cookie key: %w", queue.ErrUnavailable, err)
	}
	if len(key) < minKey {
		return nil, fmt.Errorf("the cookie key has %d bytes, fewer than %d", len(key), minKey)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.key == nil {
		k.key = key
	}
	return k.key, nil
}

// asker is the voter that a request comes from.
type asker struct {
	key   []byte
	id    string
	from  netip.Addr
	known bool   // by a cookie of ours; else it is an id that nobody has, or that of an earlier cast
	name  string // of that cookie
}

// asks returns who sent a request. castID is the id that a client chose for its
// vote, "" if it chose none. A client that keeps no cookies is a new voter each
// time; if it sends the same castID again, it is the same new voter, so that a
// retry is harmless for it too.
func (s *Station) asks(r *http.Request, castID string) (asker, error) {
	key, err := s.key.get(r.Context())
	if err != nil {
		return asker{}, err
	}
	from := s.Proxies.Client(r)
	if id, name := knownVoter(r, key); name != "" {
		return asker{key, id, from, true, name}, nil
	}
	return asker{key: key, id: newVoter(key, castID), from: from}, nil
}

// newVoter returns a random id, or one made from the id of a cast, which is
// unique too, in a way that needs the key.
func newVoter(key []byte, castID string) string {
	raw := make([]byte, voterBytes)
	rand.Read(raw) // never fails
	if castID != "" {
		raw = mac(key, castPurpose, castID)[:voterBytes]
	}
	return hex.EncodeToString(raw)
}

// tag names this instance, to be told from others on the same host: browsers
// send cookies to every port.
func tag(key []byte) string { return hex.EncodeToString(mac(key, tagPurpose, "")[:tagBytes]) }

// castCookie names the cookie of a voter whose vote was recorded, newCookie that
// of a browser that has not voted yet and has another program's voter_id.
func castCookie(key []byte) string { return "voter_" + tag(key) }
func newCookie(key []byte) string  { return castCookie(key) + "_new" }

// By its prefix a browser knows what may set a cookie: with hostPrefix nothing but
// this very host, over TLS, with the path "/"; with securePrefix any path, and
// other hosts of the domain, over TLS. So a sibling subdomain, or somebody on the
// way of a plain request, can't make a voter vote as another.
const (
	hostPrefix   = "__Host-"
	securePrefix = "__Secure-"
)

// knownVoter returns the voter of a cookie whose signature holds, and the cookie's
// name; "" for none. What only this host can have set comes before all others, the
// voter who has voted before those that a page was opened for. A browser may send
// several cookies of one name, of which some may not be ours.
func knownVoter(r *http.Request, key []byte) (id, name string) {
	for _, prefix := range []string{hostPrefix, ""} {
		for _, name := range []string{castCookie(key), newCookie(key), voterCookie} {
			for _, c := range r.CookiesNamed(prefix + name) {
				id, signature, _ := strings.Cut(c.Value, ".")
				if len(id) == hex.EncodedLen(voterBytes) && hmac.Equal([]byte(signature), []byte(sign(key, id))) {
					return id, prefix + name
				}
			}
		}
	}
	return "", ""
}

// introduce gives a browser that is not known a cookie, already with the page:
// two taps at once on a first visit must be one voter. It is never that of a voter
// made from the id of a cast, which a stranger may send too. One that is known by
// a cookie of earlier versions gets the same with a prefix, over TLS. A network
// that brings very many new voters gets no more for a while.
func (s *Station) introduce(w http.ResponseWriter, r *http.Request, a asker) error {
	prefix := s.prefix(r, hostPrefix)
	if a.known {
		if !strings.HasPrefix(a.name, prefix) {
			s.setCookie(w, r, prefix+a.name, a.id+"."+sign(a.key, a.id), "/")
		}
		return nil
	}
	if err := s.new.admit(a.from, time.Now()); err != nil {
		return err
	}
	name := voterCookie
	if s.hasForeignVoter(r) {
		name = newCookie(a.key)
	}
	id := newVoter(a.key, "")
	s.setCookie(w, r, prefix+name, id+"."+sign(a.key, id), "/")
	return nil
}

// keep lets a browser stay the voter whose vote this request has recorded, even
// if a page that was opened at the same time brings it another new one.
func (s *Station) keep(w http.ResponseWriter, r *http.Request, a asker) {
	prefix, value := s.prefix(r, hostPrefix), a.id+"."+sign(a.key, a.id)
	s.setCookie(w, r, prefix+castCookie(a.key), value, "/")
	if !a.known && !s.hasForeignVoter(r) {
		s.setCookie(w, r, prefix+voterCookie, value, "/")
	}
}

// prefix is what the names of cookies begin with that answer a request: none over
// plain http, where browsers would drop them.
func (s *Station) prefix(r *http.Request, overTLS string) string {
	if s.secure(r) {
		return overTLS
	}
	return ""
}

// hasForeignVoter reports whether voter_id seems to be another instance's, as far as
// that is asked only where it is not ours. It is left alone: who votes there is
// nothing that we should change.
func (s *Station) hasForeignVoter(r *http.Request) bool {
	for _, c := range r.CookiesNamed(s.prefix(r, hostPrefix) + voterCookie) {
		id, signature, _ := strings.Cut(c.Value, ".")
		if len(id) == hex.EncodedLen(voterBytes) && len(signature) == base64.RawURLEncoding.EncodedLen(sha256.Size) {
			return true
		}
	}
	return false
}

func (s *Station) setCookie(w http.ResponseWriter, r *http.Request, name, value, path string) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: path, MaxAge: voterAge,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure(r),
	})
}

// sign returns the signature of a voter id.
func sign(key []byte, id string) string {
	return base64.RawURLEncoding.EncodeToString(mac(key, signPurpose, id))
}

// mac is HMAC-SHA256 of a text, bound to one use of the key.
func mac(key []byte, purpose, text string) []byte {
	m := hmac.New(sha256.New, key)
	fmt.Fprintf(m, "%s\n%s", purpose, text)
	return m.Sum(nil)
}

// secure reports whether people reach us over TLS, here or at a proxy. A header
// that lies costs only the one who sent it.
func (s *Station) secure(r *http.Request) bool {
	return r.TLS != nil || strings.HasPrefix(s.PublicURL, "https://") ||
		strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}
