package signin

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"popeye/store"
)

const (
	// Cookie is the name of the organiser's cookie.
	Cookie = "organiser"
	// sessionAge is how long a person stays signed in, whatever they do meanwhile.
	sessionAge = 12 * time.Hour
	// maxCookies bounds the cookies of one request that are looked at: a neighbour
	// under the same domain can set others of that name.
	maxCookies = 3
)

// Session returns the key of the session that a request belongs to. It returns
// nil if it bears no cookie, ErrWho or ErrSlow for one that is of no session, and
// another error if the store can't tell.
func (d *Gate) Session(r *http.Request) ([]byte, error) {
	switch key, borne, err := d.inSession(r); {
	case err != nil:
		return nil, err
	case key == nil && borne:
		return nil, d.Refuse(r, "cookie")
	default:
		return key, nil
	}
}

// inSession looks the session of a request up. borne is whether there is a cookie at
// all; key is nil if it is of no session.
func (d *Gate) inSession(r *http.Request) (key []byte, borne bool, err error) {
	cookies := r.CookiesNamed(Cookie)
	if len(cookies) == 0 || d.Off() {
		return nil, false, nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), storeTimeout)
	defer cancel()
	for _, c := range cookies[:min(len(cookies), maxCookies)] {
		key := d.Key(c.Value)
		if in, err := d.Sessions.InSession(ctx, key); in || err != nil {
			return key, true, err
		}
	}
	return nil, true, nil
}

// Begin signs somebody in, and sets the cookie.
func (d *Gate) Begin(w http.ResponseWriter, r *http.Request) error {
	secret := rand.Text() // 130 bits
	key := d.Key(secret)
	ctx, cancel := context.WithTimeout(r.Context(), storeTimeout)
	defer cancel()
	ctx = store.Acting(ctx, store.Act{Who: Name(key), From: d.Origin(r), What: "sign-in"})
	err := d.Sessions.BeginSession(ctx, key, sessionAge)
	d.Did(ctx, "", err)
	if err == nil {
		http.SetCookie(w, d.cookie(r, secret, int(sessionAge/time.Second)))
	}
	return err
}

// End ends the session of a request, everywhere at once.
func (d *Gate) End(r *http.Request) error {
	key, err := d.Session(r)
	if IsRefusal(err) || key == nil && err == nil {
		return nil // it has none
	}
	if err == nil {
		ctx, cancel := context.WithTimeout(r.Context(), storeTimeout)
		defer cancel()
		ctx = store.Acting(ctx, store.Act{Who: Name(key), From: d.Origin(r), What: "sign-out"})
		err = d.Sessions.EndSession(ctx, key)
		d.Did(ctx, "", err)
	}
	return err
}

// Forget takes a cookie that is refused off the browser, so that it does not go on
// asking with it.
func (d *Gate) Forget(w http.ResponseWriter, r *http.Request, err error) {
	if IsRefusal(err) {
		d.SignOut(w, r)
	}
}

// SignOut takes the cookie off the browser, also one of earlier versions, which knew
// organisers on their own pages only.
func (d *Gate) SignOut(w http.ResponseWriter, r *http.Request) {
	for _, path := range []string{"/", "/admin"} {
		gone := d.cookie(r, "", -1)
		gone.Path = path
		http.SetCookie(w, gone)
	}
}

// cookie is the organiser's cookie. It goes to the whole site: an organiser sees the
// results that a poll hides. Lax: it comes along when somebody follows a
// link from a chat to this page, and with nothing else that another site makes a
// browser send. No GET changes anything, and forms from other sites are refused
// (web.Site) even without that.
func (d *Gate) cookie(r *http.Request, value string, age int) *http.Cookie {
	return &http.Cookie{
		Name: Cookie, Value: value, Path: "/", MaxAge: age, HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
		Secure:   d.Secure(r),
	}
}
