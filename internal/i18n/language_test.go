package i18n

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// The address wins over the cookie, and the cookie over the browser. What asks for no
// language that there is, asks for nothing.
func TestFor(t *testing.T) {
	for _, c := range []struct{ name, address, cookie, accept, want string }{
		{"nothing", "/", "", "", "en"},
		{"the browser", "/", "", "fr-CA,fr;q=0.9,en;q=0.8", "fr"},
		{"what the browser likes best", "/", "", "en;q=0.3,ar;q=0.7", "ar"},
		{"a country's Arabic", "/", "", "ar-EG", "ar"},
		{"a language that there is not", "/", "", "de-DE,de;q=0.9", "en"},
		{"the next one", "/", "", "de-DE,de;q=0.9,fr;q=0.2", "fr"},
		{"any", "/", "", "*", "en"},
		{"the cookie", "/", "ar", "fr", "ar"},
		{"a cookie of a language that there is not", "/", "de", "fr", "fr"},
		{"rubbish in the cookie", "/", "../../x", "", "en"},
		{"the address", "/?lang=fr", "ar", "en", "fr"},
		{"the address after others", "/p/lunch?pass=x&lang=ar", "", "en", "ar"},
		{"a country in the address", "/?lang=fr-CH", "", "en", "fr"},
		{"a language in the address that there is not", "/?lang=xx", "ar", "en", "ar"},
		{"nothing in the address", "/?lang=", "", "fr", "fr"},
		{"a name that ends like it", "/?slang=fr", "", "en", "en"},
		{"rubbish", "/", "", strings.Repeat("x", 10000), "en"},
		{"a long list", "/", "", "ar," + strings.Repeat("de;q=0.1,", 1000), "ar"},
	} {
		r := httptest.NewRequest("GET", c.address, nil)
		if c.cookie != "" {
			r.Header.Set("Cookie", Cookie+"="+c.cookie)
		}
		if c.accept != "" {
			r.Header.Set("Accept-Language", c.accept)
		}
		if got := For(r).Tag(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestDirectionsOfLanguages(t *testing.T) {
	for _, p := range Languages() {
		want := map[bool]string{true: "rtl", false: "ltr"}[p.Tag() == "ar"]
		if p.Dir() != want || p.Name() == "language.name" {
			t.Errorf("%s (%s) is written %s", p.Tag(), p.Name(), p.Dir())
		}
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234", -999: "-999"} {
		if got := English.Number(n); got != want {
			t.Errorf("%d is written %q, want %q", n, got, want)
		}
	}
	for decimal, want := range map[string]string{"": "", "12": "12", "1234.50000": "1,234.50000", "-0.5": "-0.5", "12345678901234567890.5": "12345678901234567890.5"} {
		if got := English.Decimal(decimal); got != want {
			t.Errorf("%s is written %q, want %q", decimal, got, want)
		}
	}
}

// The switch between languages keeps what else the address asks for.
func TestSwitchKeepsTheQuery(t *testing.T) {
	for address, want := range map[string]string{
		"/":                               "?lang=fr",
		"/?lang=ar":                       "?lang=fr",
		"/p/lunch?pass=a.b&lang=en":       "?lang=fr&pass=a.b",
		"/p/lunch?event=482913":           "?event=482913&lang=fr",
		"/p/lunch?x=%22%3E%3Cscript&lang": "?lang=fr&x=%22%3E%3Cscript",
		"/p/lunch?x=%zz":                  "?lang=fr",
	} {
		say := For(httptest.NewRequest("GET", address, nil))
		if got := say.Switch(match("fr")); got != want {
			t.Errorf("%.40s: %s, want %s", address, got, want)
		}
	}
	if English.query != "" || match("ar").query != "" {
		t.Error("a request's address stays with those of all")
	}
}
