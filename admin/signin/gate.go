// Package signin lets organisers in: programs by bearer token, people by a cookie that
// they get for the token. What enters is a request; what leaves is whose it is, or why
// it is nobody's.
//
// What a cookie holds is random. The store keeps an HMAC of it under the token, so a
// new token ends all sessions.
package signin

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"popeye/internal/i18n"
	"popeye/internal/web"
	"popeye/store"
)

const (
	// minToken is the fewest characters of a token that nobody guesses.
	minToken = 16
	// storeTimeout bounds one step of the store while somebody waits.
	storeTimeout = 3 * time.Second
)

// Sessions is what a gate needs of the store.
type Sessions interface {
	store.Sessions
	// RecordAct is that of store.Audit.
	RecordAct(ctx context.Context, r store.Record) error
}

// Config is what a gate works with.
type Config struct {
	Sessions  Sessions
	Token     string // the organiser's secret; "" turns organising off
	PublicURL string // how people reach this site; "" if as the request says
	Proxies   web.Proxies
	Log       *slog.Logger
}

// Gate knows organisers. Safe for concurrent use.
type Gate struct {
	Config
	hash    [sha256.Size]byte
	guesses guesses
}

// New checks the token and starts nothing.
func New(c Config) (*Gate, error) {
	if n := utf8.RuneCountInString(strings.TrimSpace(c.Token)); c.Token != "" && n < minToken {
		return nil, fmt.Errorf("ADMIN_TOKEN has %d characters: give it %d or more, so that nobody guesses it", n, minToken)
	}
	c.Token = strings.TrimSpace(c.Token) // as what people send is
	return &Gate{Config: c, hash: sha256.Sum256([]byte(c.Token))}, nil
}

// What people and programs are refused with.
var (
	ErrOff  = refusal(http.StatusForbidden, "organising_off", "admin.off", 0)
	ErrWho  = refusal(http.StatusUnauthorized, "unauthorized", "admin.error.unauthorized", 0)
	ErrSlow = refusal(http.StatusTooManyRequests, "too_many", "admin.error.too_many", time.Minute)
)

func refusal(status int, code, message string, after time.Duration) *web.Error {
	return &web.Error{Status: status, Code: code, Message: i18n.English.Text(message, nil), RetryAfter: after}
}

// IsRefusal reports whether err says that a cookie is of no session.
func IsRefusal(err error) bool { return errors.Is(err, ErrWho) || errors.Is(err, ErrSlow) }

// Off reports whether there is no token, and so no organiser.
func (d *Gate) Off() bool { return d.Token == "" }

// Check reports whether a token is the organiser's. Comparing digests takes the same
// time for every token, of any length.
func (d *Gate) Check(token string) bool {
	hash := sha256.Sum256([]byte(token))
	return !d.Off() && subtle.ConstantTimeCompare(hash[:], d.hash[:]) == 1
}

// ByToken reports whether a program sent the organiser's token. The error says why it
// did not.
func (d *Gate) ByToken(r *http.Request) (bool, error) {
	token := bearer(r)
	switch {
	case d.Off():
		return false, ErrOff
	case d.Check(token):
		return true, nil
	case token != "": // who sends none does not guess
		return false, d.Refuse(r, "bearer")
	}
	return false, ErrWho
}

// bearer returns the token that a request bears, "" for none.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// Known reports whether an organiser sent a request: with the token, or from a browser
// that has signed in. A token that is wrong counts as a guess, a cookie does not:
// nobody guesses 130 bits, and browsers go on sending those of ended sessions.
func (d *Gate) Known(r *http.Request) bool {
	if bearer(r) != "" {
		known, _ := d.ByToken(r)
		return known
	}
	key, _, err := d.inSession(r)
	return key != nil && err == nil // while the store does not answer, nobody is
}

// Origin returns the address that a request came from, as far as proxies that are
// trusted tell.
func (d *Gate) Origin(r *http.Request) string {
	if client := d.Proxies.Client(r); client.IsValid() {
		return client.String()
	}
	return r.RemoteAddr
}

// Secure reports whether the other side speaks TLS, with us or with a proxy of ours.
func (d *Gate) Secure(r *http.Request) bool {
	return r.TLS != nil || strings.HasPrefix(d.PublicURL, "https://") ||
		strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

// Key returns the name of a session for the store, by what its cookie holds.
func (d *Gate) Key(secret string) []byte {
	m := hmac.New(sha256.New, []byte(d.Token))
	m.Write([]byte("popeye organiser's session " + secret))
	return m.Sum(nil)
}

// Name returns how the log and the audit trail call a session.
func Name(key []byte) string { return "session " + hex.EncodeToString(key[:4]) }

// Did writes to the log what an organiser did, or tried. The store keeps the audit
// trail.
func (d *Gate) Did(ctx context.Context, slug string, err error) {
	act, _ := store.ActOf(ctx)
	log := d.Log.With("what", act.What, "poll", slug, "who", act.Who, "from", act.From)
	if err != nil {
		log.Info("an organiser's act failed", "error", err)
		return
	}
	log.Info("an organiser's act")
}
