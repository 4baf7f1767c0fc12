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
	"strings"
	"sync"

	"popeye/queue"
)

const (
	voterCookie = "voter_id"
	voterBytes  = 16                  // of randomness
	voterAge    = 400 * 24 * 60 * 60  // seconds; the longest that browsers keep
	minKey      = 16                  // bytes
	signPurpose = "popeye voter_id 1" // the uses of the key
	castPurpose = "popeye voter of a cast 1"
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

// voter returns who asks: the voter of a cookie that we signed, or a new one,
// for whom it sets the cookie. castID is the id that a client chose for its
// vote, "" if it chose none. A client that keeps no cookies is a new voter each
// time; if it sends the same castID again, it is the same new voter, so that a
// retry is harmless for it too.
func (s *Station) voter(w http.ResponseWriter, r *http.Request, castID string) (string, error) {
	key, err := s.key.get(r.Context())
	if err != nil {
		return "", err
	}
	if id, ok := knownVoter(r, key); ok {
		return id, nil
	}
	id := newVoter(key, castID)
	http.SetCookie(w, &http.Cookie{
		Name: voterCookie, Value: id + "." + sign(key, id), Path: "/", MaxAge: voterAge,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure(r),
	})
	return id, nil
}

// newVoter returns an id that nobody has: of chance, or made from the id of a
// cast, which is unique too, in a way that needs the key.
func newVoter(key []byte, castID string) string {
	raw := make([]byte, voterBytes)
	rand.Read(raw) // never fails
	if castID != "" {
		raw = mac(key, castPurpose, castID)[:voterBytes]
	}
	return hex.EncodeToString(raw)
}

// knownVoter returns the voter of a cookie whose signature holds.
func knownVoter(r *http.Request, key []byte) (string, bool) {
	c, err := r.Cookie(voterCookie)
	if err != nil {
		return "", false
	}
	id, signature, _ := strings.Cut(c.Value, ".")
	ok := len(id) == hex.EncodedLen(voterBytes) && hmac.Equal([]byte(signature), []byte(sign(key, id)))
	return id, ok
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
