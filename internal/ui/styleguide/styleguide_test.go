package styleguide

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"popeye/internal/metrics"
	"popeye/internal/web"
)

func guide(t *testing.T) (page string, files func(url string) int) {
	t.Helper()
	site := &web.Site{Log: slog.New(slog.DiscardHandler), Mux: http.NewServeMux(), Requests: web.NewRequests(metrics.NewRegistry(), "test")}
	if err := AddTo(site); err != nil {
		t.Fatal(err)
	}
	handler, err := site.Handler()
	if err != nil {
		t.Fatal(err)
	}
	get := func(url string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, httptest.NewRequest("GET", url, nil))
		return rec
	}
	return get("/styleguide").Body.String(), func(url string) int { return get(url).Code }
}

// Every class that a piece has is one that a style sheet knows, every id is one, and
// every file is there.
func TestTheGuideIsWhole(t *testing.T) {
	page, status := guide(t)
	known := map[string]bool{}
	for _, name := range []string{"../static/popeye.css", "static/styleguide.css"} {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, class := range regexp.MustCompile(`\.([a-z][\w-]*)`).FindAllSubmatch(raw, -1) {
			known[string(class[1])] = true
		}
	}
	unstyled := map[string]bool{"live": true, "closed": true} // states that look as their piece does
	classes := map[string]bool{}
	for _, list := range regexp.MustCompile(`class="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		for _, class := range strings.Fields(list[1]) {
			classes[class] = true
			if !known[class] && !unstyled[class] {
				t.Errorf("no style sheet knows the class %s", class)
			}
		}
	}
	if len(classes) < 40 {
		t.Errorf("only %d classes are shown", len(classes))
	}
	ids := map[string]bool{}
	for _, id := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if ids[id[1]] {
			t.Errorf("two elements have the id %s", id[1])
		}
		ids[id[1]] = true
	}
	for _, file := range regexp.MustCompile(`"(/static/[^"]*)"`).FindAllStringSubmatch(page, -1) {
		if got := status(file[1]); got != http.StatusOK {
			t.Errorf("%s: %d", file[1], got)
		}
	}
	if status("/styleguide/error") != http.StatusConflict {
		t.Error("no example of an error")
	}
}

// What the style sheet has and the guide does not show, nobody looks at.
func TestTheGuideShowsEveryPiece(t *testing.T) {
	page, _ := guide(t)
	sheet, err := os.ReadFile("../static/popeye.css")
	if err != nil {
		t.Fatal(err)
	}
	sheet, _, _ = bytes.Cut(sheet, []byte("/* Names of before"))
	shown := regexp.MustCompile(`class="([^"]*)"`).FindAllStringSubmatch(page, -1)
	all := ""
	for _, list := range shown {
		all += " " + list[1] + " "
	}
	elsewhere := "recorded|primary|plain|hint|error|label|input|scroll|history|no-print|large|bars|quiet"
	for _, class := range regexp.MustCompile(`(?m)^\.([a-z][a-z-]*)`).FindAllSubmatch(sheet, -1) {
		name := string(class[1])
		if !strings.Contains(all, " "+name+" ") && !strings.Contains("|"+elsewhere+"|", "|"+name+"|") {
			t.Errorf("the guide shows no .%s", name)
		}
	}
}
