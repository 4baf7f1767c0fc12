package ui

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	g "maragu.dev/gomponents"

	"popeye/internal/web"
	"popeye/vote"
)

func load(t *testing.T, own fs.FS, styles ...string) *Theme {
	t.Helper()
	l, err := Load(own, styles...)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func rendered(t *testing.T, n g.Node) string {
	t.Helper()
	var b bytes.Buffer
	if err := n.Render(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A station's own files come after the shared ones, so that they can say more.
func TestAPageNamesTheFilesOfBoth(t *testing.T) {
	own := fstest.MapFS{"static/own.css": {Data: []byte("p{}")}, "static/own.js": {Data: []byte("1")}}
	l := load(t, own, "own.css")
	page := rendered(t, l.Page(Page{Title: "<b>", Class: "wide", Scripts: []string{"own.js"}, Main: g.Group{g.Attr("id", "x"), g.Text("a&b")}}))
	order := []string{
		`<!doctype html><html lang="en"><head>`, "<title>&lt;b&gt;</title>", l.Files.URL("popeye.css"), l.Files.URL("own.css"), l.Files.URL("icon.svg"),
		`<script src="` + l.Files.URL("own.js") + `" defer></script></head>`,
		`<body class="wide"><header class="brand"><a href="/">`, `</header><main id="x">a&amp;b</main></body></html>`,
	}
	rest := page
	for _, part := range order {
		var there bool
		if _, rest, there = strings.Cut(rest, part); !there {
			t.Errorf("no %q in its place in %s", part, page)
		}
	}
	if strings.Contains(page, "noscript") {
		t.Errorf("something for browsers without scripts: %s", page)
	}
}

func TestAStationWithoutFiles(t *testing.T) {
	if _, err := Load(fstest.MapFS{}); err == nil {
		t.Error("loaded")
	}
}

// An error that passes is told in another tone than one that stays.
func TestTheErrorPage(t *testing.T) {
	l := load(t, fstest.MapFS{"static/x.js": {}})
	passes := rendered(t, l.ErrorPage(&web.Error{Message: "<i>Not now.</i>", RetryAfter: time.Second}))
	stays := rendered(t, l.ErrorPage(&web.Error{Message: "Never."}))
	missing := rendered(t, l.ErrorPage(&web.Error{Status: 404, Message: "No such poll."}))
	if strings.Contains(missing, "Try again") || !strings.Contains(stays, "Try again") {
		t.Error("what is not there is not there at the next try either; anything else may be")
	}
	for text, page := range map[string]string{
		`<p class="notice warn" role="alert">&lt;i&gt;Not now.&lt;/i&gt;</p>`: passes, "<h1>One moment, please</h1>": passes,
		`<p class="notice bad" role="alert">Never.</p>`: stays, "<title>That did not work</title>": stays,
		`<h1>There is nothing here</h1>`: missing, `<a class="button" href="/">To the start page</a>`: missing,
	} {
		if !strings.Contains(page, text) {
			t.Errorf("no %q in %s", text, page)
		}
	}
}

func TestATimeIsWrittenInFullWhereNoScriptRuns(t *testing.T) {
	at := time.Date(2026, 5, 1, 18, 0, 0, 999, time.FixedZone("", 7200))
	for got, want := range map[string]string{
		day(at): "1 May 2026, 16:00 UTC", day(at.Add(time.Second)): "1 May 2026, 16:00:01 UTC",
		rendered(t, Time(at)): `<time datetime="2026-05-01T16:00:00.000000999Z">1 May 2026, 16:00 UTC</time>`,
	} {
		if got != want {
			t.Errorf("written as %q, want %q", got, want)
		}
	}
}

func TestTheScheduleIsTold(t *testing.T) {
	tag := regexp.MustCompile(`<[^>]*>`)
	one, two := time.Date(2026, 5, 1, 18, 0, 0, 0, time.UTC), time.Date(2026, 5, 2, 18, 0, 0, 0, time.UTC)
	const first, second = "1 May 2026, 18:00 UTC", "2 May 2026, 18:00 UTC"
	for _, tt := range []struct {
		schedule  vote.Schedule
		status    vote.Status
		says      string
		countdown string
	}{
		{vote.Schedule{}, vote.Open, "", ""},
		{vote.Schedule{Opens: one}, vote.Draft, "Voting opens at " + first, ` <span role="timer" data-until="2026-05-01T18:00:00Z"></span>`},
		{vote.Schedule{Opens: one, Closes: two}, vote.Closed, "Voting opens again at " + first + " and closes at " + second, ` <span role="timer" data-until="2026-05-01T18:00:00Z"></span>`},
		{vote.Schedule{Closes: two}, vote.Open, "Voting closes at " + second, ` <span role="timer" data-until="2026-05-02T18:00:00Z" data-then="shut"></span>`},
		{vote.Schedule{Closed: one}, vote.Closed, "Voting closed at " + first, ""},
	} {
		says := tag.ReplaceAllString(rendered(t, g.Group{When(tt.schedule, tt.status)}), "")
		countdown := rendered(t, g.Group{Countdown(tt.schedule)})
		if says != tt.says || countdown != tt.countdown {
			t.Errorf("%+v: got %q and %q", tt, says, countdown)
		}
	}
}

func TestALinkIsOfTheWeb(t *testing.T) {
	for link, ok := range map[string]bool{
		"": true, "https://vote.example.org": true, "http://localhost:5000/": true, "HTTPS://vote.example.org/x": true,
		"javascript:alert(1)": false, "javascript://vote.example.org/%0aalert(1)": false, "data:text/html,x": false,
		"vote.example.org": false, "//vote.example.org": false, "https://": false, "http:vote": false, " https://x": false, "http://:8080": false,
	} {
		for name, err := range map[string]error{"PUBLIC_POLL_URL is ": CheckLinks(link, ""), "PUBLIC_RESULT_URL is ": CheckLinks("", link)} {
			if (err == nil) != ok || err != nil && !strings.HasPrefix(err.Error(), name) {
				t.Errorf("%q: %v", link, err)
			}
		}
	}
}

// What people write is escaped because every page goes through g.Text and
// attributes: nothing else may be used, and no template engine, which would keep
// dead code in the programs.
func TestNothingIsWrittenRaw(t *testing.T) {
	seen := 0
	for _, folder := range []string{".", "../../poll", "../../result", "../../admin", "../../admin/pages", "../../admin/form", "../../admin/operator", "../web"} {
		files, err := filepath.Glob(folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			if regexp.MustCompile(`\bg\.(Rawf?|NodeFunc)\b`).Match(text) {
				t.Errorf("%s writes something raw", name)
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range file.Imports {
				seen++
				if strings.HasSuffix(i.Path.Value, `/template"`) {
					t.Errorf("%s imports %s", name, i.Path.Value)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no file was read")
	}
}

func TestNumbersAreGrouped(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1 000", 1234567: "1 234 567", -1234: "-1 234"} {
		if got := strings.ReplaceAll(Grouped(n), "\u202f", " "); got != want {
			t.Errorf("%d is written %q", n, got)
		}
	}
}
