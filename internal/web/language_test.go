package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"popeye/internal/i18n"
)

// A language that the address asks for is kept by the browser, and is that of its later
// pages; the header says it, and what chose it.
func TestLanguageOfAPage(t *testing.T) {
	answered := keepLanguage(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		speak(w.Header(), r, http.StatusOK)
	}))
	ask := func(address, accept string, cookies ...*http.Cookie) *http.Response {
		r := httptest.NewRequest("GET", address, nil)
		r.Header.Set("Accept-Language", accept)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		answered.ServeHTTP(w, r)
		return w.Result()
	}
	is := func(what string, got *http.Response, language string, kept int) {
		t.Helper()
		if l := got.Header.Get("Content-Language"); l != language || len(got.Cookies()) != kept || !strings.Contains(got.Header.Get("Vary"), "Accept-Language") {
			t.Errorf("%s: in %q with %d cookies, %v", what, l, len(got.Cookies()), got.Header)
		}
	}
	is("the browser's own", ask("/", "fr"), "fr", 0)
	asked := ask("/p/lunch?lang=ar", "fr")
	is("the address's", asked, "ar", 1)
	kept := asked.Cookies()[0]
	if kept.Name != i18n.Cookie || kept.Value != "ar" || kept.Path != "/" || kept.MaxAge <= 0 {
		t.Errorf("the browser keeps %v", kept)
	}
	is("later", ask("/p/supper", "fr", kept), "ar", 0)
	is("a language that there is not", ask("/?lang=xx", "fr"), "fr", 0)
	if got := ask("/api/v1/polls?lang=ar", "fr"); len(got.Cookies()) != 0 {
		t.Errorf("a program is given %v", got.Cookies())
	}
}
