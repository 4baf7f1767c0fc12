package admin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"popeye/admin/signin"
	"popeye/internal/fixture"
	"popeye/vote"
	"popeye/vote/definition"
)

// signIn returns the cookie that a person gets for the token.
func (s *site) signIn() *http.Cookie {
	s.T.Helper()
	a := s.form("/admin/login", "token="+url.QueryEscape(adminToken))
	a.Want(s.T, http.StatusSeeOther)
	cookies := a.Cookies()
	if len(cookies) != 1 || a.Header.Get("Location") != "/admin" {
		s.T.Fatalf("cookies %v, to %q", cookies, a.Header.Get("Location"))
	}
	return cookies[0]
}

// act sends a form as an organiser who has signed in.
func (s *site) act(path, body string, headers ...string) fixture.Answer {
	s.T.Helper()
	return s.form(path, body, append([]string{"Cookie", s.cookie}, headers...)...)
}

// pollPage shows the page of one poll to them.
func (s *site) pollPage(slug string) fixture.Answer {
	s.T.Helper()
	return s.Do("GET", "/admin/polls/"+slug, "", "Cookie", s.cookie)
}

// partOf shows another page of one poll to them.
func (s *site) partOf(slug, part string) fixture.Answer {
	s.T.Helper()
	return s.Do("GET", "/admin/polls/"+slug+"/"+part, "", "Cookie", s.cookie)
}

// admin shows the organiser's page to one who has signed in.
func (s *site) admin() fixture.Answer {
	s.T.Helper()
	return s.Do("GET", "/admin", "", "Cookie", s.cookie)
}

func TestSigningInGivesACookieThatIsHardToSteal(t *testing.T) {
	for name, c := range map[string]struct {
		configure func(*Config)
		headers   []string
		secure    bool
	}{
		"plain HTTP":            {nil, nil, false},
		"a public URL with TLS": {func(c *Config) { c.PublicURL = "https://result.example.org" }, nil, true},
		"a proxy with TLS":      {nil, []string{"X-Forwarded-Proto", "https"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, c.configure)
			got := s.form("/admin/login", "token=open+sesame+please", c.headers...).Cookies()
			if len(got) != 1 {
				t.Fatalf("cookies %v", got)
			}
			k := got[0]
			if !k.HttpOnly || k.SameSite != http.SameSiteLaxMode || k.Path != "/" || k.Secure != c.secure || k.MaxAge <= 0 {
				t.Errorf("the cookie is %v", k)
			}
			if strings.Contains(k.Value, adminToken) {
				t.Error("the cookie is the token")
			}
		})
	}
}

func TestWhoIsNotSignedInSeesOnlyTheSignIn(t *testing.T) {
	s := newSite(t, nil)
	a := s.Get("/admin")
	a.Want(t, http.StatusOK, `type="password"`, "Sign in")
	a.Without(t, "Tea or coffee?", "Ask a question", "Sign out")
	if a.Header.Get("Cache-Control") != "no-store" {
		t.Error("the page may be kept")
	}
	a = s.form("/admin/login", "token=wrong")
	a.Want(t, http.StatusUnauthorized, "That is not the token.", `type="password"`)
	if len(a.Cookies()) > 0 {
		t.Errorf("cookies %v", a.Cookies())
	}
	for _, path := range []string{"/admin/polls", "/admin/polls/default/close", "/admin/polls/default/delete"} {
		for _, cookie := range []string{"", signin.Cookie + "=", signin.Cookie + "=" + adminToken} {
			a := s.form(path, "question=Q%3F&options=A%0AB", "Cookie", cookie)
			a.Want(t, http.StatusUnauthorized, "You are no longer signed in, so nothing was changed.", `type="password"`)
			a.Without(t, "Tea or coffee?", "Ask a question")
		}
	}
	s.wantOnlyDefault()
	if got := s.Status("default"); got != vote.Open {
		t.Errorf("the poll is %s", got)
	}
}

func TestSigningOutEndsTheSessionInTheBrowser(t *testing.T) {
	s := newSite(t, nil)
	cookie := s.signIn()
	s.Do("GET", "/admin", "", "Cookie", cookie.Name+"="+cookie.Value).Want(t, http.StatusOK, "Ask a question", "Tea or coffee?", "Sign out")
	a := s.act("/admin/logout", "")
	a.Want(t, http.StatusSeeOther)
	got := a.Cookies()
	if len(got) != 2 || got[0].Path != "/" || got[1].Path != "/admin" { // the second one was set by earlier versions
		t.Fatalf("cookies %v", got)
	}
	for _, c := range got {
		if c.Name != cookie.Name || c.MaxAge >= 0 {
			t.Errorf("cookies %v", got)
		}
	}
}

func TestAPollIsMadeFromTheForm(t *testing.T) {
	s := newSite(t, nil)
	a := s.act("/admin/polls", url.Values{"question": {"Where to?"}, "options": {" Pizza \r\n\r\nSushi\r\n"}, "kind": {"ranked"}, "open": {"yes"}}.Encode())
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/admin/polls/where-to?asked=1" {
		t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
	}
	s.act("/admin/polls", url.Values{"question": {"Later?"}, "options": {"A\nB"}, "kind": {"single"}}.Encode()).Want(t, http.StatusSeeOther)
	p, err := s.DB.Poll(t.Context(), "where-to")
	if err != nil || p.Kind != vote.Ranked || p.Status != vote.Open || len(p.Options) != 2 || p.Options[0] != (vote.Option{ID: "a", Label: "Pizza"}) {
		t.Errorf("the poll is %+v, %v", p, err)
	}
	if got := s.Status("later"); got != vote.Draft {
		t.Errorf("the other one is %s", got)
	}
	s.admin().Want(t, http.StatusOK, "Where to?", `href="/admin/polls/where-to"`, `href="/p/where-to/present"`, `formaction="/admin/polls/where-to/close"`)
	s.pollPage("where-to").Want(t, http.StatusOK, `href="/p/where-to"`, `href="/p/where-to/present"`, `:5000/p/where-to"`, `class="qr"`, `formaction="/admin/polls/where-to/close"`)
}

func TestAFormThatIsWrongKeepsWhatWasTyped(t *testing.T) {
	s := newSite(t, nil)
	a := s.act("/admin/polls", url.Values{"question": {`Where "to" <go>?`}, "options": {"Pizza\n<only one>"}, "kind": {"guess"}}.Encode())
	a.Want(t, http.StatusUnprocessableEntity, `role="alert"`, "single, multiple, ranked and score", "\nWhere &#34;to&#34; &lt;go&gt;?\nPizza\n&lt;only one&gt;</textarea>")
	a = s.act("/admin/polls", url.Values{"question": {"Where to?"}, "options": {"Pizza"}, "kind": {"score"}}.Encode())
	a.Want(t, http.StatusUnprocessableEntity, "2 to 100 options", "\nWhere to?\nPizza</textarea>", `name="kind" value="score" checked`)
	s.wantOnlyDefault()
	s.act("/admin/polls", "question="+strings.Repeat("x", 1<<20)).Want(t, http.StatusRequestEntityTooLarge)
	s.form("/admin/login", "token="+strings.Repeat("x", 1<<20)).Want(t, http.StatusRequestEntityTooLarge)
}

func TestAPollIsOpenedClosedAndDeletedByButtons(t *testing.T) {
	s := newSite(t, nil)
	s.Make(definition.Definition{Slug: "lunch", Question: "Where to?", Options: fixture.Labels("A", "B")})
	button := func(action string) string { return `formaction="/admin/polls/lunch/` + action + `"` }
	for _, c := range []struct {
		action string
		want   vote.Status
		there  []string
		not    []string
	}{
		{"", vote.Draft, []string{"open"}, []string{"close"}},
		{"open", vote.Open, []string{"close"}, []string{"open"}},
		{"close", vote.Closing, nil, []string{"open", "close"}},
	} {
		if c.action != "" {
			s.act("/admin/polls/lunch/"+c.action, "").Want(t, http.StatusSeeOther)
		}
		if got := s.Status("lunch"); got != c.want {
			t.Errorf("after %q the poll is %s", c.action, got)
		}
		page := s.admin()
		for _, b := range c.there {
			page.Want(t, http.StatusOK, button(b))
		}
		for _, b := range c.not {
			page.Without(t, button(b))
		}
		if deletes := strings.Contains(s.partOf("lunch", "settings").Body, button("delete")); deletes != (c.want == vote.Draft) {
			t.Errorf("a poll that is %s can be deleted: %t", c.want, deletes)
		}
	}
	s.act("/admin/polls/lunch/delete", "confirm=lunch").Want(t, http.StatusConflict, "Close the poll first", "Where to?")
	s.Become("lunch", vote.Closed)
	s.admin().Want(t, http.StatusOK, button("open"))
	s.partOf("lunch", "settings").Want(t, http.StatusOK, button("delete"))
	s.act("/admin/polls/lunch/delete", "confirm=lunch").Want(t, http.StatusSeeOther)
	if got := s.Status("lunch"); got != "" {
		t.Errorf("the poll is still there, and %s", got)
	}
	s.act("/admin/polls/lunch/open", "").Want(t, http.StatusNotFound, "There is no poll")
	s.act("/admin/polls/default/explode", "").Want(t, http.StatusNotFound)
	s.act("/admin/polls/default/delete", "confirm=default").Want(t, http.StatusConflict, "Close the poll first")
}

func TestAnotherSiteCanNotActForAnOrganiser(t *testing.T) {
	s := newSite(t, func(c *Config) { c.PublicURL = "https://result.example.org" })
	for name, headers := range map[string][]string{
		"told by the browser":   {"Sec-Fetch-Site", "cross-site"},
		"a neighbour":           {"Sec-Fetch-Site", "same-site"},
		"told by an old one":    {"Origin", "https://evil.example"},
		"another port":          {"Origin", "http://127.0.0.1:1"},
		"a page without origin": {"Origin", "null"},
	} {
		for _, path := range []string{"/admin/polls/default/close", "/admin/polls", "/admin/login", "/admin/logout"} {
			a := s.act(path, "question=Q%3F&options=A%0AB&token=open+sesame+please", headers...)
			a.Want(t, http.StatusForbidden, "came from another site")
			if len(a.Cookies()) > 0 {
				t.Errorf("%s, %s: cookies %v", name, path, a.Cookies())
			}
		}
	}
	s.wantOnlyDefault()
	if got := s.Status("default"); got != vote.Open {
		t.Errorf("the poll is %s", got)
	}
	// Behind a proxy that rewrites Host, the public URL is this site.
	s.act("/admin/polls/default/close", "", "Origin", "https://result.example.org").Want(t, http.StatusSeeOther)
}

func TestTheOrganisersPageWithoutTheStore(t *testing.T) {
	s := newSite(t, nil)
	s.Store.Away.Store(true)
	asked := s.act("/admin/polls", "question=Q%3F&options=A%0AB")
	asked.Want(t, http.StatusServiceUnavailable, "What you typed is kept", "\nQ?\nA\nB</textarea>")
	asked.Without(t, "No worker has reported")
	for _, a := range []fixture.Answer{s.admin(), s.act("/admin/polls/default/close", "")} {
		a.Want(t, http.StatusServiceUnavailable, "One moment")
	}
	for _, a := range []fixture.Answer{s.admin(), asked, s.act("/admin/polls/default/close", "")} {
		if a.Header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", a.Request.URL.Path)
		}
	}
	s.Get("/admin").Want(t, http.StatusOK, "Sign in") // needs no store
}
