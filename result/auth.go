package result

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"popeye/internal/web"
)

const (
	organiserCookie = "organiser"
	organiserAge    = 12 * 60 * 60 // seconds
	// triesPerMinute bounds how fast a token can be guessed through this process.
	triesPerMinute = 60
)

// door lets organisers in: programs by bearer token, people by a cookie that
// they get for the token. It keeps no sessions: the cookie is an HMAC under the
// token, so a new token ends them all.
type door struct {
	token  string
	hash   [sha256.Size]byte
	cookie string

	mu    sync.Mutex
	wrong int       // wrong tokens in the minute that ends at until
	until time.Time //
}

func newDoor(token string) *door {
	m := hmac.New(sha256.New, []byte(token))
	m.Write([]byte("popeye organiser 1"))
	return &door{
		token: token, hash: sha256.Sum256([]byte(token)),
		cookie: base64.RawURLEncoding.EncodeToString(m.Sum(nil)),
	}
}

var (
	errOff = web.Errorf(http.StatusForbidden, "organising_off",
		"Organising is off: start this service with ADMIN_TOKEN set.")
	errWho = web.Errorf(http.StatusUnauthorized, "unauthorized",
		"Send the organiser's token: Authorization: Bearer <ADMIN_TOKEN>.")
	errSlow = &web.Error{
		Status: http.StatusTooManyRequests, Code: "too_many", RetryAfter: time.Minute,
		Message: "Too many wrong tokens. Wait a minute.",
	}
)

// check reports whether a token is the organiser's, as nil. Comparing digests
// takes the same time for every token, of any length.
func (d *door) check(token string) error {
	if d.token == "" {
		return errOff
	}
	hash := sha256.Sum256([]byte(token))
	if subtle.ConstantTimeCompare(hash[:], d.hash[:]) == 1 {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if now := time.Now(); now.After(d.until) {
		d.wrong, d.until = 0, now.Add(time.Minute)
	}
	if d.wrong++; d.wrong > triesPerMinute {
		return errSlow
	}
	return errWho
}

// knows reports whether a request bears the cookie of an organiser.
func (d *door) knows(r *http.Request) bool {
	c, err := r.Cookie(organiserCookie)
	return err == nil && d.token != "" && subtle.ConstantTimeCompare([]byte(c.Value), []byte(d.cookie)) == 1
}

// organiser admits programs that send the token.
func (s *Station) organiser(h web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cache-Control", "no-store")
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			token = ""
		}
		err := error(errWho)
		if token != "" || s.door.token == "" { // who sends none does not guess
			err = s.door.check(strings.TrimSpace(token))
		}
		if err == nil {
			return h(w, r)
		}
		if errors.Is(err, errWho) {
			w.Header().Set("WWW-Authenticate", "Bearer")
		}
		return err
	}
}

// adminPage takes the forms of people who have signed in. Others are asked to do
// so, and what they typed is kept meanwhile.
func (s *Station) adminPage(h web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cache-Control", "no-store")
		if err := web.ReadForm(w, r, maxForm); err != nil {
			return err
		}
		switch {
		case s.door.token == "":
			return s.renderAdmin(w, r, adminView{}, errOff.Status)
		case !s.door.knows(r):
			return s.renderAdmin(w, r, adminView{
				Error: "You are not signed in any more, and nothing was changed. Sign in to go on.", Form: readAdminForm(r.PostForm),
			}, errWho.Status)
		case doubled(r.PostForm, time.Now()):
			w.WriteHeader(http.StatusNoContent) // the browser stays on the page that it has
			return nil
		default:
			return h(w, r)
		}
	}
}
