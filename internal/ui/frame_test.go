package ui

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image/png"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	g "maragu.dev/gomponents"

	"popeye/internal/metrics"
	"popeye/internal/web"
)

var styleElement = regexp.MustCompile(`(?s)<style>(.*?)</style>`)

// A page that holds its style sheets asks for none, and the content policy of its site
// allows exactly those.
func TestAPageHoldsItsStyleSheets(t *testing.T) {
	l := load(t, fstest.MapFS{"static/own.css": {Data: []byte("main > p { content: \"<&\"; }")}}, "own.css")
	site := &web.Site{Log: slog.New(slog.DiscardHandler), Mux: http.NewServeMux(), Requests: web.NewRequests(metrics.NewRegistry(), "test")}
	site.HandleFiles(l.Files)
	site.Handle("GET /{$}", func(w http.ResponseWriter, _ *http.Request) error {
		return web.HTML(w, http.StatusOK, l.Page(Page{Inline: true, Main: g.Group{g.Text("hi")}}))
	})
	handler, err := site.Handler()
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	handler.ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
	page, policy := rec.Body.String(), rec.Header().Get("Content-Security-Policy")
	within := styleElement.FindAllStringSubmatch(page, -1)
	if len(within) != 2 || strings.Contains(page, `rel="stylesheet"`) {
		t.Fatalf("%d style sheets within %s", len(within), page)
	}
	if want := `main > p{content: "<&";}`; within[1][1] != want {
		t.Errorf("got %s, want %s", within[1][1], want)
	}
	for _, style := range within {
		sum := sha256.Sum256([]byte(style[1]))
		if source := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, source) {
			t.Errorf("no %s in %s", source, policy)
		}
	}
	if strings.Contains(policy, "unsafe") || !strings.HasPrefix(policy, "default-src 'self'; style-src 'self' 'sha256-") {
		t.Errorf("the policy is %s", policy)
	}
}

func TestAStyleSheetThatCanNotStandInAPage(t *testing.T) {
	if _, err := Load(fstest.MapFS{"static/own.css": {Data: []byte("/**/a{content:\"</style>\"}")}}, "own.css"); err == nil {
		t.Error("loaded")
	}
}

// A bundle is one request, and its page brings the messages that its parts show.
func TestABundleBringsItsWords(t *testing.T) {
	l := load(t, fstest.MapFS{"static/own.js": {Data: []byte("1")}})
	if err := l.Bundle("all.js", "words.js", "times.js", "own.js"); err != nil {
		t.Fatal(err)
	}
	page := rendered(t, l.Page(Page{Scripts: []string{"all.js"}}))
	if strings.Count(page, "<script") != 1 || !strings.Contains(page, l.Files.URL("all.js")) || !strings.Contains(page, "page.countdown.soon") {
		t.Errorf("got %s", page)
	}
	if err := l.Bundle("more.js", "none.js"); err == nil {
		t.Error("a bundle of a script that is not there")
	}
}

func TestWhatALinkShows(t *testing.T) {
	l := load(t, fstest.MapFS{"static/x.js": {}})
	page := rendered(t, l.Page(Page{Preview: &Preview{Title: `"Lunch"?`, Description: "Vote until noon.", URL: "https://vote.example/p/lunch", Image: "https://vote.example/p/lunch.png"}}))
	for _, tag := range []string{
		`<meta property="og:title" content="&#34;Lunch&#34;?">`, `<meta property="og:url" content="https://vote.example/p/lunch">`,
		`<meta property="og:image" content="https://vote.example/p/lunch.png">`, `<meta name="description" content="Vote until noon.">`,
		`<meta name="twitter:card" content="summary_large_image">`, `<meta property="og:site_name" content="Popeye">`,
	} {
		if !strings.Contains(page, tag) {
			t.Errorf("no %s in %s", tag, page)
		}
	}
	bare := rendered(t, l.Page(Page{Bare: true, Preview: &Preview{Title: "Lunch?", URL: "https://vote.example/p/lunch"}}))
	if icon := `<meta property="og:image" content="https://vote.example` + l.Files.URL("icon-512.png") + `">`; !strings.Contains(bare, icon) {
		t.Errorf("no %s in %s", icon, bare)
	}
	for _, absent := range []string{"summary_large_image", "og:description", "<header", "<footer"} {
		if strings.Contains(bare, absent) {
			t.Errorf("%s in %s", absent, bare)
		}
	}
}

// A browser paints its own frame in the page's ground.
func TestTheFrameHasThePagesGround(t *testing.T) {
	all := themes(t)
	if all["light"]["--ground"] != groundLight || all["dark"]["--ground"] != groundDark {
		t.Errorf("%s and %s, the style sheet has %s and %s", groundLight, groundDark, all["light"]["--ground"], all["dark"]["--ground"])
	}
}

// A phone finds a name and icons, each where the manifest says and of the size that it says.
func TestTheManifestIsWhole(t *testing.T) {
	l := load(t, fstest.MapFS{"static/x.js": {}})
	get := func(url string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		l.Files.ServeHTTP(rec, httptest.NewRequest("GET", url, nil))
		if rec.Code != http.StatusOK {
			t.Fatalf("%s: %d", url, rec.Code)
		}
		return rec
	}
	page := rendered(t, l.Page(Page{}))
	link := regexp.MustCompile(`<link rel="manifest" href="([^"]*)">`).FindStringSubmatch(page)
	if link == nil {
		t.Fatalf("no manifest in %s", page)
	}
	answer := get(link[1])
	var m struct {
		Name      string         `json:"name"`
		ShortName string         `json:"short_name"`
		StartURL  string         `json:"start_url"`
		Lang      string         `json:"lang"`
		Icons     []manifestIcon `json:"icons"`
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &m); err != nil || answer.Header().Get("Content-Type") != "application/manifest+json" {
		t.Fatalf("%v, %v", err, answer.Header())
	}
	if m.Name != "Popeye: vote live" || m.ShortName != "Popeye" || m.StartURL != "/" || m.Lang != "en" || len(m.Icons) != 4 {
		t.Errorf("got %+v", m)
	}
	for _, icon := range m.Icons {
		body := get(icon.Src).Body
		if icon.Type != "image/png" {
			continue
		}
		size, err := png.DecodeConfig(body)
		if err != nil || fmt.Sprintf("%dx%d", size.Width, size.Height) != icon.Sizes {
			t.Errorf("%s is %dx%d: %v", icon.Src, size.Width, size.Height, err)
		}
	}
}
