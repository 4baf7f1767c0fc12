package web

import (
	"net/http"
	"strings"
	"time"

	"popeye/internal/i18n"
)

// languageAge is how long a browser keeps the language that its user chose.
const languageAge = 365 * 24 * time.Hour

// keepLanguage lets a browser keep the language that the address of a page asks for.
// That is a preference alone: it tells nobody from anybody else.
func keepLanguage(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if say := i18n.Chosen(r); say != nil && !isAPI(r) {
			http.SetCookie(w, &http.Cookie{
				Name: i18n.Cookie, Value: say.Tag(), Path: "/", MaxAge: int(languageAge / time.Second),
				HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode,
			})
		}
		next.ServeHTTP(w, r)
	})
}

// speak says in the header which language an answer is in, and what chose it. Files and
// figures are in none.
func speak(h http.Header, r *http.Request, status int) {
	if status < http.StatusBadRequest && !strings.HasPrefix(h.Get("Content-Type"), "text/html") {
		return
	}
	h.Set("Content-Language", i18n.For(r).Tag())
	h.Add("Vary", "Accept-Language, Cookie")
}
