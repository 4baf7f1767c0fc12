package poll

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"

	"popeye/vote"
)

// describes gives Bancha and Ceylon notes, in each open poll.
func (w *fixture) describes() {
	for _, slug := range []string{"single", "multiple", "ranked", "score"} {
		w.change(slug, func(p *vote.Poll) {
			p.Options = slices.Clone(p.Options)
			p.Options[1].Note, p.Options[2].Note = "from Japan <mild>", "من سيلان"
		})
	}
}

func TestNotesStandBelowTheirLabels(t *testing.T) {
	w := newFixture(t)
	w.describes()
	for slug, control := range map[string]string{
		"single":   `value="b" aria-pressed="false"><`,
		"multiple": `value="b" aria-labelledby="name.multiple.b" aria-describedby="note.multiple.b">`,
		"ranked":   `<select name="rank-b" aria-label="Place of Bancha" aria-describedby="note.ranked.b">`,
		"score":    `role="radiogroup" aria-label="Points for Bancha" aria-describedby="note.score.b">`,
	} {
		got := w.ask(request("GET", "/p/"+slug, ""))
		got.is(t, http.StatusOK, control,
			`<span class="text" dir="auto">Assam</span>`,
			`<span class="text"><span class="named" id="name.`+slug+`.b" dir="auto">Bancha</span> `+
				`<span class="note" id="note.`+slug+`.b" dir="auto">from Japan &lt;mild&gt;</span></span>`,
			`dir="auto">من سيلان</span>`)
		got.hides(t, "note."+slug+".a")
	}
	w.change("score", func(p *vote.Poll) { p.Max = 20 })
	w.ask(request("GET", "/p/score", "")).is(t, http.StatusOK, `aria-label="Points for Bancha" aria-describedby="note.score.b">`)
	w.change("single", func(p *vote.Poll) { p.Withdrawn = []string{"b"} })
	w.ask(request("GET", "/p/single", "")).is(t, http.StatusOK,
		`id="name.single.b"><bdi>Bancha</bdi><span class="quiet"> (withdrawn)</span></span> <span class="note"`)
	w.change("single", func(p *vote.Poll) { p.Status = vote.Draft })
	w.ask(request("GET", "/p/single", "")).hides(t, "from Japan") // it may be a quiz
}

func TestAPollsNotesAreInTheAPI(t *testing.T) {
	w := newFixture(t)
	w.describes()
	got := w.ask(request("GET", "/api/v1/polls/single", ""))
	got.is(t, http.StatusOK, `{"id":"a","label":"Assam"},{"id":"b","label":"Bancha","note":"from Japan <mild>"}`)
	w.change("single", func(p *vote.Poll) { p.Status = vote.Draft })
	w.ask(request("GET", "/api/v1/polls/single", "")).hides(t, "from Japan")
}

// A tap on a note is one on its option. Who hears the page has the note behind the name,
// and not in it; a button that shows the note is called by it too. The script's own pages
// keep to that.
func TestNotesInABrowser(t *testing.T) {
	browser := chromium(t)
	w := newFixture(t)
	w.describes()
	line := w.wire(t)
	p := opens(t, browser, line.URL+"/p/single")
	p.hears("button", "Bancha from Japan <mild>", "")
	p.tap(p.where(`document.getElementById("note.single.b")`))
	p.says("Recorded: Bancha.")
	p.photograph("note-recorded")

	p = opens(t, browser, line.URL+"/p/multiple")
	p.hears("checkbox", "Ceylon", "من سيلان")
	p.tap(p.find(`document.getElementById("note.multiple.c")`))
	p.says("1 of 2 chosen")

	p = opens(t, browser, line.URL+"/p/ranked")
	p.sees("options are buttons", `document.querySelector(".pick")`)
	p.hears("button", "Rank Bancha from Japan <mild> at place 1", "")
	p.tap(p.where(`document.getElementById("note.ranked.b")`))
	p.sees("it is ranked, and its arrow is told by its name", `document.querySelector(".rank.ranked") && !document.querySelector(".ranked .up").ariaLabel.includes("Japan")`)
	p.tap(p.where(`document.querySelector(".primary")`))
	p.says("Recorded: 1. Bancha.")

	p = opens(t, browser, line.URL+"/p/score")
	p.hears("radiogroup", "Points for Ceylon", "من سيلان")
	equal(t, "ballots", w.ballots(), []vote.Ballot{"b", "b"})
}

// hears waits until a screen reader would say an element by its role, name and description.
func (p phone) hears(role, name, description string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	value := func(v *accessibility.Value) string {
		if v == nil {
			return ""
		}
		var text string
		_ = json.Unmarshal([]byte(v.Value), &text) // else it is no text, and not what is looked for
		return text
	}
	for {
		var heard []string
		tree, err := chromedp.Run(ctx, func(ctx context.Context, _ *chromedp.Target) (accessibility.GetFullAXTreeResult, error) {
			return chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
		})
		for _, n := range tree.Nodes {
			if value(n.Role) != role {
				continue
			}
			if value(n.Name) == name && value(n.Description) == description {
				return
			}
			heard = append(heard, value(n.Name)+"; "+value(n.Description))
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			p.t.Fatalf("no %s %q, %q; there are %q; %v", role, name, description, heard, err)
		}
	}
}
