package admin

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"popeye/admin/form"
	"popeye/admin/pages"
	"popeye/internal/fixture"
	"popeye/internal/i18n"
	"popeye/vote"
	"popeye/vote/definition"
)

func TestSigningInLeadsWhereOneWantedToGo(t *testing.T) {
	s := newSite(t, nil)
	for wanted, to := range map[string]string{
		"/admin/operator": "/admin/operator", "/admin/polls/lunch/rounds": "/admin/polls/lunch/rounds", "/admin/polls/lunch": "/admin/polls/lunch",
		"/admin": "/admin", "/admin?poll=lunch": "/admin?poll=lunch", "/admin?poll=%22%3E": "/admin?poll=%22%3E",
	} {
		page := s.Get(wanted)
		page.Want(t, http.StatusOK, `<input type="hidden" name="next" value="`+to+`">`)
		a := s.form("/admin/login", "token=open+sesame+please&next="+url.QueryEscape(wanted))
		if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != to {
			t.Errorf("%s: %s to %q", wanted, a.Status, a.Header.Get("Location"))
		}
		s.form("/admin/login", "token=wrong&next="+url.QueryEscape(wanted)).Want(t, http.StatusUnauthorized, `name="next" value="`+to+`"`)
	}
	for _, wanted := range []string{
		"", "/", "//evil.example/admin", "https://evil.example/admin", `/\evil.example`, "/admin/../p/lunch", "/adminx", "javascript:alert(1)",
		"///admin", "/admin\r\nX: y", "/admin/polls", "admin", "http:/admin", "/admin/polls/lunch/close", "/admin/polls/../x", "%2f/evil.example",
	} {
		a := s.form("/admin/login", "token=open+sesame+please&next="+url.QueryEscape(wanted))
		if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/admin" {
			t.Errorf("%q: %s to %q", wanted, a.Status, a.Header.Get("Location"))
		}
	}
}

func TestWhatWasTypedOutlivesTheSession(t *testing.T) {
	s := newSite(t, nil)
	a := s.form("/admin/polls", question("one", "question", `Where "to"?`, "kind", "score", "closes_at", "2099-01-01T10:00", "front", "yes"))
	kept := []string{`name="id" value="one"`, `name="question" value="Where &#34;to&#34;?"`, `name="options" value="Pizza`, `name="kind" value="score"`, `name="closes_at" value="2099-01-01T10:00"`, `name="front" value="yes"`}
	a.Want(t, http.StatusUnauthorized, append(kept, "nothing was changed")...)
	a = s.form("/admin/login", question("one", "token", "wrong"))
	a.Want(t, http.StatusUnauthorized, "That is not the token.", `name="question" value="Where to?"`)
	a = s.form("/admin/login", question("one", "question", `Where "to"?`, "kind", "score", "closes_at", "2099-01-01T10:00", "token", adminToken))
	a.Want(t, http.StatusOK, "has not been asked yet", "\nWhere &#34;to&#34;?\nPizza\nSushi</textarea>", `name="kind" value="score" checked`, `value="2099-01-01T10:00"`, `name="id" value="one"`)
	if len(a.Cookies()) != 1 {
		t.Errorf("cookies %v", a.Cookies())
	}
	s.wantOnlyDefault()
}

func TestAfterAskingComesThePageOfThePoll(t *testing.T) {
	s := newSite(t, nil)
	s.asks(question("one"), "where-to")
	s.asks(question("two", "question", "And then?"), "and-then")
	a := s.Do("GET", "/admin/polls/where-to?asked=1", "", "Cookie", s.cookie)
	wantOrder(t, a.Body, "People can vote now.", `formaction="/admin/polls/where-to/close"`, `href="/p/where-to/present"`, `class="qr"`, `:5000/p/where-to"`, `data-copy="http`)
	s.pollPage("where-to").Without(t, "People can vote now.")
	wantOrder(t, s.admin().Body, "Ask a question", `id="poll-and-then"`, `id="poll-where-to"`, `id="poll-default"`)
	s.asks(question("three", "question", "Later?", "open", ""), "later")
	s.Do("GET", "/admin/polls/later?asked=1", "", "Cookie", s.cookie).Want(t, http.StatusOK, "Nobody can vote until you open it.")
}

func wantOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		_, rest, there := strings.Cut(text, p)
		if !there {
			t.Errorf("no %q in its place", p)
			continue
		}
		text = rest
	}
}

func TestAListIsPastedAsItIs(t *testing.T) {
	s := newSite(t, nil)
	list := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "\r\n  Candidate %d \t\r\n\r\n", i+1)
		}
		return b.String()
	}
	s.asks(question("one", "options", list(60)), "where-to")
	p, err := s.DB.Poll(t.Context(), "where-to")
	if err != nil || len(p.Options) != 60 || p.Options[49].Label != "Candidate 50" {
		t.Errorf("%d options, %v", len(p.Options), err)
	}
	s.act("/admin/polls", question("two", "options", list(134))).Want(t, http.StatusUnprocessableEntity,
		"That is 134 options, and a poll can have 100. Leave out 34 of them", "\nWhere to?\n", "Candidate 134")
	// The longest poll there can be, in letters that a form writes with nine characters each.
	var long strings.Builder
	for i := range vote.MaxOptions {
		fmt.Fprintf(&long, "%s%03d | %s\n", strings.Repeat("選", vote.MaxLabel-3), i, strings.Repeat("注", vote.MaxNote))
	}
	s.asks(question("three", "question", strings.Repeat("選", vote.MaxQuestion), "options", long.String()), strings.Repeat("xuan-", 11)+"x")
}

// An old browser shows the list as it is now, while a poll is about to change by
// itself; but not for ever, since that takes away what is being typed.
func TestWithoutAScriptAClosingPollIsLookedAtAgain(t *testing.T) {
	s := newSite(t, nil)
	const again = `<noscript><meta http-equiv="refresh" content="2; url=/admin"></noscript>`
	s.admin().Without(t, again)
	s.act("/admin/polls/default/close", s.revision("default")).Want(t, http.StatusSeeOther)
	s.admin().Want(t, http.StatusOK, again, "The last ones are being stored.")
	p := pages.Poll{Poll: vote.Poll{Status: vote.Closing, ChangedAt: time.Now()}, Now: time.Now().Add(time.Minute)}
	if p.Settling() {
		t.Error("a poll that does not come to an end is looked at for ever")
	}
	s.Become("default", vote.Closed)
	s.admin().Without(t, again)
}

func TestTheListIsSentOnlyWhenItChanged(t *testing.T) {
	s := newSite(t, nil)
	look := func(tag string) fixture.Answer {
		return s.Do("GET", "/admin", "", "Cookie", s.cookie, "If-None-Match", tag)
	}
	first := look("")
	tag := first.Header.Get("ETag")
	if a := look(tag); tag == "" || a.StatusCode != http.StatusNotModified || a.Body != "" {
		t.Errorf("with %s: %s", tag, a.Status)
	}
	s.act("/admin/polls/default/close", "").Want(t, http.StatusSeeOther)
	a := look(tag)
	a.Want(t, http.StatusOK, "closing")
	if a.Header.Get("ETag") == tag || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", a.Header)
	}
	if a := s.Do("GET", "/admin", "", "If-None-Match", tag); a.StatusCode != http.StatusOK || a.Header.Get("ETag") != "" {
		t.Errorf("who is not signed in: %s, %v", a.Status, a.Header)
	}
}

// The address of a form, loaded again, leads back to the page.
func TestTheAddressOfAFormIsNoDeadEnd(t *testing.T) {
	s := newSite(t, nil)
	for _, path := range []string{"/admin/", "/admin/login", "/admin/logout", "/admin/polls", "/admin/polls/lunch/open"} {
		if a := s.Get(path); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/admin" {
			t.Errorf("%s: %s to %q", path, a.Status, a.Header.Get("Location"))
		}
	}
}

// Words of any direction stand in their own, beside ours.
func TestQuestionsOfAnyDirection(t *testing.T) {
	s := newSite(t, nil)
	s.asks(question("one", "question", "إلى أين نذهب اليوم؟"), "l-yn-ndhhb-lywm")
	a := s.admin()
	a.Want(t, http.StatusOK, `<bdi>إلى أين نذهب اليوم؟</bdi></a></h3>`, `<span class="badge open">open</span>`, `name="text" dir="auto"`)
	s.partOf("l-yn-ndhhb-lywm", "settings").Want(t, http.StatusOK, `name="question" dir="auto"`, `name="options" dir="auto"`)
}

// A button that can't be pressed stays where it is, and leads nowhere.
func TestOpenAndCloseAreAlwaysThere(t *testing.T) {
	s := newSite(t, nil)
	button := regexp.MustCompile(`<button class="button(?: primary)? turn"( disabled| formaction="[^"]*")>([^<]*)</button>`)
	for status, want := range map[vote.Status][]string{
		vote.Draft: {"Open", "Close disabled"}, vote.Open: {"Open disabled", "Close"},
		vote.Closing: {"Open disabled", "Close disabled"}, vote.Closed: {"Open again", "Close disabled"},
	} {
		s.Become("default", status)
		var got []string
		for _, m := range button.FindAllStringSubmatch(s.admin().Body, -1) {
			if !strings.Contains(m[1], "disabled") {
				m[1] = ""
			}
			got = append(got, m[2]+m[1])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", status, got, want)
		}
	}
}

func TestAFieldShowsATimeToTheSecond(t *testing.T) {
	at := time.Date(2026, 5, 1, 18, 0, 0, 999, time.FixedZone("", 7200))
	for got, want := range map[string]string{
		form.ShowTime(at, time.UTC): "2026-05-01T16:00", form.ShowTime(at.Add(9*time.Second), time.UTC): "2026-05-01T16:00:09", form.ShowTime(time.Time{}, time.UTC): "",
	} {
		if got != want {
			t.Errorf("written as %q, want %q", got, want)
		}
	}
}

func TestWordsOfOthersAreOnlyWords(t *testing.T) {
	s := newSite(t, nil)
	const evil = `<script>alert(1)</script>" onload='x' {{.}}`
	s.Make(definition.Definition{Slug: "evil", Question: evil, Options: fixture.Labels(evil, `'"><img src=x>`, "javascript:alert(1)"), Status: vote.Open})
	wrong := url.Values{"question": {evil}, "options": {"</textarea>" + evil}, "kind": {evil}, "opens_at": {evil}, "closes_at": {evil}}
	typed := s.act("/admin/polls", wrong.Encode())
	typed.Want(t, http.StatusUnprocessableEntity, "&lt;/textarea&gt;")
	for _, a := range []fixture.Answer{s.admin(), typed} {
		a.Want(t, a.StatusCode, "&lt;script&gt;alert(1)")
		a.Without(t, "<script>alert", "<img src=x", `" onload='x'`, "</textarea><script", `="javascript:`)
	}
	s.act(`/admin/polls/<script>alert(1)<`+`/open`, "").Without(t, "<script>alert")
}

// everyPage returns each page of organisers, by what it shows.
func (s *site) everyPage() map[string]fixture.Answer {
	s.T.Helper()
	return map[string]fixture.Answer{
		"the gate": s.Get("/admin"), "the organiser's page": s.admin(), "a poll's page": s.pollPage("default"), "its settings": s.partOf("default", "settings"),
		"its rounds": s.partOf("default", "rounds"), "its trail": s.partOf("default", "trail"), "its minutes": s.partOf("default", "minutes"), "the operator's": s.operator(),
	}
}

func TestNoPageNeedsWhatTheContentPolicyForbids(t *testing.T) {
	s := newSite(t, nil)
	s.WantAllowed(s.everyPage())
}

func TestEveryFileThatAPageNamesIsServed(t *testing.T) {
	s := newSite(t, nil)
	s.WantFiles(s.everyPage(), 7) // icon, two style sheets, four scripts and more
}

// A stranger's Host comes back in no link or redirect where the public URL is known.
func TestAForeignHostIsNotReflected(t *testing.T) {
	for name, configure := range map[string]func(*Config){
		"both":        func(c *Config) { c.PublicURL, c.PollURL = "https://result.test", "https://vote.test" },
		"only result": func(c *Config) { c.PublicURL = "https://result.test" },
		"only poll":   func(c *Config) { c.PollURL = "https://vote.test" },
	} {
		s := newSite(t, configure)
		for _, path := range []string{"/admin", "/admin/"} {
			a := s.Do("GET", path, "", "Host", "evil.example", "Cookie", s.cookie)
			if head := fmt.Sprint(a.Header); strings.Contains(a.Body, "evil.example") || strings.Contains(head, "evil.example") {
				t.Errorf("%s: %s comes back in %s %s", name, path, head, a.Body)
			}
		}
	}
}

// Every kind can be chosen, and every status is named.
func TestKindsAndStatusesHaveWords(t *testing.T) {
	for _, kind := range vote.Kinds {
		if form.Kinds[kind] == "" {
			t.Errorf("nothing says what voters do in a poll of kind %s", kind)
		}
	}
	for _, status := range []vote.Status{vote.Draft, vote.Open, vote.Closing, vote.Closed} {
		if pages.Statuses[status] == "" {
			t.Errorf("status %s has no name", status)
		}
	}
	for _, code := range slices.Concat(slices.Collect(maps.Values(form.Kinds)), slices.Collect(maps.Values(pages.Statuses))) {
		if i18n.English.Text(code, nil) == code {
			t.Errorf("%s has no words", code)
		}
	}
}

// A note is written behind its option's label, and stays there in whatever is made of
// the poll. What is left as it was shown changes nothing.
func TestOptionsAreDescribedBehindABar(t *testing.T) {
	s := newSite(t, nil)
	s.asks(question("one", "options", "Pizza | wood-fired\r\nCtrl \\| Alt\r\nSushi\tset menu", "open", ""), "where-to")
	want := []vote.Option{{ID: "a", Label: "Pizza", Note: "wood-fired"}, {ID: "b", Label: "Ctrl | Alt"}, {ID: "c", Label: "Sushi", Note: "set menu"}}
	shown := "Pizza | wood-fired\nCtrl \\| Alt\nSushi | set menu"
	s.partOf("where-to", "settings").Want(t, http.StatusOK, shown, "To describe an option, add a bar")
	edit := func(options string) string {
		return url.Values{
			"page": {"settings"}, "edit": {"where-to"}, "revision": {strings.TrimPrefix(s.revision("where-to"), "revision=")},
			"question": {"Where to?"}, "kind": {"single"}, "options": {options},
		}.Encode()
	}
	s.act("/admin/polls/where-to/edit", edit(shown)).Want(t, http.StatusSeeOther)
	if got := s.read("where-to"); !cmp.Equal(got.Options, want) {
		t.Errorf("saved as it was shown: %+v", got.Options)
	}
	long := strings.Repeat("x", vote.MaxNote+1)
	s.act("/admin/polls/where-to/edit", edit("Pizza | "+long+"\nSushi")).Want(t, http.StatusUnprocessableEntity,
		`id="wrong-options">The description of option 1 is longer than 140 characters.`, "Pizza | "+long)

	s.api("POST", "/api/v1/polls/where-to/open", "").Want(t, http.StatusOK)
	s.act("/admin/polls/where-to/edit", edit("Pizza | wood-fired\nCtrl \\| Alt | a shortcut\nSushi")).Want(t, http.StatusSeeOther)
	s.act("/admin/polls/where-to/edit", edit("Pizza\nCtrl \\| Alt | wood-fired\nSushi")).Want(t, http.StatusUnprocessableEntity, `id="wrong-options"`, "but not swapped")
	s.partOf("where-to", "trail").Want(t, http.StatusOK, "an option is described as “<bdi>a shortcut</bdi>” now", "no longer described as “<bdi>set menu</bdi>”")
	want[1].Note, want[2].Note = "a shortcut", ""
	s.api("POST", "/api/v1/polls/where-to/duplicate", `{"slug":"again"}`).Want(t, http.StatusCreated, `{"id":"b","label":"Ctrl | Alt","note":"a shortcut"}`)
	s.api("POST", "/api/v1/polls/where-to/rounds", `{"slug":"round","options":["a","b"]}`).Want(t, http.StatusCreated, `"note":"wood-fired"`)
	if got := s.read("again"); !cmp.Equal(got.Options, want) {
		t.Errorf("a duplicate has %+v", got.Options)
	}
	s.partOf("where-to", "minutes").Want(t, http.StatusOK, `<bdi>Pizza</bdi><div class="quiet small" dir="auto">wood-fired</div>`)
}

func TestAProgramDescribesOptions(t *testing.T) {
	s := newSite(t, nil)
	made := s.api("POST", "/api/v1/polls", `{"slug":"lunch","question":"Where to?","options":[{"label":"Pizza","note":"wood-fired"},"Sushi"]}`)
	made.Want(t, http.StatusCreated, `{"id":"a","label":"Pizza","note":"wood-fired"},{"id":"b","label":"Sushi"}`)
	long := strings.Repeat("x", vote.MaxNote+1)
	says := s.api("PATCH", "/api/v1/polls/lunch", `{"options":[{"label":"Pizza","note":"`+long+`"},"Sushi"]}`).WantError(t, http.StatusUnprocessableEntity, "invalid_poll")
	if says != "The description of option 1 is longer than 140 characters." {
		t.Errorf("the message is %q", says)
	}
}
