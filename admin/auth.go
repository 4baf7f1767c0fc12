package admin

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"popeye/internal/web"
	"popeye/store"
)

const (
	organiserCookie = "organiser"
	// sessionAge is how long a person stays signed in, whatever they do meanwhile.
	sessionAge = 12 * time.Hour
	// minToken is the fewest characters of a token that nobody guesses.
	minToken = 16
	// triesPerMinute bounds how fast a token, or a session, can be guessed through
	// this process.
	triesPerMinute = 60
	// maxCookies bounds the cookies of one request that are looked at: a neighbour
	// under the same domain can set others of that name.
	maxCookies = 3
)

// gate lets organisers in: programs by bearer token, people by a cookie that
// they get for the token. What a cookie holds is random. The store keeps an HMAC
// of it under the token, so a new token ends all sessions.
type gate struct {
	token string
	hash  [sha256.Size]byte

	mu    sync.Mutex
	wrong int       // wrong tokens and cookies in the minute that ends at until
	until time.Time //
}

func newGate(token string) (*gate, error) {
	if n := utf8.RuneCountInString(strings.TrimSpace(token)); token != "" && n < minToken {
		return nil, fmt.Errorf("ADMIN_TOKEN has %d characters: give it %d or more, so that nobody guesses it", n, minToken)
	}
	token = strings.TrimSpace(token) // as what people send is
	return &gate{token: token, hash: sha256.Sum256([]byte(token))}, nil
}

var (
	errOff  = newRefusal(http.StatusForbidden, "organising_off", "admin.off")
	errWho  = newRefusal(http.StatusUnauthorized, "unauthorized", "admin.error.unauthorized")
	errSlow = &web.Error{
		Status: http.StatusTooManyRequests, Code: "too_many", RetryAfter: time.Minute,
		Message: "admin.error.too_many",
	}
)

// check reports whether a token is the organiser's. Comparing digests
// takes the same time for every token, of any length.
func (d *gate) check(token string) bool {
	hash := sha256.Sum256([]byte(token))
	return d.token != "" && subtle.ConstantTimeCompare(hash[:], d.hash[:]) == 1
}

// miss counts a wrong token or cookie, and returns how many there were in this
// minute.
func (d *gate) miss() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if now := time.Now(); now.After(d.until) {
		d.wrong, d.until = 0, now.Add(time.Minute)
	}
	d.wrong++
	return d.wrong
}

// key returns the name of a session for the store.
func (d *gate) key(secret string) []byte {
	m := hmac.New(sha256.New, []byte(d.token))
	m.Write([]byte("popeye organiser's session " + secret))
	return m.Sum(nil)
}

// short returns how the log and the audit trail call a session.
func short(key []byte) string { return "session " + hex.EncodeToString(key[:4]) }

// refuse counts a try that was wrong, tells of it, and returns what to answer. Of
// many within a minute each doubling is kept in the audit trail, and beyond the
// limit none is logged: guessing must not fill a disk.
func (s *Station) refuse(r *http.Request, by string) error {
	n := s.gate.miss()
	if n <= triesPerMinute {
		s.Log.Warn("a sign-in was refused", "by", by, "from", s.origin(r), "wrong_this_minute", n)
	}
	if n&(n-1) == 0 && n <= 2*triesPerMinute {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storeTimeout)
		defer cancel()
		err := s.Store.RecordAct(ctx, store.Record{
			Who: "stranger", From: s.origin(r), What: "refused",
			After: fmt.Appendf(nil, `{"by":%q,"wrong_this_minute":%d}`, by, n),
		})
		if err != nil {
			s.Log.Warn("a refused sign-in is not in the audit trail", "error", err)
		}
	}
	if n > triesPerMinute {
		return errSlow
	}
	return errWho
}

// origin returns the address that a request came from, as far as proxies that are
// trusted tell.
func (s *Station) origin(r *http.Request) string {
	if client := s.Proxies.Client(r); client.IsValid() {
		return client.String()
	}
	return r.RemoteAddr
}

// session returns the key of the session that a request belongs to. It returns
// nil if it bears no cookie, errWho or errSlow for one that is of no session, and
// another error if the store can't tell.
func (s *Station) session(r *http.Request) ([]byte, error) {
	switch key, borne, err := s.inSession(r); {
	case err != nil:
		return nil, err
	case key == nil && borne:
		return nil, s.refuse(r, "cookie")
	default:
		return key, nil
	}
}

// inSession looks the session of a request up. borne is whether there is a cookie at
// all; key is nil if it is of no session.
func (s *Station) inSession(r *http.Request) (key []byte, borne bool, err error) {
	cookies := r.CookiesNamed(organiserCookie)
	if len(cookies) == 0 || s.gate.token == "" {
		return nil, false, nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), storeTimeout)
	defer cancel()
	for _, c := range cookies[:min(len(cookies), maxCookies)] {
		key := s.gate.key(c.Value)
		if in, err := s.Store.InSession(ctx, key); in || err != nil {
			return key, true, err
		}
	}
	return nil, true, nil
}

// byToken reports whether a program sent the organiser's token. The error says why it
// did not.
func (s *Station) byToken(r *http.Request) (bool, error) {
	token := bearer(r)
	switch {
	case s.gate.token == "":
		return false, errOff
	case s.gate.check(token):
		return true, nil
	case token != "": // who sends none does not guess
		return false, s.refuse(r, "bearer")
	}
	return false, errWho
}

// bearer returns the token that a request bears, "" for none.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// isRefusal reports whether err says that a cookie is of no session.
func isRefusal(err error) bool { return errors.Is(err, errWho) || errors.Is(err, errSlow) }

// begin signs somebody in, and sets the cookie.
func (s *Station) begin(w http.ResponseWriter, r *http.Request) error {
	secret := rand.Text() // 130 bits
	key := s.gate.key(secret)
	ctx, cancel := context.WithTimeout(r.Context(), storeTimeout)
	defer cancel()
	ctx = store.Acting(ctx, store.Act{Who: short(key), From: s.origin(r), What: "sign-in"})
	err := s.Store.BeginSession(ctx, key, sessionAge)
	s.did(ctx, "", err)
	if err == nil {
		http.SetCookie(w, s.cookie(r, secret, int(sessionAge/time.Second)))
	}
	return err
}

// did writes to the log what an organiser did, or tried. The store keeps the audit
// trail.
func (s *Station) did(ctx context.Context, slug string, err error) {
	act, _ := store.ActOf(ctx)
	log := s.Log.With("what", act.What, "poll", slug, "who", act.Who, "from", act.From)
	if err != nil {
		log.Info("an organiser's act failed", "error", err)
		return
	}
	log.Info("an organiser's act")
}

// organiser admits programs that send the token.
func (s *Station) organiser(h web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cache-Control", "no-store")
		known, err := s.byToken(r)
		if known {
			return h(w, r.WithContext(store.Acting(r.Context(), store.Act{Who: "token", From: s.origin(r)})))
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
		if s.gate.token == "" {
			return s.renderAdmin(w, r, adminView{}, errOff.Status)
		}
		form := readAdminForm(r.PostForm)
		switch key, err := s.session(r); {
		case err != nil && !isRefusal(err):
			return s.askLater(w, r, form, err)
		case key == nil:
			s.forget(w, r, err)
			return s.renderAdmin(w, r, adminView{
				Error: printer(r).Text("admin.signed_out", nil), Form: form,
			}, errWho.Status)
		case doubled(r.PostForm, time.Now()):
			w.WriteHeader(http.StatusNoContent) // the browser stays on the page that it has
			return nil
		default:
			return h(w, r.WithContext(store.Acting(r.Context(), store.Act{Who: short(key), From: s.origin(r)})))
		}
	}
}

// forget takes a cookie that is refused off the browser, so that it does not go on
// asking with it.
func (s *Station) forget(w http.ResponseWriter, r *http.Request, err error) {
	if isRefusal(err) {
		s.signOut(w, r)
	}
}

// signOut takes the cookie off the browser, also one of earlier versions, which knew
// organisers on their own pages only.
func (s *Station) signOut(w http.ResponseWriter, r *http.Request) {
	for _, path := range []string{"/", "/admin"} {
		gone := s.cookie(r, "", -1)
		gone.Path = path
		http.SetCookie(w, gone)
	}
}
